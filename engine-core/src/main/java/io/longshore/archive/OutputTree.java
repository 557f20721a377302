package io.longshore.archive;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a script left in its output directory, as an archive will hold it (contract 2.6): regular files, directories, and
 * links to regular files inside as those files. All else is left out, and nothing outside is looked into, also where a
 * process replaces directories by links meanwhile.
 *
 * <p>A directory's entries come in the order of the bytes of their names, each directory's own entries in its place. Held
 * in memory are up to 65,536 names of the current directory, and four times as many of those that lead to it; held open are
 * up to 33 of those.
 */
public final class OutputTree {
    private static final int MOST_NAMES = 1 << 16;
    private static final int FULL_DIRECTORIES = 4;
    private static final String CANNOT_BE_READ = "cannot be read";
    private static final String CANNOT_BE_FOLLOWED = "is a link that cannot be followed";

    private final Path directory;
    private final int mostNames;

    private OutputTree(Path directory, int mostNames) {
        this.directory = directory;
        this.mostNames = mostNames;
    }

    /**
     * The tree in a directory; nothing is read yet.
     *
     * @param directory the output directory, of any file system
     * @return the tree
     */
    public static OutputTree of(Path directory) {
        return new OutputTree(directory, MOST_NAMES);
    }

    /** The same tree, with fewer names at a time. */
    OutputTree withMostNames(int most) {
        return new OutputTree(directory, most);
    }

    /** Takes what stands at the top of an output directory, in the order of the names. */
    public interface TopVisitor {
        /**
         * Takes a file.
         *
         * @param entry its name, or that of a link to it
         * @param content the file, no link
         * @throws IOException to stop
         */
        void file(Path entry, Path content) throws IOException;

        /**
         * Takes what is no file that can be read.
         *
         * @param entry its name
         * @param why a predicate, such as {@code is a directory}
         * @throws IOException to stop
         */
        void skipped(Path entry, String why) throws IOException;
    }

    /** Takes all of a tree, depth first; names are the raw bytes of the file system, with slashes. */
    public interface Visitor {
        /**
         * A directory below the root begins.
         *
         * @param name its name, with a slash at the end
         * @throws IOException to stop
         */
        void entered(byte[] name) throws IOException;

        /**
         * The directory that was entered last and not left ends.
         *
         * @param name its name, with a slash at the end
         * @throws IOException to stop
         */
        void left(byte[] name) throws IOException;

        /**
         * Takes a file.
         *
         * @param file the file, which may turn out to be unreadable
         * @throws IOException to stop
         */
        void file(OutputFile file) throws IOException;

        /**
         * Takes what is left out.
         *
         * @param name its name
         * @param why a predicate, such as {@code is a FIFO}
         * @throws IOException to stop
         */
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
        try (Walk walk = new Walk()) {
            for (Path name = walk.next(); name != null; name = walk.next()) {
                try (Found found = walk.look(name)) {
                    if (found.kind == Kind.DIRECTORY || (found.kind == Kind.FILE && isReadable(found.file()))) {
                        return false;
                    }
                }
            }
            return true;
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
        try (Walk walk = new Walk()) {
            for (Path name = walk.next(); name != null; name = walk.next()) {
                try (Found found = walk.look(name)) {
                    if (found.kind == Kind.DIRECTORY) {
                        visitor.skipped(name, "is a directory");
                    } else if (found.kind == Kind.SKIPPED) {
                        visitor.skipped(name, found.why);
                    } else if (!isReadable(found.file())) {
                        visitor.skipped(name, CANNOT_BE_READ);
                    } else {
                        visitor.file(name, found.linked != null ? found.linked : walk.descent.path(name));
                    }
                }
            }
        }
    }

    private static boolean isReadable(OutputFile file) throws IOException {
        try {
            file.content().close();
            return true;
        } catch (AccessDeniedException e) {
            return false;
        }
    }

    /**
     * Shows all of the tree.
     *
     * @param visitor takes it
     * @throws OutputLostException if the directory is gone or is none
     * @throws IOException if it cannot be read, or by the visitor
     */
    public void walk(Visitor visitor) throws IOException {
        try (Walk walk = new Walk()) {
            walk.show(visitor);
        }
    }

    /**
     * Why a file or directory that could not be opened is left out.
     *
     * @param e what was thrown
     * @return a predicate, or empty if that fails the archive
     */
    public static Optional<String> whyLeftOut(IOException e) {
        if (e instanceof AccessDeniedException) {
            return Optional.of(CANNOT_BE_READ);
        }
        return e instanceof NoSuchFileException ? Optional.of("vanished") : Optional.empty();
    }

    private enum Kind {
        FILE,
        DIRECTORY,
        SKIPPED
    }

    /** What an entry is. */
    private static final class Found implements AutoCloseable {
        private final Kind kind;
        private final @Nullable OutputFile file;
        private final String why;
        private final @Nullable Path linked; // where the file lies, if that is not where the walk is
        private final @Nullable Folder own; // opened for that file alone

        private Found(Kind kind, @Nullable OutputFile file, String why, @Nullable Path linked, @Nullable Folder own) {
            this.kind = kind;
            this.file = file;
            this.why = why;
            this.linked = linked;
            this.own = own;
        }

        static Found file(OutputFile file) {
            return new Found(Kind.FILE, file, "", null, null);
        }

        static Found skipped(String why) {
            return new Found(Kind.SKIPPED, null, why, null, null);
        }

        OutputFile file() {
            return Objects.requireNonNull(file);
        }

        @Override
        public void close() throws IOException {
            if (own != null) {
                own.close();
            }
        }
    }

