package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** A file's bytes, as many as it had when the walk came by: neither fewer nor more. */
final class Content implements Closeable {
    private static final Set<OpenOption> NO_LINK = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

    private final byte[] name;
    private final long size;
    private final SeekableByteChannel channel;
    private long done;

    private Content(byte[] name, long size, SeekableByteChannel channel) {
        this.name = name;
        this.size = size;
        this.channel = channel;
    }

    /** Opens a file; what {@link OutputTree#whyLeftOut} knows of is thrown as it is. */
    static Content open(byte[] name, Path path, long size) throws IOException {
        return new Content(name, size, Files.newByteChannel(path, NO_LINK));
    }

    /** Reads as much as there is left and as has room; the count tells how much that was. */
    int read(byte[] into, int offset, int room) throws IOException {
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
        return wanted;
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
