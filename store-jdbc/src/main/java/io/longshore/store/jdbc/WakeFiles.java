package io.longshore.store.jdbc;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * How processes on one machine wake one another: each touches a file of its own in a directory that all of them watch. The
 * directory holds nothing else, as each commit changes files in the database's.
 */
final class WakeFiles implements Closeable {
    /** How old a file is that a process left that was killed. One that is alive makes its file anew. */
    private static final Duration LEFTOVER = Duration.ofDays(1);

    private final Path directory;
    private final Path own;
    private final WatchService watches;
    private final Thread thread;
    private final Runnable wake;

    WakeFiles(Path directory, Runnable wake) throws IOException {
        this.directory = directory;
        this.wake = wake;
        Home.createPrivateDirectories(directory);
        own = directory.resolve(UUID.randomUUID().toString());
        deleteLeftovers();
        watches = directory.getFileSystem().newWatchService();
        directory.register(watches, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        thread = new Thread(this::watch, "longshore-store-wake");
        thread.setDaemon(true);
        thread.start();
    }

    private void deleteLeftovers() throws IOException {
        Instant before = Instant.now().minus(LEFTOVER);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                        Files.deleteIfExists(file);
                    }
                } catch (NoSuchFileException e) {
                    // Its process has deleted it.
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Wakes the other processes. What they are told of is committed: that it cannot be told is no failure of it. */
    void touch() {
        try {
            try {
                Files.setLastModifiedTime(own, FileTime.from(Instant.now()));
            } catch (NoSuchFileException e) {
                Files.createFile(own, Home.mode(own, "rw-------"));
            }
        } catch (FileAlreadyExistsException e) {
            // Another thread made it, just now.
        } catch (IOException e) {
            // Others look for themselves from time to time.
        }
    }

    private void watch() {
        try {
            while (true) {
                WatchKey key = watches.take();
                boolean isForUs = false;
                for (WatchEvent<?> event : key.pollEvents()) {
                    isForUs |= !own.getFileName().equals(event.context()); // null where there were too many
                }
                boolean isValid = key.reset();
                if (isForUs) {
                    wake.run();
                }
                if (!isValid) {
                    return; // the directory is gone
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            // Closed.
        }
    }

    @Override
    public void close() throws IOException {
        watches.close();
        Files.deleteIfExists(own);
    }
}
