package io.longshore.store.jdbc;

import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;

/** The directory of an embedded database: on a disk of this machine, and private. */
final class Home {
    /** The names by which operating systems know file systems that other machines change too; before a digit or a dot. */
    private static final Set<String> NETWORK = Set.of(
            "9p",
            "acfs",
            "afpfs",
            "afs",
            "beegfs",
            "ceph",
            "cifs",
            "coda",
            "davfs",
            "gfs",
            "glusterfs",
            "gpfs",
            "lustre",
            "ncp",
            "ncpfs",
            "nfs",
            "ocfs",
            "orangefs",
            "panfs",
            "pvfs",
            "smb",
            "smbfs",
            "sshfs",
            "vboxsf",
            "vmhgfs",
            "webdav",
            "wekafs");

    /** File systems that a process serves, of which these lie on a disk of this machine. */
    private static final Set<String> LOCAL_FUSE = Set.of(
            "fuse.bindfs",
            "fuse.encfs",
            "fuse.fuse-overlayfs",
            "fuse.gocryptfs",
            "fuse.lxcfs",
            "fuse.mergerfs",
            "fuse.ntfs",
            "fuse.ntfs-3g",
            "fuse.overlayfs",
            "fuse.zfs");

    private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

    private final Path directory;
    private final Path file;

    private Home(Path directory) {
        this.directory = directory;
        this.file = directory.resolve("jobs.db");
    }

    /** Makes the directory and an empty file for the database where they are missing. */
    static Home open(Path home) throws IOException {
        if (!home.getFileSystem().equals(FileSystems.getDefault())) {
            throw new PermanentStorageException("jobs are kept on a disk of this machine, not on a file system of "
                    + home.getFileSystem().provider().getScheme() + ": \"" + home + "\"");
        }
        Path directory = home.toAbsolutePath();
        requireLocal(directory);
        try {
            createPrivateDirectories(directory);
        } catch (FileAlreadyExistsException e) {
            throw new PermanentStorageException(
                    "the home of jobs is a directory, which this is not: \"" + home + "\"", e);
        }
        Home opened = new Home(directory);
        if (!Files.isWritable(directory)) {
            throw new IOException("jobs cannot be kept where nothing can be written: \"" + home + "\"");
        }
        opened.createFile();
        return opened;
    }

    private static void requireLocal(Path directory) throws IOException {
        Path existing = directory;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        String type = Files.getFileStore(existing).type();
        if (isNetwork(type)) {
            throw new PermanentStorageException("jobs are kept on a disk of this machine, not on a network's (" + type
                    + "), whose locks and memory other machines do not share: \"" + directory + "\"");
        }
    }

    static boolean isNetwork(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        if (lower.startsWith("fuse.")) {
            return !LOCAL_FUSE.contains(lower);
        }
        return NETWORK.contains(lower) || NETWORK.contains(lower.replaceFirst("[0-9]+$", ""));
    }

    private void createFile() throws IOException {
        if (Files.isDirectory(file)) {
            throw new PermanentStorageException(
                    "a directory lies where jobs are to be kept in a file: \"" + file + "\"");
        }
        try {
            // SQLite gives the files that it makes beside it the same mode.
            Files.createFile(file, mode(file, "rw-------"));
        } catch (FileAlreadyExistsException e) {
            return;
        }
        syncDirectory(directory);
    }

    Path directory() {
        return directory;
    }

    Path file() {
        return file;
    }

    static void createPrivateDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.getParent();
        if (parent != null) {
            createPrivateDirectories(parent);
        }
        try {
            Files.createDirectory(directory, mode(directory, "rwx------"));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
            return; // made by somebody else in the meantime
        }
        if (parent != null) {
            syncDirectory(parent);
        }
    }

    static FileAttribute<?>[] mode(Path place, String permissions) {
        return place.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : NO_ATTRIBUTES;
    }

    /** Makes entries of a directory last. Windows does not open directories: there the file system sees to it. */
    private static void syncDirectory(Path directory) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory, StandardOpenOption.READ);
        } catch (IOException e) {
            return;
        }
        try (channel) {
            channel.force(true);
        }
    }
}
