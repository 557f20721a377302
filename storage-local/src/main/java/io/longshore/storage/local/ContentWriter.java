package io.longshore.storage.local;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.security.MessageDigest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A new file that is written once, counted and digested on the way. A write that failed spoils it for good. */
final class ContentWriter extends OutputStream {
    private static final int BUFFER_BYTES = 128 * 1024;

    private final Path file;
    private final SeekableByteChannel channel;
    private final MessageDigest digest = Disk.sha256();
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private long sizeBytes;
    private boolean closed;
    private @Nullable IOException failure;

    ContentWriter(Path file, FileAttribute<?>... attributes) throws IOException {
        this.file = file;
        this.channel =
                Files.newByteChannel(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException("written to after it was closed: " + Disk.name(file));
        }
        requireSound();
        int done = 0;
        while (done < length) {
            if (!buffer.hasRemaining()) {
                drain();
            }
            int n = Math.min(length - done, buffer.remaining());
            buffer.put(bytes, offset + done, n);
            done += n;
        }
    }

    @Override
    public void flush() throws IOException {
        if (!closed) {
            drain();
        }
    }

    private void requireSound() throws IOException {
        if (failure != null) {
            throw new IOException("an earlier write failed", failure);
        }
    }

    private void drain() throws IOException {
        requireSound();
        try {
            Disk.requireNotInterrupted("writing");
            buffer.flip();
            digest.update(buffer.duplicate());
            sizeBytes += buffer.remaining();
            Disk.write(channel, buffer, file);
            buffer.clear();
        } catch (IOException e) {
            failure = Disk.translated(e, "writing");
            throw failure;
        }
    }

    /** Ends the writing only, so that whoever was handed the stream may close it: {@link #finish} or {@link #discard} end the file. */
    @Override
    public void close() throws IOException {
        if (!closed) {
            try {
                drain();
            } finally {
                closed = true;
            }
        }
    }

    /** Makes the bytes last, before their file gets its name. */
    void finish() throws IOException {
        close();
        requireSound();
        try {
            Disk.force(channel);
            channel.close();
        } catch (IOException e) {
            failure = Disk.translated(e, "writing");
            throw failure;
        }
    }

    void discard() throws IOException {
        closed = true;
        channel.close();
    }

    long sizeBytes() {
        return sizeBytes;
    }

    /** To be asked once, after {@link #finish}. */
    String sha256() {
        return Disk.hex(digest.digest());
    }
}
