package io.longshore.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/** Files that scripts tell tests by how far they are. */
final class Marks {
    private Marks() {}

    /** Waits until there is a file. */
    static void await(Path file) throws IOException, InterruptedException {
        try (WatchService watch = file.getFileSystem().newWatchService()) {
            file.getParent().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
            while (!Files.exists(file)) {
                WatchKey changed = watch.poll(Host.LONG.toSeconds(), TimeUnit.SECONDS);
                if (changed == null) {
                    throw new AssertionError("no script made the mark " + file.getFileName());
                }
                changed.reset();
            }
        }
    }
}
