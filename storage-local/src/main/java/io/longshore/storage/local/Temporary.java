package io.longshore.storage.local;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A directory in the space that no reader looks into, in which something is made ready and then moved to its place at once.
 *
 * <p><b>Exclusive and whole.</b> What is published is always a directory with something in it. To rename a directory onto
 * one that is not empty fails on every file system (rename(2): ENOTEMPTY; Windows and Jimfs replace no directory), also
 * between processes, so the rename is a compare-and-set and makes all its files visible together. A file could not do
 * that: an atomic move replaces it, hard links are not everywhere, and an exclusively created file is empty at first.
 *
 * <p><b>Leftovers.</b> Beside the directory lies a file that its maker holds a lock on while it lives. The lock ends with
 * the process, however that ends, knows neither clocks nor process ids (a space may be shared by containers), and so
 * tells leftovers from work that goes on.
 */
final class Temporary implements Closeable {
    private static final String LOCK = ".lock";
    private static final String DOOMED = ".doomed";

    /**
     * The lock files of this JVM, by their unique names. They must not even be opened: to close a second channel of a
     * locked file ends the lock on POSIX, and Jimfs has no locks.
     */
    private static final Set<String> LIVE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Path lockFile;
    private final SeekableByteChannel lock;

    private Temporary(Path directory, Path lockFile, SeekableByteChannel lock) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /** A new, empty one. */
    static Temporary create(Path place, String label) throws IOException {
        while (true) {
            String name = label + "-" + UUID.randomUUID();
            Path lockFile = place.resolve(name + LOCK);
            LIVE.add(name + LOCK);
            SeekableByteChannel channel = null;
            boolean made = false;
            try {
                channel = Files.newByteChannel(
                        lockFile,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        Disk.privateFile(lockFile));
                if (locked(channel) && Files.exists(lockFile)) {
                    Path directory = place.resolve(name);
                    Disk.createPrivateDirectory(directory);
                    made = true;
                    return new Temporary(directory, lockFile, channel);
                } // else somebody who sweeps found the file before it was locked, and has deleted it or is about to
            } finally {
                if (!made) {
                    if (channel != null) {
                        channel.close();
                    }
                    Files.deleteIfExists(lockFile);
                    LIVE.remove(name + LOCK);
                }
            }
        }
    }

    /** A file system without locks counts as locked: then nobody else gets the lock either, and leftovers stay. */
    private static boolean locked(SeekableByteChannel channel) throws IOException {
        if (!(channel instanceof FileChannel file)) {
            return true;
        }
        try {
            return file.tryLock() != null;
        } catch (ClosedByInterruptException e) {
            throw Disk.translated(e, "locking a temporary file");
        } catch (OverlappingFileLockException e) {
            return false;
        } catch (IOException | UnsupportedOperationException e) {
            return true;
        }
    }

    Path directory() {
        return directory;
    }

    /**
     * Moves the directory to its place.
     *
     * @return false if another one is there already, which stays
     */
    boolean moveTo(Path target) throws IOException {
        Path parent = target.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("no parent: " + target);
        }
        Disk.createPrivateDirectories(parent);
        Disk.syncDirectory(directory);
        try {
            Files.move(directory, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            throw e; // abandoned in the meantime
        } catch (FileSystemException e) {
            if (Files.isDirectory(target)) {
                return false;
            }
            throw e;
        }
        Disk.syncDirectory(parent);
        return true;
    }

    /** Deletes what was not moved. */
    @Override
    public void close() throws IOException {
        try {
            Disk.deleteTree(directory);
        } finally {
            try {
                lock.close();
            } finally {
                Files.deleteIfExists(lockFile);
                LIVE.remove(Disk.name(lockFile));
            }
        }
    }

    /** Undoes what was done for a leftover elsewhere in the space. */
    interface Undo {
        /** Given the leftover while it is still whole; what it returns is run once it can no longer be moved to its place. */
        Step of(Path directory) throws IOException;
    }

    /** Something to do. */
    interface Step {
        void run() throws IOException;
    }

    /** Deletes what processes that are gone left behind. */
    static void sweep(Path place, Undo undo) throws IOException {
        for (Path entry : Disk.list(place)) {
            String name = Disk.name(entry);
            if (name.endsWith(LOCK)) {
                if (!LIVE.contains(name)) {
                    sweepUnlocked(entry, undo);
                }
            } else if (!Files.exists(entry.resolveSibling(name + LOCK))) {
                // The lock file is the first to be made and the last to go: this entry is gone too, or nobody's.
                delete(entry, entry.resolveSibling(name + LOCK), undo);
            }
        }
    }

    /** The lock is held until its file is deleted, so that who has just made the file notices. */
    private static void sweepUnlocked(Path lockFile, Undo undo) throws IOException {
        String name = Disk.name(lockFile);
        try (SeekableByteChannel channel = Files.newByteChannel(lockFile, StandardOpenOption.WRITE)) {
            if (channel instanceof FileChannel file && isLockable(file)) {
                delete(lockFile.resolveSibling(name.substring(0, name.length() - LOCK.length())), lockFile, undo);
            }
        } catch (NoSuchFileException | AccessDeniedException e) {
            // ended in the meantime, or another user's
        }
    }

    private static boolean isLockable(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null; // ends with the channel
        } catch (OverlappingFileLockException e) {
            return false; // another copy of this class in this JVM
        } catch (ClosedByInterruptException e) {
            throw Disk.translated(e, "sweeping");
        } catch (IOException | UnsupportedOperationException e) {
            return false; // no locks here: nobody can tell
        }
    }

    /** Deletes all of a label, whoever made it. */
    static void abandon(Path place, String label, Undo undo) throws IOException {
        for (Path entry : Disk.list(place)) {
            String name = Disk.name(entry);
            if (name.startsWith(label + "-") && !name.endsWith(LOCK)) {
                delete(entry, entry.resolveSibling(name + LOCK), undo);
            }
        }
        for (Path entry : Disk.list(place)) {
            if (Disk.name(entry).startsWith(label + "-")) {
                Disk.deleteTree(entry);
            }
        }
    }

    /** Whoever made it may be about to move it to its place: it is moved away first, so that no half of it can get there. */
    private static void delete(Path directory, Path lockFile, Undo undo) throws IOException {
        Step undone = undo.of(directory);
        Path doomed = directory;
        if (!Disk.name(directory).endsWith(DOOMED)) {
            doomed = directory.resolveSibling(Disk.name(directory) + DOOMED);
            try {
                Files.move(directory, doomed, StandardCopyOption.ATOMIC_MOVE);
            } catch (NoSuchFileException e) {
                // moved to its place, or deleted by somebody else
            }
        }
        undone.run();
        Disk.deleteTree(doomed);
        Files.deleteIfExists(lockFile);
    }
}
