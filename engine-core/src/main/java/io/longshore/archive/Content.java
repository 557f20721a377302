package io.longshore.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SeekableByteChannel;

/** A file's bytes, as many as it had when the walk came by: neither fewer nor more. */
final class Content extends InputStream {
    private final byte[] name;
    private final long size;
    private final SeekableByteChannel channel;
    private long done;

    Content(byte[] name, long size, SeekableByteChannel channel) {
        this.name = name;
        this.size = size;
        this.channel = channel;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** Reads as much as there is left and as has room; the count tells how much that was. */
    @Override
    public int read(byte[] into, int offset, int room) throws IOException {
        int wanted = (int) Math.min(room, size - done);
        ByteBuffer target = ByteBuffer.wrap(into, offset, wanted);
        while (target.hasRemaining()) {
            int count;
            try {
                count = channel.read(target);
            } catch (ClosedByInterruptException e) {
                throw Interrupts.interrupted(e);
            } catch (IOException e) {
                throw new IOException("output file could not be read: " + EntryName.shown(name), e);
            }
            if (count < 0) {
                throw new IOException(
                        "output file shrank from " + size + " bytes while it was archived: " + EntryName.shown(name));
            }
        }
        done += wanted;
        return wanted == 0 && room > 0 ? -1 : wanted;
    }

    void readAll(byte[] into, int offset) throws IOException {
        int unused = read(into, offset, Math.toIntExact(size - done));
    }

    boolean isAtEnd() {
        return done == size;
    }

    boolean hasGrown() throws IOException {
        return channel.size() > size;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
