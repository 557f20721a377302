package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An open directory. What it leads to by a name lies in it, or the name is refused as a link, also where somebody replaces
 * directories by links at that moment. File systems that cannot hold a directory open, as on Windows, go by its path.
 *
 * <p>It stays open until everybody who {@linkplain #retain retained} it has closed it. Thread-safe.
 */
abstract class Folder implements Closeable {
    private static final Set<OpenOption> READ = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private int users = 1; // guarded by this

    /** Opens a directory by its path, whose last name is no link. */
    @SuppressWarnings("StreamResourceLeak") // the folder closes it
    static Folder open(Path path) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(path);
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return new Held(secure, path.getFileSystem().getPath("."));
        }
        stream.close();
        return new Named(path);
    }

    final synchronized Folder retain() {
        users++;
        return this;
    }

    @Override
    public final void close() throws IOException {
        synchronized (this) {
            if (--users > 0) {
                return;
            }
        }
        release();
    }

    /** What identifies the directory itself; null where the file system knows no such thing. */
    abstract @Nullable Object key() throws IOException;

    /** What an entry is, itself; with its permissions where the file system has such. */
    abstract BasicFileAttributes attributes(Path name) throws IOException;

    /** Opens an entry that is no link for reading. */
    abstract SeekableByteChannel openFile(Path name) throws IOException;

    abstract Folder enter(Path name) throws IOException;

    abstract DirectoryStream<Path> list() throws IOException;

    abstract void release() throws IOException;

    private static final class Held extends Folder {
        private final SecureDirectoryStream<Path> directory;
        private final Path self;

        Held(SecureDirectoryStream<Path> directory, Path self) {
            this.directory = directory;
            this.self = self;
        }

        @Override
        @Nullable
        Object key() throws IOException {
            return directory
                    .getFileAttributeView(BasicFileAttributeView.class)
                    .readAttributes()
                    .fileKey();
        }

        @Override
        BasicFileAttributes attributes(Path name) throws IOException {
            BasicFileAttributeView view =
                    directory.getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            if (view == null) {
                view = directory.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            }
            return view.readAttributes();
        }

        @Override
        SeekableByteChannel openFile(Path name) throws IOException {
            return directory.newByteChannel(name, READ);
        }

        @Override
        Folder enter(Path name) throws IOException {
            return new Held(directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS), self);
        }

        @Override
        DirectoryStream<Path> list() throws IOException {
            return directory.newDirectoryStream(self, LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        void release() throws IOException {
            directory.close();
        }
    }

    private static final class Named extends Folder {
        private final Path directory;
        private final Class<? extends BasicFileAttributes> attributes;

        Named(Path directory) {
            this.directory = directory;
            attributes = directory.getFileSystem().supportedFileAttributeViews().contains("posix")
                    ? PosixFileAttributes.class
                    : BasicFileAttributes.class;
        }

        @Override
        @Nullable
        Object key() throws IOException {
            return Files.readAttributes(directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        }

        @Override
        BasicFileAttributes attributes(Path name) throws IOException {
            return Files.readAttributes(directory.resolve(name), attributes, LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        SeekableByteChannel openFile(Path name) throws IOException {
            return Files.newByteChannel(directory.resolve(name), READ);
        }

        @Override
        Folder enter(Path name) throws IOException {
            return new Named(directory.resolve(name));
        }

        @Override
        @SuppressWarnings("StreamResourceLeak") // the caller closes it
        DirectoryStream<Path> list() throws IOException {
            return Files.newDirectoryStream(directory);
        }

        @Override
        void release() {
            // nothing is held
        }
    }
}
