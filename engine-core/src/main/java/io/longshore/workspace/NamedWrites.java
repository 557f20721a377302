package io.longshore.workspace;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/**
 * Writes whose failures name the file: the JVM says only that a disk is full, and whoever has to make room must know where.
 */
public final class NamedWrites {
    private NamedWrites() {}

    /**
     * A failure to write, told with the file.
     *
     * @param failure what was thrown
     * @param file what was written
     * @return the same failure if it names its file or is an interrupt
     */
    public static IOException named(IOException failure, Path file) {
        if (failure instanceof FileSystemException
                || failure instanceof ClosedByInterruptException
                || failure instanceof InterruptedIOException) {
            return failure;
        }
        FileSystemException named = new FileSystemException(PathText.of(file), null, failure.getMessage());
        named.initCause(failure);
        return named;
    }

    /**
     * Writes a file.
     *
     * @param file the file
     * @param content its bytes
     * @param options how it is opened, as {@link Files#write} takes them
     * @throws IOException if it cannot be written; names the file
     */
    public static void write(Path file, byte[] content, OpenOption... options) throws IOException {
        try {
            Files.write(file, content, options);
        } catch (IOException e) {
            throw named(e, file);
        }
    }

    /**
     * A stream to a file, whose failures to write name it.
     *
     * @param file the file
     * @param stream where to; closed with the one returned
     * @return the stream
     */
    public static OutputStream naming(Path file, OutputStream stream) {
        return new FilterOutputStream(stream) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                try {
                    out.write(bytes, offset, length);
                } catch (IOException e) {
                    throw named(e, file);
                }
            }
        };
    }
}
