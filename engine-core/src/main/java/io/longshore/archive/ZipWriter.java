package io.longshore.archive;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * The records of a zip file (APPNOTE.TXT 6.3), one after the other. An entry is either whole, with its sizes before its
 * data, or begun, continued and ended, with its sizes in a data descriptor after it.
 */
final class ZipWriter {
    private static final int LOCAL = 0x04034b50;
    private static final int DESCRIPTOR = 0x08074b50;
    private static final int CENTRAL = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int END_64 = 0x06064b50;
    private static final int LOCATOR_64 = 0x07064b50;

    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int FLAG_DESCRIPTOR = 1 << 3;
    private static final int FLAG_UTF8 = 1 << 11;
    private static final int VERSION = 20;
    private static final int VERSION_64 = 45;
    private static final int UNIX = 3 << 8;
    private static final int EXTRA_64 = 1;
    private static final int MIDNIGHT = 0;
    private static final int FIRST_OF_1980 = 1 << 5 | 1;
    private static final int FILE = 0100644;
    private static final int EXECUTABLE = 0100755;
    private static final int DIRECTORY = 0040755;
    private static final int MSDOS_DIRECTORY = 0x10;
    private static final int MAX_2 = 0xffff;
    private static final long MAX_4 = 0xffff_ffffL;

    /** The fixed part of an entry's record in the directory, and the most that stands beside the name there. */
    private static final int MOST_BESIDE_NAME = 46 + 4 + 3 * 8;

    /** A record in the directory should not be longer than a name could be (APPNOTE 4.4.10); newer JDKs refuse one. */
    static final int MOST_NAME_BYTES = MAX_2 - MOST_BESIDE_NAME;

    private final OutputStream out;
    private final CentralDirectory contents;
    private final Warnings warnings;
    private final LittleEndian record = new LittleEndian();
    private long position;
    private long entries;
    private long contentBytes;

    // How many entries there were when each open directory began.
    private long[] entriesBefore = new long[16];
    private int depth;

    // The entry that was begun.
    private byte[] name = new byte[0];
    private int mode;
    private int flags;
    private boolean zip64;
    private long start;
    private long dataStart;

    ZipWriter(OutputStream out, CentralDirectory contents, Warnings warnings) {
        this.out = new BufferedOutputStream(out, 1 << 16);
        this.contents = contents;
        this.warnings = warnings;
    }

    void enter() {
        if (depth == entriesBefore.length) {
            entriesBefore = Arrays.copyOf(entriesBefore, 2 * depth);
        }
        entriesBefore[depth++] = entries;
    }

    /** Ends a directory, and tells whether nothing went into it. */
    boolean leave() {
        return entriesBefore[--depth] == entries;
    }

    /** A directory; its name ends with a slash. */
    void directory(byte[] directory) throws IOException {
        whole(directory, DIRECTORY, STORED, 0, 0, directory, 0, 0);
    }

    void stored(byte[] file, boolean executable, long crc, byte[] data, int offset, int size) throws IOException {
        whole(file, executable ? EXECUTABLE : FILE, STORED, crc, size, data, offset, size);
    }

    void deflated(byte[] file, boolean executable, long crc, long size, byte[] data, int offset, int compressed)
            throws IOException {
        whole(file, executable ? EXECUTABLE : FILE, DEFLATED, crc, size, data, offset, compressed);
    }

    private void whole(
            byte[] file, int entryMode, int method, long crc, long size, byte[] data, int offset, int compressed)
            throws IOException {
        long at = position;
        int nameFlag = nameFlag(file);
        local(VERSION, nameFlag, method, crc, compressed, size, file.length, 0);
        write(record.put(file));
        out.write(data, offset, compressed);
        position += compressed;
        central(file, entryMode, VERSION, nameFlag, method, crc, compressed, size, at);
    }

    /**
     * Begins an entry whose data follows.
     *
     * @param mostBytes what its data cannot outgrow, deflated or not
     */
    void begin(byte[] file, boolean executable, long mostBytes) throws IOException {
        name = file;
        mode = executable ? EXECUTABLE : FILE;
        zip64 = mostBytes >= MAX_4;
        start = position;
        flags = nameFlag(file) | FLAG_DESCRIPTOR;
        if (zip64) {
            // Readers of streams know a descriptor with long sizes by this field; the sizes in it are not known yet.
            local(VERSION_64, flags, DEFLATED, 0, MAX_4, MAX_4, file.length, 20);
            write(record.put(file).put2(EXTRA_64).put2(16).put8(0).put8(0));
        } else {
            local(VERSION, flags, DEFLATED, 0, 0, 0, file.length, 0);
            write(record.put(file));
        }
        dataStart = position;
    }

