package io.longshore.workspace;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A regular file below a directory, opened for reading without that a link can lead elsewhere: neither the directory nor
 * anything below it is followed, also if a script replaces it meanwhile. Where the file system gives no
 * {@link SecureDirectoryStream}, as on Windows, what is replaced in the very moment between the look and the opening can be
 * missed.
 */
public final class Confined implements Closeable {
    private static final Set<OpenOption> READ_NO_LINK = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private final SeekableByteChannel channel;
    private final BasicFileAttributes attributes;

    private Confined(SeekableByteChannel channel, BasicFileAttributes attributes) {
        this.channel = channel;
        this.attributes = attributes;
    }

    /**
     * Opens a file.
     *
     * @param root the directory, which is no file system's root; links that lead to its parent are followed
     * @param file the file, relative to it and without {@code .} and {@code ..}
     * @return the file, to be closed
     * @throws java.nio.file.NoSuchFileException if it, or a directory on the way to it, is absent
     * @throws FileSystemException if it is no regular file, if it leads out of the directory, if what leads to it is no
     *     directory, or if it was replaced while it was opened
     * @throws IOException if it cannot be opened
     */
    public static Confined open(Path root, Path file) throws IOException {
        if (file.isAbsolute() || file.startsWith("..") || !file.equals(file.normalize())) {
            throw new FileSystemException(PathText.of(root.resolve(file)), null, "leads out of its directory");
        }
        Path top = root.toAbsolutePath();
        Path way = top.getFileName().resolve(file);
        Path parent = Objects.requireNonNull(top.getParent(), "directory has no parent");
        int last = way.getNameCount() - 1;
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(parent)) {
            Directory directory =
                    new Directory(parent, stream instanceof SecureDirectoryStream<Path> held ? held : null);
            try {
                for (int i = 0; i < last; i++) {
                    Directory left = directory;
                    directory = left.child(way.getName(i));
                    left.close(); // two are open at most, however deep the file lies
                }
                return directory.file(way.getName(last));
            } finally {
                directory.close();
            }
        }
    }

    /**
     * Opens a file in its directory, which is not followed either.
     *
     * @param file the file, by its whole path
     * @return the file, to be closed
     * @throws IOException as by {@link #open(Path, Path)}
     */
    public static Confined open(Path file) throws IOException {
        return open(Objects.requireNonNull(file.getParent(), "file has no directory"), file.getFileName());
    }

    /**
     * The bytes of the file, which may become fewer or more than they were.
     *
     * @return a channel at the first byte
     */
    public SeekableByteChannel channel() {
        return channel;
    }

    /**
     * What the file was when it was opened.
     *
     * @return its attributes
     */
    public BasicFileAttributes attributes() {
        return attributes;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** A directory on the way, held open itself where the file system can. */
    private record Directory(Path path, @Nullable SecureDirectoryStream<Path> held) implements Closeable {
        Directory child(Path name) throws IOException {
            // Before it is opened, as a FIFO in its place would hold up who opens it.
            if (!look(name).isDirectory()) {
                throw refused(name, "is no directory");
            }
            Path child = path.resolve(name);
            return held == null
                    ? new Directory(child, null)
                    : new Directory(child, held.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS));
        }

        Confined file(Path name) throws IOException {
            BasicFileAttributes found = look(name);
            if (!found.isRegularFile()) {
                throw refused(name, "is no regular file");
            }
            SeekableByteChannel channel = held == null
                    ? Files.newByteChannel(path.resolve(name), READ_NO_LINK)
                    : held.newByteChannel(name, READ_NO_LINK);
            try {
                BasicFileAttributes opened = look(name);
                if (!opened.isRegularFile() || !Objects.equals(found.fileKey(), opened.fileKey())) {
                    throw refused(name, "was replaced while it was opened");
                }
                return new Confined(channel, opened);
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }

        private BasicFileAttributes look(Path name) throws IOException {
            return held == null
                    ? Files.readAttributes(path.resolve(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    : held.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                            .readAttributes();
        }

        private FileSystemException refused(Path name, String why) {
            return new FileSystemException(PathText.of(path.resolve(name)), null, why);
        }

        @Override
        public void close() throws IOException {
            if (held != null) {
                held.close();
            }
        }
    }
}
