package io.longshore.lifecycle;

import io.longshore.workspace.Confined;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The end of a log, for people. */
final class LogTail {
    private static final int MAX_BYTES = 8 << 10;

    private LogTail() {}

    /** The last whole lines, at most 8 KiB; empty where there is no log. */
    static String of(Path log) {
        try (Confined file = Confined.open(log)) {
            SeekableByteChannel channel = file.channel();
            long size = channel.size();
            ByteBuffer tail = ByteBuffer.allocate((int) Math.min(size, MAX_BYTES));
            channel.position(size - tail.capacity());
            while (tail.hasRemaining() && channel.read(tail) >= 0) {
                // until it is full
            }
            String text = new String(tail.array(), 0, tail.position(), StandardCharsets.UTF_8);
            int firstLine = text.indexOf('\n');
            return size > MAX_BYTES && firstLine >= 0 && firstLine + 1 < text.length()
                    ? text.substring(firstLine + 1)
                    : text;
        } catch (IOException e) {
            return ""; // there is none, or a script put something else in its place
        }
    }
}
