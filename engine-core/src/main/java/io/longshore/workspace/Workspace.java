package io.longshore.workspace;

import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The directories of one attempt: {@code work/<job>/<item number>/<attempt>/} with {@code input}, {@code output},
 * {@code scratch} and {@code control}, all 0700.
 */
public final class Workspace {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");

    /** Names have at most 255 bytes and paths 4,096, of which the workspace's own needs some. */
    private static final int MAX_DEPTH = 10;

    private static final Set<OpenOption> NEW = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

    private static final byte[] BLOCK = new byte[32 << 10];

    /** What the journal needs to take an item to its end, many times over. */
    private static final int RESERVE_BLOCKS = 8;

    private final Path work;
    private final Path directory;

    private Workspace(Path work, Path directory) {
        this.work = work;
        this.directory = directory;
    }

    /**
     * Names the directories of an attempt; nothing is made.
     *
     * @param work the directory of all workspaces
     * @param key the attempt
     * @return the workspace
     */
    public static Workspace of(Path work, LaunchKey key) {
        return new Workspace(work, itemDirectory(work, key.item()).resolve(Integer.toString(key.attempt())));
    }

    /**
     * Makes the directories, all empty; what an earlier try of the same attempt left is removed first.
     *
     * @throws IOException if they cannot be made
     */
    public void create() throws IOException {
        deleteTree(directory);
        makeDirectoriesBesideDeletes(directory);
        for (Path each : new Path[] {input(), output(), scratch(), control()}) {
            makeDirectory(each);
        }
        makeDirectory(temporary());
    }

    /**
     * The attempt's own directory.
     *
     * @return the parent of the others
     */
    public Path directory() {
        return directory;
    }

    /**
     * Makes the directory in which inputs arrive.
     *
     * @throws IOException if it cannot be made
     */
    public void createStaging() throws IOException {
        makeDirectory(staging());
    }

    /**
     * Where inputs arrive before they are verified.
     *
     * @return a directory on the same file system as {@link #input}, which {@link #createStaging} makes
     */
    public Path staging() {
        return directory.resolve("staging");
    }

    /**
     * {@code BATCH_INPUT_DIR}.
     *
     * @return the directory
     */
    public Path input() {
        return directory.resolve("input");
    }

    /**
     * {@code BATCH_OUTPUT_DIR}.
     *
     * @return the directory
     */
    public Path output() {
        return directory.resolve("output");
    }

    /**
     * {@code WORKDIR}, the script's working directory.
     *
     * @return the directory
     */
    public Path scratch() {
        return directory.resolve("scratch");
    }

    /**
     * {@code TMPDIR}.
     *
     * @return a directory in {@link #scratch}
     */
    public Path temporary() {
        return scratch().resolve("tmp");
    }

    /**
     * The launcher's and the engine's own files.
     *
     * @return the directory
     */
    public Path control() {
        return directory.resolve("control");
    }

    /**
     * {@code JOBS_PAYLOAD_FILE}.
     *
     * @return the file
     */
    public Path payload() {
        return control().resolve("payload.json");
    }

    /**
     * {@code LONGSHORE_INPUTS_FILE}.
     *
     * @return the file
     */
    public Path inputs() {
        return control().resolve("inputs.json");
    }

    /**
     * {@code LONGSHORE_CONNECTIONS_FILE}.
     *
     * @return the file, which is there only where a connection is named
     */
    public Path connections() {
        return control().resolve("connections.json");
    }

    /**
     * What the script writes to stdout.
     *
     * @return the file
     */
    public Path stdout() {
        return control().resolve("stdout.log");
    }

    /**
     * What the script writes to stderr.
     *
     * @return the file
     */
    public Path stderr() {
        return control().resolve("stderr.log");
    }

    private Path reserve() {
        return control().resolve("reserve");
    }

    /**
     * Takes some room on the disk, if that is not taken yet, so that how an item ends can be journalled though its script has
     * filled the disk: what it wrote goes only when that is journalled.
     *
     * @throws IOException if there is no room
     */
    public void takeReserve() throws IOException {
        if (!Files.exists(reserve(), LinkOption.NOFOLLOW_LINKS)) {
            try (OutputStream out = newPrivateOutputStream(reserve())) {
                for (int i = 0; i < RESERVE_BLOCKS; i++) {
                    out.write(BLOCK);
                }
            }
        }
    }

    /**
     * Gives that room back to the disk.
     *
     * @throws IOException if it stays taken
     */
    public void releaseReserve() throws IOException {
        deleteTree(reserve()); // a script may have made a directory of it
    }