    /** One look at the tree. */
    private final class Walk implements AutoCloseable {
        private final Path real;
        private final boolean unix;
        private final Descent descent;
        private final NameBuffer entry = new NameBuffer();

        Walk() throws IOException {
            BasicFileAttributes attributes;
            Folder root;
            try {
                attributes = Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (attributes.isSymbolicLink()) {
                    throw new OutputLostException("output directory was replaced by a link: " + directory);
                }
                if (!attributes.isDirectory()) {
                    throw new OutputLostException("output directory was replaced: " + directory);
                }
                real = directory.toRealPath();
                root = Folder.open(real);
            } catch (NoSuchFileException e) {
                throw new OutputLostException("output directory was deleted: " + directory);
            }
            descent = new Descent(real, root, names(), FULL_DIRECTORIES * mostNames);
            unix = real.getFileSystem().supportedFileAttributeViews().contains("unix");
            if (!Objects.equals(attributes.fileKey(), root.key())) {
                descent.close();
                throw new OutputLostException("output directory was replaced: " + directory);
            }
        }

        private Names names() {
            return new Names(EntryName.order(directory), mostNames);
        }

        /** The next name in the current directory; null at its end. */
        @Nullable
        Path next() throws IOException {
            Interrupts.check();
            entry.truncate(descent.nameLength());
            Path next = descent.next();
            if (next != null) {
                entry.append(EntryName.of(next));
            }
            return next;
        }

        void show(Visitor visitor) throws IOException {
            while (true) {
                Path name = next();
                if (name == null) {
                    if (!descent.leave()) {
                        return;
                    }
                    visitor.left(entry.bytes());
                    continue;
                }
                try (Found found = look(name)) {
                    switch (found.kind) {
                        case FILE -> visitor.file(found.file());
                        case SKIPPED -> visitor.skipped(entry.bytes(), found.why);
                        case DIRECTORY -> enter(name, visitor);
                    }
                }
            }
        }

        private void enter(Path name, Visitor visitor) throws IOException {
            Names names = names();
            Folder folder = null;
            try {
                folder = descent.folder().enter(name);
                names.begin(folder);
            } catch (FileSystemException e) {
                if (folder != null) {
                    folder.close();
                }
                visitor.skipped(entry.bytes(), whyLeftOut(e).orElseThrow(() -> e));
                return;
            }
            entry.append(new byte[] {'/'});
            descent.enter(name, folder, names, entry.length());
            visitor.entered(entry.bytes());
        }

        /** Looks at an entry of the current directory. */
        Found look(Path name) throws IOException {
            Folder folder = descent.folder();
            BasicFileAttributes found;
            try {
                found = folder.attributes(name);
            } catch (IOException e) {
                return Found.skipped(whyLeftOut(e).orElseThrow(() -> e));
            }
            if (found.isSymbolicLink()) {
                return lookThrough(name);
            }
            if (found.isDirectory()) {
                return new Found(Kind.DIRECTORY, null, "", null, null);
            }
            return found.isRegularFile()
                    ? Found.file(file(folder, name, found))
                    : Found.skipped("is a " + special(name));
        }

        private Found lookThrough(Path link) throws IOException {
            Folder folder = null;
            boolean isKept = false;
            try {
                Path target = descent.path(link).toRealPath();
                if (!target.startsWith(real)) {
                    return Found.skipped("is a link that leads outside the output directory");
                }
                if (target.equals(real)) {
                    return Found.skipped("is a link to a directory");
                }
                // The path may lead elsewhere by now: what counts is what it leads to from the root, without links.
                Path inside = real.relativize(target);
                folder = descent.root().retain();
                for (int i = 0; i < inside.getNameCount() - 1; i++) {
                    Folder next = folder.enter(inside.getName(i));
                    folder.close();
                    folder = next;
                }
                BasicFileAttributes found = folder.attributes(inside.getFileName());
                if (found.isDirectory()) {
                    return Found.skipped("is a link to a directory");
                }
                if (found.isSymbolicLink()) {
                    return Found.skipped(CANNOT_BE_FOLLOWED);
                }
                if (!found.isRegularFile()) {
                    return Found.skipped("is a link to a special file");
                }
                isKept = true;
                return new Found(Kind.FILE, file(folder, inside.getFileName(), found), "", target, folder);
            } catch (NoSuchFileException e) {
                return Found.skipped("is a link to nothing");
            } catch (IOException e) {
                // A loop, a file used as a directory, a path too long: the link's own fault, whatever the platform
                // says.
                return Found.skipped(CANNOT_BE_FOLLOWED);
            } finally {
                if (folder != null && !isKept) {
                    folder.close();
                }
            }
        }

        private OutputFile file(Folder folder, Path name, BasicFileAttributes found) {
            boolean executable = found instanceof PosixFileAttributes posix
                    && posix.permissions().contains(PosixFilePermission.OWNER_EXECUTE);
            return new OutputFile(entry.bytes(), folder, name, found.size(), executable);
        }

        private String special(Path name) {
            int mode = 0;
            if (unix) {
                try {
                    mode = (int) Files.getAttribute(descent.path(name), "unix:mode", LinkOption.NOFOLLOW_LINKS);
                } catch (IOException e) {
                    // it lies too deep, or is gone: no more than a word in a warning
                }
            }
            return switch (mode & 0170000) {
                case 0010000 -> "FIFO";
                case 0140000 -> "socket";
                case 0020000, 0060000 -> "device";
                default -> "special file";
            };
        }

        @Override
        public void close() throws IOException {
            descent.close();
        }
    }
}
