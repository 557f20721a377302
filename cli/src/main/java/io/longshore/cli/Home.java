package io.longshore.cli;

import io.longshore.engine.TinkSealer;
import io.longshore.spi.SecretSealer;
import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The directory in which the command keeps everything: the key of its secrets, the engine's workspaces, and a space where
 * the caller names no other.
 *
 * @param directory an absolute path, 0700 if it was made here
 * @param sealer seals under the key of the directory
 */
record Home(Path directory, SecretSealer sealer) {
    /** Opens {@code $LONGSHORE_HOME}, or {@code ~/.longshore}; it is made if it is missing. */
    static Home open(Caller caller) throws IOException {
        String given = caller.environment().getOrDefault("LONGSHORE_HOME", "");
        String user = caller.environment().getOrDefault("HOME", "");
        if (given.isEmpty() && user.isEmpty()) {
            throw new RefusedException("neither LONGSHORE_HOME nor HOME is set, so that there is no place for a home");
        }
        Path directory = given.isEmpty()
                ? caller.path("HOME", user).resolve(".longshore")
                : caller.path("LONGSHORE_HOME", given);
        makePrivate(directory);
        return new Home(directory, TinkSealer.ofKeyFile(directory.resolve("key")));
    }

    /** Opens the space that the caller names, or the home's own; it is made if it is missing. */
    LocalSpace space(Caller caller, Optional<String> given) throws IOException {
        Path space = given.isEmpty() ? directory.resolve("space") : caller.path("--space", given.get());
        return LocalSpace.open(space, sealer);
    }

    /** A directory for what libraries unpack. */
    Path temporary() throws IOException {
        Path temporary = directory.resolve("tmp");
        makePrivate(temporary);
        return temporary;
    }

    private static void makePrivate(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        try {
            if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } else {
                Files.createDirectories(directory);
            }
        } catch (FileAlreadyExistsException e) {
            throw new IOException("a home is a directory, which this is not: " + Text.quoted(directory.toString()), e);
        }
    }
}
