package io.longshore.archive;

import io.longshore.workspace.NamedWrites;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An archive's table of contents while it grows: in memory at first, then in a scratch file. */
final class CentralDirectory implements Closeable {
    private final Optional<Path> scratch;
    private final int limit;
    private byte[] buffer = new byte[8192];
    private int length;
    private long spilled;
    private @Nullable Path file;
    private @Nullable SeekableByteChannel channel;

    CentralDirectory(Optional<Path> scratch, int limit) {
        this.scratch = scratch;
        this.limit = limit;
    }

    long size() {
        return spilled + length;
    }

    void append(byte[] record, int count) throws IOException {
        if (scratch.isPresent() && length + count > limit) {
            spill(scratch.get());
        }
        if (length + count > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(length + count, grown()));
        }
        System.arraycopy(record, 0, buffer, length, count);
        length += count;
    }

    private int grown() throws IOException {
        if (buffer.length > Integer.MAX_VALUE / 2) {
            throw new IOException(
                    "archive has too many entries to be held in memory, and there is no scratch directory");
        }
        return 2 * buffer.length;
    }

    private void spill(Path directory) throws IOException {
        if (file == null || channel == null) {
            file = Files.createTempFile(directory, "archive-", ".contents");
            channel = Files.newByteChannel(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        }
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, length);
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw NamedWrites.named(e, file);
        }
        spilled += length;
        length = 0;
    }

    void copyTo(OutputStream out) throws IOException {
        if (channel != null) {
            ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
            channel.position(0);
            for (long copied = 0; copied < spilled; copied += bytes.position()) {
                Interrupts.check();
                bytes.clear();
                if (channel.read(bytes) < 0) {
                    throw new IOException("scratch file of the archive was truncated: " + file);
                }
                out.write(bytes.array(), 0, bytes.position());
            }
        }
        out.write(buffer, 0, length);
    }

    @Override
    public void close() throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        }
    }
}
