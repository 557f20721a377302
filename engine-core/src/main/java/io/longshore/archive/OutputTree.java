package io.longshore.archive;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a script left in its output directory, as an archive will hold it (contract 2.6): regular files, directories, and
 * links to regular files inside as those files. All else is left out, and nothing outside is looked into.
 *
 * <p>A directory's entries come in the order of the bytes of their names, each directory's own entries in its place. Held
 * in memory are the names in the directories that lead to the current one, and no open directory. The tree must stand
 * still: whoever replaces a directory by a link at the very moment could lead a reader elsewhere.
 */
public final class OutputTree {
    private static final int LINUX_PATH_BYTES = 4096;
    private static final String CANNOT_BE_READ = "cannot be read";

    private final Path directory;

    private OutputTree(Path directory) {
        this.directory = directory;
    }

    /**
     * The tree in a directory; nothing is read yet.
     *
     * @param directory the output directory, of any file system
     * @return the tree
     */
    public static OutputTree of(Path directory) {
        return new OutputTree(directory);
    }

    /** Takes what stands at the top of an output directory, in the order of the names. */
    public interface TopVisitor {
        /**
         * Takes a file.
         *
         * @param entry the file, or a link to it
         * @param content the file with the content, no link
         * @throws IOException to stop
         */
        void file(Path entry, Path content) throws IOException;

        /**
         * Takes what is no file that can be read.
         *
         * @param entry the entry
         * @param why a predicate, such as {@code is a directory}
         * @throws IOException to stop
         */
        void skipped(Path entry, String why) throws IOException;
    }

    /** Takes all of a tree, depth first. */
    interface Visitor {
        /** A directory below the root begins. */
        void entered() throws IOException;

        /** The directory that was entered last and not left ends; its name has a slash at the end. */
        void left(byte[] name) throws IOException;

        void file(byte[] name, Path content, long size, boolean executable) throws IOException;

        void skipped(byte[] name, String why) throws IOException;
    }

