package io.longshore.archive;

import com.github.luben.zstd.util.Native;
import io.longshore.workspace.Workspace;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** zstd itself, which is unpacked before it is loaded: here into a scratch directory, and gone again once it is loaded. */
final class ZstdLibrary {
    private static final String PLACE = "ZstdTempFolder";

    private ZstdLibrary() {}

    static synchronized void load(Optional<Path> scratch) throws IOException {
        if (Native.isLoaded()) {
            return;
        }
        if (System.getProperty(PLACE) != null || scratch.isEmpty() || !isOfPlatform(scratch.get())) {
            load();
            return;
        }
        Path unpacked = Files.createTempDirectory(scratch.get(), ".zstd-"); // mode 0700
        try {
            File place = namedFile(unpacked);
            if (place == null) {
                load();
            } else {
                load(() -> Native.load(place));
            }
        } finally {
            try {
                Workspace.deleteTree(unpacked);
            } catch (IOException e) {
                // Windows keeps what is loaded; it goes with the scratch directory.
            }
        }
    }

    private static boolean isOfPlatform(Path path) {
        return path.getFileSystem().equals(FileSystems.getDefault());
    }

    /** The path as its text names it: under a POSIX locale it cannot where the name is not ASCII. */
    private static @Nullable File namedFile(Path path) {
        try {
            return Path.of(path.toString()).equals(path) ? path.toFile() : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static void load() throws IOException {
        load(Native::load);
    }

    private static void load(Runnable loading) throws IOException {
        try {
            loading.run();
        } catch (LinkageError e) {
            throw new IOException(
                    "zstd's library cannot be loaded, such as from where nothing may be executed (the system property "
                            + PLACE + " names another directory for it)",
                    e);
        }
    }
}
