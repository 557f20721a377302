package io.longshore.archive;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The header of a tar entry: ustar, and before it a pax header (POSIX.1-2001) where a name is longer than 100 bytes or is
 * UTF-8 and not ASCII, or a size has more than 33 bits.
 */
final class TarHeader {
    static final int BLOCK_BYTES = 512;
    static final int MOST_NAME_BYTES = 1 << 16;
    static final byte FILE = '0';
    static final byte DIRECTORY = '5';

    private static final byte PAX = 'x';
    private static final byte[] PAX_NAME = ascii("././@PaxHeader");
    private static final int NAME_BYTES = 100;
    private static final long MOST_SIZE = 077777777777L;
    private static final long FIRST_OF_1980 = 315_532_800;
    private static final int MODE = 0644;
    private static final int MODE_EXECUTABLE = 0755;

    private TarHeader() {}

    static byte[] ofDirectory(byte[] name) {
        return of(name, DIRECTORY, MODE_EXECUTABLE, 0);
    }

    static byte[] ofFile(byte[] name, boolean executable, long size) {
        return of(name, FILE, executable ? MODE_EXECUTABLE : MODE, size);
    }

    private static byte[] of(byte[] name, byte type, int mode, long size) {
        byte[] pax = pax(name, size);
        int paxBytes = pax.length == 0 ? 0 : BLOCK_BYTES + padded(pax.length);
        byte[] header = new byte[paxBytes + BLOCK_BYTES];
        if (pax.length > 0) {
            ustar(header, 0, PAX_NAME, PAX, MODE, pax.length);
            System.arraycopy(pax, 0, header, BLOCK_BYTES, pax.length);
        }
        ustar(header, paxBytes, name, type, mode, size > MOST_SIZE ? 0 : size);
        return header;
    }

    /** A length with what fills its last block. */
    static int padded(int length) {
        return length + padding(length);
    }

    /** What fills the last block after so many bytes. */
    static int padding(long length) {
        return (int) (-length & (BLOCK_BYTES - 1));
    }

    private static void ustar(byte[] header, int at, byte[] name, byte type, int mode, long size) {
        System.arraycopy(name, 0, header, at, Math.min(name.length, NAME_BYTES));
        octal(header, at + 100, 7, mode);
        octal(header, at + 108, 7, 0); // user
        octal(header, at + 116, 7, 0); // group
        octal(header, at + 124, 11, size);
        octal(header, at + 136, 11, FIRST_OF_1980);
        Arrays.fill(header, at + 148, at + 156, (byte) ' '); // as the checksum counts itself
        header[at + 156] = type;
        System.arraycopy(ascii("ustar\00000"), 0, header, at + 257, 8);
        octal(header, at + 329, 7, 0); // device
        octal(header, at + 337, 7, 0);
        int sum = 0;
        for (int i = at; i < at + BLOCK_BYTES; i++) {
            sum += header[i] & 0xff;
        }
        octal(header, at + 148, 6, sum);
        header[at + 154] = 0;
    }

    private static void octal(byte[] header, int at, int digits, long value) {
        long left = value;
        for (int i = at + digits - 1; i >= at; i--) {
            header[i] = (byte) ('0' + (left & 7));
            left >>= 3;
        }
    }

    private static byte[] pax(byte[] name, long size) {
        boolean utf8 = EntryName.isUtf8(name);
        byte[] records = new byte[0];
        if (name.length > NAME_BYTES || (utf8 && !EntryName.isAscii(name))) {
            if (!utf8) {
                records = record("hdrcharset", ascii("BINARY"));
            }
            records = joined(records, record("path", name));
        }
        return size > MOST_SIZE ? joined(records, record("size", ascii(Long.toString(size)))) : records;
    }

    /** A record, which begins with its own length. */
    private static byte[] record(String keyword, byte[] value) {
        int rest = 1 + keyword.length() + 1 + value.length + 1;
        int length = rest;
        while (length != rest + Integer.toString(length).length()) {
            length = rest + Integer.toString(length).length();
        }
        return joined(ascii(length + " " + keyword + "="), joined(value, ascii("\n")));
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