    /**
     * Whether an archive of this tree would hold nothing: there is no file, no link to a file inside, no directory. Stops
     * at the first.
     *
     * @return true if so
     * @throws OutputLostException if the directory is gone or is none
     * @throws IOException if it cannot be read
     */
    public boolean isEmpty() throws IOException {
        Root root = open();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.path)) {
            for (Path path : entries) {
                Found found = root.look(path);
                if (found.kind != Kind.SKIPPED && Files.isReadable(found.path)) {
                    return false;
                }
            }
            return true;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /**
     * Shows what stands at the top, directories as skipped.
     *
     * @param visitor takes the entries
     * @throws OutputLostException if the directory is gone or is none
     * @throws IOException if it cannot be read, or by the visitor
     */
    public void forEachTop(TopVisitor visitor) throws IOException {
        Root root = open();
        for (@Nullable Path name : list(root.path)) {
            Path path = root.path.resolve(Objects.requireNonNull(name));
            Found found = root.look(path);
            if (found.kind == Kind.DIRECTORY) {
                visitor.skipped(path, "is a directory");
            } else if (found.kind == Kind.SKIPPED) {
                visitor.skipped(path, found.why);
            } else if (!Files.isReadable(found.path)) {
                visitor.skipped(path, CANNOT_BE_READ);
            } else {
                visitor.file(path, found.path);
            }
        }
    }

    void walk(Visitor visitor) throws IOException {
        Root root = open();
        NameBuffer name = new NameBuffer();
        Deque<Level> levels = new ArrayDeque<>();
        levels.push(new Level(root.path, list(root.path), 0));
        while (true) {
            Interrupts.check();
            Level level = levels.element();
            name.truncate(level.nameLength);
            Path next = level.next();
            if (next == null) {
                levels.pop();
                if (levels.isEmpty()) {
                    return;
                }
                visitor.left(name.bytes());
                continue;
            }
            name.append(EntryName.of(next));
            Path path = level.directory.resolve(next);
            Found found = root.look(path);
            switch (found.kind) {
                case FILE -> visitor.file(name.bytes(), found.path, found.size, found.executable);
                case SKIPPED -> visitor.skipped(name.bytes(), found.why);
                case DIRECTORY -> {
                    @Nullable Path[] names;
                    try {
                        names = list(path);
                    } catch (FileSystemException e) {
                        visitor.skipped(name.bytes(), whyLeftOut(path, e).orElseThrow(() -> e));
                        continue;
                    }
                    visitor.entered();
                    name.append(new byte[] {'/'});
                    levels.push(new Level(path, names, name.length()));
                }
            }
        }
    }

    /** Why a file or directory that could not be opened is left out; empty if that fails the archive. */
    static Optional<String> whyLeftOut(Path path, IOException e) {
        if (e instanceof AccessDeniedException) {
            return Optional.of(CANNOT_BE_READ);
        }
        if (e instanceof NoSuchFileException) {
            return Optional.of("vanished");
        }
        // The platform says it only in words, of any language.
        if (EntryName.pathBytes(path) >= LINUX_PATH_BYTES) {
            return Optional.of("lies too deep to be read");
        }
        return Optional.empty();
    }

    private Root open() throws IOException {
        BasicFileAttributes attributes;
        Path real;
        Object key;
        try {
            attributes = Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            real = directory.toRealPath();
            key = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException e) {
            throw new OutputLostException("output directory was deleted: " + directory);
        }
        if (attributes.isSymbolicLink()) {
            throw new OutputLostException("output directory was replaced by a link: " + directory);
        }
        if (!attributes.isDirectory() || !Objects.equals(attributes.fileKey(), key)) {
            throw new OutputLostException("output directory was replaced: " + directory);
        }
        return new Root(real);
    }

    private static @Nullable Path[] list(Path directory) throws IOException {
        List<Path> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                Interrupts.check();
                names.add(entry.getFileName()); // a fraction of the whole path's memory
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        names.sort(EntryName.order(directory));
        return names.toArray(new @Nullable Path[0]);
    }

    /** A directory on the way from the root to the current one. */
    private static final class Level {
        private final Path directory;
        private final @Nullable Path[] names;
        private final int nameLength;
        private int next;

        Level(Path directory, @Nullable Path[] names, int nameLength) {
            this.directory = directory;
            this.names = names;
            this.nameLength = nameLength;
        }

        @Nullable
        Path next() {
            if (next == names.length) {
                return null;
            }
            Path name = names[next];
            names[next++] = null;
            return name;
        }
    }

    private enum Kind {
        FILE,
        DIRECTORY,
        SKIPPED
    }

    /** What an entry is; the path is the one to open. */
    private record Found(Kind kind, Path path, long size, boolean executable, String why) {
        static Found skipped(Path path, String why) {
            return new Found(Kind.SKIPPED, path, 0, false, why);
        }
    }

    private static final class Root {
        private final Path path;
        private final Class<? extends BasicFileAttributes> attributes;
        private final boolean unix;

        Root(Path path) {
            this.path = path;
            attributes = path.getFileSystem().supportedFileAttributeViews().contains("posix")
                    ? PosixFileAttributes.class
                    : BasicFileAttributes.class;
            unix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
        }

        Found look(Path entry) throws IOException {
            BasicFileAttributes found;
            try {
                found = Files.readAttributes(entry, attributes, LinkOption.NOFOLLOW_LINKS);
            } catch (IOException e) {
                return Found.skipped(entry, whyLeftOut(entry, e).orElseThrow(() -> e));
            }
            if (found.isSymbolicLink()) {
                return lookThrough(entry);
            }
            if (found.isDirectory()) {
                return new Found(Kind.DIRECTORY, entry, 0, true, "");
            }
            return found.isRegularFile() ? file(entry, found) : Found.skipped(entry, "is a " + special(entry));
        }

        private Found lookThrough(Path link) throws IOException {
            Path target;
            BasicFileAttributes found;
            try {
                target = link.toRealPath();
                if (!target.startsWith(path)) {
                    return Found.skipped(link, "is a link that leads outside the output directory");
                }
                found = Files.readAttributes(target, attributes, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                return Found.skipped(link, "is a link to nothing");
            } catch (IOException e) {
                // A loop, a file used as a directory, a path too long: the link's own fault, whatever the platform
                // says.
                return Found.skipped(link, "is a link that cannot be followed");
            }
            if (found.isDirectory()) {
                return Found.skipped(link, "is a link to a directory");
            }
            return found.isRegularFile() ? file(target, found) : Found.skipped(link, "is a link to a special file");
        }

        private static Found file(Path path, BasicFileAttributes found) {
            boolean executable = found instanceof PosixFileAttributes posix
                    && posix.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
            return new Found(Kind.FILE, path, found.size(), executable, "");
        }

        private String special(Path entry) throws IOException {
            if (!unix) {
                return "special file";
            }
            int mode = (int) Files.getAttribute(entry, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return switch (mode & 0170000) {
                case 0010000 -> "FIFO";
                case 0140000 -> "socket";
                case 0020000, 0060000 -> "device";
                default -> "special file";
            };
        }
    }
}
