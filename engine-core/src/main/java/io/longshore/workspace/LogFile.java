package io.longshore.workspace;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.longshore.api.LogPart;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a script wrote to one stream, less the middle of a long one. What is left out stands in a file beside the log, which
 * is there before the bytes are gone: {@code FROM TO hole} where the file system gave the room back and the log is as long
 * as it was, {@code FROM TO cut} where the log is shorter by so much. A script can forge that as it can its log; it makes
 * its own log unreadable then, and nothing else.
 */
public final class LogFile {
    private static final Pattern GAP = Pattern.compile("(\\d{1,18}) (\\d{1,18}) (hole|cut)\n");
    private static final int LONGEST_GAP_BYTES = 64;
    private static final int MOST_GAP_TRIES = 10;

    private final Path file;
    private final Path gap;

    private LogFile(Path file) {
        this.file = file;
        this.gap = file.resolveSibling(file.getFileName() + ".gap");
    }

    /**
     * A log, which need not be there.
     *
     * @param file the log itself
     * @return the log
     */
    public static LogFile of(Path file) {
        return new LogFile(file);
    }

    /**
     * Reads a part of the log, which may go on to be written, punched and moved away.
     *
     * @param offset where to begin, in bytes that the script wrote
     * @param maxBytes how much to read at most
     * @return the part; it begins later where the middle was left out, and ends before that
     * @throws NoSuchFileException if there is no log, or it was moved away
     * @throws IOException if it cannot be read, or is no regular file
     */
    public LogPart read(long offset, int maxBytes) throws IOException {
        try (Confined log = Confined.open(file)) {
            Gap before = readGap(log);
            while (true) {
                LogPart part = before.read(log.channel(), before.skip(offset), maxBytes);
                Gap after = readGap(log);
                // Once the log is moved away nobody can tell whether these bytes are its own or those of a hole.
                if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new NoSuchFileException(PathText.of(file));
                }
                if (after.equals(before)) {
                    return part;
                }
                before = after;
            }
        }
    }

    /**
     * Reads the end of a log that is not written any more.
     *
     * @param maxBytes how much to read at most
     * @return the last bytes that were not left out
     * @throws IOException as by {@link #read}
     */
    public LogPart readEnd(int maxBytes) throws IOException {
        try (Confined log = Confined.open(file)) {
            Gap left = readGap(log);
            long end = left.written(log.channel().size());
            return left.read(log.channel(), Math.max(left.to, Math.max(0, end - maxBytes)), maxBytes);
        }
    }

    /**
     * Moves a log that is not written any more to where it is kept, and leaves out what is above the limits. Done again
     * after a crash it goes on; until it is done readers find the log here, and from then on there.
     *
     * @param kept where it is kept
     * @param limits how much is kept
     * @throws IOException if it cannot be moved
     */
    public void keep(LogFile kept, LogLimits limits) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return; // its script never started, or removed its log, or put something else there
        }
        try (Confined log = Confined.open(file)) {
            Gap left = readGap(log);
            long end = left.written(log.channel().size());
            Gap wanted = left.widened(end, limits);
            if (!wanted.equals(left)) {
                Path cut = kept.file.resolveSibling(kept.file.getFileName() + ".new");
                left.copy(log.channel(), cut, wanted, end);
                kept.writeGap(wanted);
                Files.move(cut, kept.file, StandardCopyOption.ATOMIC_MOVE);
                Files.delete(file);
                return;
            }
            kept.writeGap(left);
        } catch (AccessDeniedException e) {
            // its script took the rights away: nobody reads it
        }
        Files.move(file, kept.file, StandardCopyOption.REPLACE_EXISTING);
    }

    private Gap readGap(Confined log) throws IOException {
        Matcher found = GAP.matcher(gapText());
        if (!found.matches()) {
            return Gap.NONE;
        }
        Gap read = new Gap(
                Long.parseLong(found.group(1)),
                Long.parseLong(found.group(2)),
                found.group(3).equals("cut"));
        // Looked at after the gap was, a log that does not reach over it was truncated by its script since.
        return read.from < read.to && read.to <= read.written(log.channel().size()) ? read : Gap.NONE;
    }

    private String gapText() throws IOException {
        ByteBuffer text = ByteBuffer.allocate(LONGEST_GAP_BYTES);
        for (int tries = 1; ; tries++) {
            try (Confined beside = Confined.open(gap)) {
                while (text.hasRemaining() && beside.channel().read(text) >= 0) {
                    // until it ends
                }
                return US_ASCII.decode(text.flip()).toString();
            } catch (NoSuchFileException e) {
                return "";
            } catch (FileSystemException e) {
                if (tries == MOST_GAP_TRIES) {
                    return ""; // no launcher's
                }
                // just replaced by a later one
            }
        }
    }

    private void writeGap(Gap left) throws IOException {
        if (left.equals(Gap.NONE)) {
            Files.deleteIfExists(gap);
        } else {
            Workspace.writePrivate(gap, left.text().getBytes(US_ASCII));
        }
    }

    /** What is left out, {@code from} inclusive {@code to} exclusive; {@code cut} if the file has no room for it either. */
    private record Gap(long from, long to, boolean cut) {
        static final Gap NONE = new Gap(0, 0, false);

        String text() {
            return from + " " + to + (cut ? " cut\n" : " hole\n");
        }

        /** How much the script wrote, of a file of this size. */
        long written(long size) {
            return cut ? size + (to - from) : size;
        }

        long skip(long offset) {
            return offset >= from ? Math.max(offset, to) : offset;
        }

        private long position(long offset) {
            return cut && offset >= to ? offset - (to - from) : offset;
        }

        /** Reads from an offset outside the gap, up to it. */
        LogPart read(SeekableByteChannel channel, long offset, int maxBytes) throws IOException {
            long room = offset < from ? from - offset : Long.MAX_VALUE;
            long there = Math.max(0, channel.size() - position(offset));
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.max(0, Math.min(maxBytes, Math.min(room, there))));
            channel.position(position(offset));
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                // until it is full
            }
            return new LogPart(offset, Arrays.copyOf(bytes.array(), bytes.position()));
        }

        /** What is to be left out of so many bytes, besides what is. */
        Gap widened(long written, LogLimits limits) {
            boolean none = equals(NONE);
            long head = none ? limits.headBytes() : Math.min(from, limits.headBytes());
            long tail = Math.max(to, written - limits.tailBytes());
            if (head >= tail) {
                return NONE; // as there is none: one that is there begins before it ends
            }
            return from == head && to == tail ? this : new Gap(head, tail, true);
        }

        /** Copies what is outside of a gap that is wider than this one. */
        void copy(SeekableByteChannel channel, Path target, Gap wider, long end) throws IOException {
            Workspace.writePrivate(target, new byte[0]);
            try (FileChannel to = FileChannel.open(target, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
                copy(channel, 0, wider.from, to);
                copy(channel, position(wider.to), position(end), to);
            }
        }

        private static void copy(SeekableByteChannel channel, long from, long end, FileChannel to) throws IOException {
            channel.position(from);
            for (long left = end - from; left > 0; ) {
                long copied = to.transferFrom(channel, to.size(), left);
                if (copied <= 0) {
                    throw new EOFException("log was truncated while it was kept");
                }
                left -= copied;
            }
        }
    }
}