    void data(byte[] data, int length) throws IOException {
        out.write(data, 0, length);
        position += length;
    }

    void end(long crc, long size) throws IOException {
        long compressed = position - dataStart;
        record.clear().put4(DESCRIPTOR).put4(crc);
        if (zip64) {
            record.put8(compressed).put8(size);
        } else if (compressed < MAX_4 && size < MAX_4) {
            record.put4(compressed).put4(size);
        } else {
            throw new IOException("entry is larger than it was said to be: " + EntryName.shown(name));
        }
        write(record);
        central(name, mode, zip64 ? VERSION_64 : VERSION, flags, DEFLATED, crc, compressed, size, start);
    }

    private void local(
            int version, int flag, int method, long crc, long compressed, long size, int nameBytes, int extraBytes) {
        record.clear()
                .put4(LOCAL)
                .put2(version)
                .put2(flag)
                .put2(method)
                .put2(MIDNIGHT)
                .put2(FIRST_OF_1980)
                .put4(crc)
                .put4(compressed)
                .put4(size)
                .put2(nameBytes)
                .put2(extraBytes);
    }

    private void central(
            byte[] file,
            int entryMode,
            int version,
            int flag,
            int method,
            long crc,
            long compressed,
            long size,
            long offset)
            throws IOException {
        int extra = (size >= MAX_4 ? 8 : 0) + (compressed >= MAX_4 ? 8 : 0) + (offset >= MAX_4 ? 8 : 0);
        int needed = extra > 0 ? VERSION_64 : version;
        record.clear()
                .put4(CENTRAL)
                .put2(UNIX | needed)
                .put2(needed)
                .put2(flag)
                .put2(method)
                .put2(MIDNIGHT)
                .put2(FIRST_OF_1980)
                .put4(crc)
                .put4(Math.min(compressed, MAX_4))
                .put4(Math.min(size, MAX_4))
                .put2(file.length)
                .put2(extra > 0 ? 4 + extra : 0)
                .put2(0) // no comment
                .put2(0) // first disk
                .put2(0) // nothing said about text
                .put4((long) entryMode << 16 | (entryMode == DIRECTORY ? MSDOS_DIRECTORY : 0))
                .put4(Math.min(offset, MAX_4))
                .put(file);
        if (extra > 0) {
            record.put2(EXTRA_64).put2(extra);
            if (size >= MAX_4) {
                record.put8(size);
            }
            if (compressed >= MAX_4) {
                record.put8(compressed);
            }
            if (offset >= MAX_4) {
                record.put8(offset);
            }
        }
        contents.append(record.array(), record.length());
        entries++;
        contentBytes += size;
    }

    /** Writes the table of contents and all that comes after it; the stream stays open. */
    ArchiveResult finish() throws IOException {
        long at = position;
        contents.copyTo(out);
        position += contents.size();
        if (entries >= MAX_2 || contents.size() >= MAX_4 || at >= MAX_4) {
            long end64 = position;
            write(record.clear()
                    .put4(END_64)
                    .put8(44)
                    .put2(UNIX | VERSION_64)
                    .put2(VERSION_64)
                    .put4(0)
                    .put4(0)
                    .put8(entries)
                    .put8(entries)
                    .put8(contents.size())
                    .put8(at));
            write(record.clear().put4(LOCATOR_64).put4(0).put8(end64).put4(1));
        }
        write(record.clear()
                .put4(END)
                .put2(0)
                .put2(0)
                .put2((int) Math.min(entries, MAX_2))
                .put2((int) Math.min(entries, MAX_2))
                .put4(Math.min(contents.size(), MAX_4))
                .put4(Math.min(at, MAX_4))
                .put2(0));
        out.flush();
        return new ArchiveResult(entries, contentBytes, position);
    }

    private int nameFlag(byte[] file) {
        if (EntryName.isAscii(file)) {
            return 0;
        }
        if (EntryName.isUtf8(file)) {
            return FLAG_UTF8;
        }
        warnings.notUtf8(file);
        return 0;
    }

    private void write(LittleEndian bytes) throws IOException {
        out.write(bytes.array(), 0, bytes.length());
        position += bytes.length();
    }
}