    /**
     * Gives the owner back the rights on the attempt's directory and on {@link #control}, which a script may have taken.
     *
     * @throws IOException if they cannot be changed
     */
    public void openUp() throws IOException {
        for (Path each : new Path[] {directory, control()}) {
            if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
                openUp(each);
            }
        }
    }

    /**
     * Removes the attempt's directories, and those of its item and job if nothing else is in them.
     *
     * @throws IOException if something stays
     */
    public void delete() throws IOException {
        deleteTree(directory);
        for (Path parent = directory.getParent(); parent != null && !parent.equals(work); parent = parent.getParent()) {
            try (DirectoryStream<Path> rest = Files.newDirectoryStream(parent)) {
                if (rest.iterator().hasNext()) {
                    return;
                }
            } catch (NoSuchFileException e) {
                continue;
            }
            try {
                Files.deleteIfExists(parent);
            } catch (DirectoryNotEmptyException e) {
                return; // another item began in it
            }
        }
    }

    /**
     * The directory of an item's attempts, or of its logs.
     *
     * @param root the directory of all jobs
     * @param key the item
     * @return the directory
     */
    public static Path itemDirectory(Path root, ItemKey key) {
        return root.resolve(key.job().value()).resolve(Integer.toString(key.number()));
    }

    /**
     * Makes a directory and those above it, 0700 where the file system has modes.
     *
     * @param directory the directory; may exist
     * @throws IOException if it cannot be made
     */
    public static void makeDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            makeDirectories(parent);
        }
        try {
            makeDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    /**
     * Writes a new file that only its owner may read.
     *
     * @param file the file; where one is already, it is replaced
     * @param content its bytes
     * @throws IOException if it cannot be written
     */
    public static void writePrivate(Path file, byte[] content) throws IOException {
        try (OutputStream out = newPrivateOutputStream(file)) {
            // In blocks, as the JVM keeps a buffer as large as the most that a thread has written at once.
            for (int done = 0; done < content.length; done += BLOCK.length) {
                out.write(content, done, Math.min(BLOCK.length, content.length - done));
            }
        }
    }

    /**
     * A file for the owner alone, in place of one that is there, which is written little by little.
     *
     * @param file where
     * @return a stream into it; closed by the caller
     * @throws IOException if it cannot be made
     */
    public static OutputStream newPrivateOutputStream(Path file) throws IOException {
        FileAttribute<?>[] attributes = attributes(file, OWNER_FILE);
        SeekableByteChannel channel;
        try {
            channel = Files.newByteChannel(file, NEW, attributes);
        } catch (FileAlreadyExistsException e) {
            Files.deleteIfExists(file);
            channel = Files.newByteChannel(file, NEW, attributes);
        }
        return NamedWrites.naming(file, Channels.newOutputStream(channel));
    }

    /** An item that ends removes the directory of its job if that looks empty, just when another item begins in it. */
    private static void makeDirectoriesBesideDeletes(Path directory) throws IOException {
        for (int i = 0; ; i++) {
            try {
                makeDirectories(directory);
                return;
            } catch (NoSuchFileException e) {
                if (i == 100) {
                    throw e;
                }
            }
        }
    }

    private static void makeDirectory(Path directory) throws IOException {
        Files.createDirectory(directory, attributes(directory, OWNER_ONLY));
    }

    private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> mode) {
        return hasModes(path)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)}
                : new FileAttribute<?>[0];
    }

    private static boolean hasModes(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /**
     * Removes a directory and all in it, links themselves and not what they lead to; also where a script took away its
     * own rights, and where it made a tree deeper than a path can be long.
     *
     * @param root the directory; may be absent
     * @throws IOException if something stays
     */
    public static void deleteTree(Path root) throws IOException {
        if (!Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(root);
            return;
        }
        Deque<Path> deep = new ArrayDeque<>();
        deleteContent(root, root, deep);
        while (!deep.isEmpty()) {
            Path next = deep.poll();
            deleteContent(root, next, deep);
            Files.deleteIfExists(next);
        }
        Files.deleteIfExists(root);
    }

    /** Empties a directory; what lies too deep is moved up to the root, to be removed from there. */
    private static void deleteContent(Path root, Path directory, Deque<Path> deep) throws IOException {
        openUp(directory);
        List<Path> directories = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    directories.add(entry);
                } else {
                    Files.deleteIfExists(entry);
                }
            }
        } catch (NoSuchFileException e) {
            return;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (Path child : directories) {
            if (child.getNameCount() - root.getNameCount() > MAX_DEPTH) {
                openUp(child);
                deep.add(Files.move(child, root.resolve(".deep-" + UUID.randomUUID())));
            } else {
                deleteContent(root, child, deep);
                Files.deleteIfExists(child);
            }
        }
    }

    /** By the path: what has no rights cannot be opened, which a change of rights that follows no link begins with. */
    private static void openUp(Path directory) throws IOException {
        if (!hasModes(directory)) {
            return;
        }
        PosixFileAttributes found =
                Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (found.isDirectory() && !found.permissions().containsAll(OWNER_ONLY)) {
            Files.setPosixFilePermissions(directory, OWNER_ONLY);
        }
    }
}
