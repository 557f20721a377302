package io.longshore.store.jdbc;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;
import org.sqlite.util.OSInfo;

/**
 * SQLite itself, which the driver would unpack each time before it loads it: here once for all processes that use a home, so
 * that none needs room on its disk for that.
 */
final class SqliteLibrary {
    private static final String PLACE = "org.sqlite.tmpdir";
    private static final String KEPT_PLACE = "org.sqlite.lib.path";

    private static boolean isLoaded; // guarded by the class, as a process loads it once

    private SqliteLibrary() {}

    static synchronized void load(Path home) throws IOException {
        if (isLoaded) {
            return;
        }
        if (System.getProperty(PLACE) != null || System.getProperty(KEPT_PLACE) != null) { // the host's choice
            initialize(home);
            return;
        }
        Path kept = home.resolve(".sqlite")
                .resolve(SQLiteJDBCLoader.getVersion())
                .resolve(OSInfo.getNativeLibFolderPathForCurrentOS())
                .resolve(LibraryLoaderUtil.getNativeLibName());
        if (Files.isRegularFile(kept)) {
            initialize(home, KEPT_PLACE, kept.resolveSibling("."));
        } else {
            unpack(home, kept);
        }
    }

    private static void unpack(Path home, Path kept) throws IOException {
        Path unpacked = Files.createTempDirectory(home, ".sqlite-"); // mode 0700
        try {
            initialize(home, PLACE, unpacked);
            keep(unpacked, kept);
        } finally {
            delete(unpacked);
        }
    }

    private static void keep(Path unpacked, Path kept) {
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(unpacked, "*" + LibraryLoaderUtil.getNativeLibName())) {
            Files.createDirectories(kept.resolveSibling("."));
            for (Path file : files) {
                Files.move(file, kept, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            // it is loaded, and the next process unpacks it again
        }
    }

    private static void initialize(Path home, String property, Path place) throws IOException {
        if (isNamed(place)) {
            System.setProperty(property, place.normalize().toString());
        }
        try {
            initialize(home);
        } finally {
            System.clearProperty(property);
        }
    }

    /** Whether a text names the path: under a POSIX locale it cannot where the name is not ASCII. */
    private static boolean isNamed(Path path) {
        try {
            return Path.of(path.toString()).equals(path);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static void initialize(Path home) throws IOException {
        try {
            isLoaded = SQLiteJDBCLoader.initialize();
        } catch (Exception | LinkageError e) {
            throw new IOException(
                    "SQLite's library cannot be loaded from here, such as where nothing may be executed or the disk is"
                            + " full (the system property " + PLACE + " names another directory for it): \"" + home
                            + "\"",
                    e);
        }
    }

    private static void delete(Path directory) {
        try {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // Windows keeps what is loaded; the driver deletes it when the process ends.
        }
    }
}
