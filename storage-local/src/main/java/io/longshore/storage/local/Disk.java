package io.longshore.storage.local;

import io.longshore.api.InvalidRequestException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a file system is asked to do so that it lasts, on every {@code java.nio} file system alike. */
final class Disk {
    private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

    private Disk() {}

    static void requireNotInterrupted(String what) throws InterruptedIOException {
        if (Thread.currentThread().isInterrupted()) { // the flag stays
            throw new InterruptedIOException("interrupted: " + what);
        }
    }

    /** What java.nio says of an interrupt, in the SPI's words; it has left the flag set. */
    static IOException translated(IOException failure, String what) {
        if (!(failure instanceof ClosedByInterruptException)) {
            return failure;
        }
        InterruptedIOException interrupted = new InterruptedIOException("interrupted: " + what);
        interrupted.initCause(failure);
        return interrupted;
    }

    /** Writes all bytes; a failure such as a full disk, which names nothing, is told with the file. */
    static void write(WritableByteChannel channel, ByteBuffer bytes, Path file) throws IOException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (ClosedByInterruptException | FileSystemException e) {
            throw e;
        } catch (IOException e) {
            FileSystemException named = new FileSystemException(file.toString(), null, e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    static FileAttribute<?>[] privateFile(Path place) {
        return mode(place, "rw-------");
    }

    private static FileAttribute<?>[] mode(Path place, String permissions) {
        return isPosix(place)
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : NO_ATTRIBUTES;
    }

    static boolean isPosix(Path place) {
        return place.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /** Makes a directory of mode 0700, with its missing parents; a no-op where it is. */
    static void createPrivateDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.getParent();
        if (parent != null) {
            createPrivateDirectories(parent);
        }
        try {
            createPrivateDirectory(directory);
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

    static void createPrivateDirectory(Path directory) throws IOException {
        Files.createDirectory(directory, mode(directory, "rwx------"));
    }

    /** Makes a file of mode 0600 that lasts, where none is. */
    static void writeNew(Path file, byte[] content) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), privateFile(file))) {
            write(channel, ByteBuffer.wrap(content), file);
            force(channel);
        }
    }

    static void force(SeekableByteChannel channel) throws IOException {
        if (channel instanceof FileChannel file) {
            file.force(true);
        }
    }

    /** Makes entries of a directory last. Windows and Jimfs do not open directories: there the file system sees to it. */
    static void syncDirectory(Path directory) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory, StandardOpenOption.READ);
        } catch (IOException | UnsupportedOperationException e) {
            return;
        }
        try (channel) {
            channel.force(true);
        }
    }

    /** Puts a file where another one may be, in one step. */
    static void replace(Path from, Path to) throws IOException {
        // The default file system replaces by ATOMIC_MOVE alone, Jimfs by REPLACE_EXISTING alone.
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The entries of a directory; none where it is missing. */
    static List<Path> list(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return entries;
    }

    /** Deletes a file or a directory with all that is in it; a no-op where nothing is. Links are not followed. */
    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // somebody else deletes it too
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** The text of an ASCII file name. */
    static String name(Path path) {
        Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }

    /**
     * A path from its text. Under a POSIX locale the JVM refuses text that is not ASCII, but takes its bytes as a URI.
     */
    static Path path(FileSystem fileSystem, String text) {
        try {
            return fileSystem.getPath(text);
        } catch (InvalidPathException e) {
            if (!fileSystem.equals(FileSystems.getDefault()) || !text.startsWith("/") || text.indexOf('\0') >= 0) {
                throw e;
            }
            ByteArrayOutputStream uri = new ByteArrayOutputStream();
            uri.writeBytes("file://".getBytes(StandardCharsets.US_ASCII));
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                if (b == '/') {
                    uri.write(b);
                } else {
                    uri.writeBytes(
                            ("%" + HexFormat.of().withUpperCase().toHexDigits(b)).getBytes(StandardCharsets.US_ASCII));
                }
            }
            return Path.of(URI.create(uri.toString(StandardCharsets.US_ASCII)));
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Half a surrogate pair has no bytes, so that two such texts could not be told apart. */
    static void requireUnicode(String field, String text) {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new InvalidRequestException(field, text, "must be Unicode text");
        }
    }

    /** A file name for any text: its SHA-256, so that no text leaves the directory, is too long, or meets another by case. */
    static String fileName(String text) {
        return hex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
