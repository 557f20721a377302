package io.longshore.store.jdbc;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.sqlite.SQLiteJDBCLoader;

/** SQLite itself, which the driver unpacks before it loads it: here into the home, and gone again once it is loaded. */
final class SqliteLibrary {
    private static final String PLACE = "org.sqlite.tmpdir";

    private static boolean isLoaded; // guarded by the class, as a process loads it once

    private SqliteLibrary() {}

    static synchronized void load(Path home) throws IOException {
        if (isLoaded) {
            return;
        }
        if (System.getProperty(PLACE) != null) { // the host's choice
            initialize(home);
            return;
        }
        Path unpacked = Files.createTempDirectory(home, ".sqlite-"); // mode 0700
        try {
            if (isNamed(unpacked)) {
                System.setProperty(PLACE, unpacked.toString());
            }
            initialize(home);
        } finally {
            System.clearProperty(PLACE);
            delete(unpacked);
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
                    "SQLite's library cannot be loaded from here, such as where nothing may be executed (the system"
                            + " property " + PLACE + " names another directory for it): \"" + home + "\"",
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
