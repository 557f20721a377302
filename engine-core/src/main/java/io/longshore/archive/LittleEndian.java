package io.longshore.archive;

import java.util.Arrays;

/** A record while it is put together. */
final class LittleEndian {
    private byte[] bytes = new byte[512];
    private int length;

    LittleEndian clear() {
        length = 0;
        return this;
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    LittleEndian put2(int value) {
        return put(value, 2);
    }

    LittleEndian put4(long value) {
        return put(value, 4);
    }

    LittleEndian put8(long value) {
        return put(value, 8);
    }

    LittleEndian put(byte[] more) {
        reserve(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    private LittleEndian put(long value, int width) {
        reserve(width);
        for (int i = 0; i < width; i++) {
            bytes[length++] = (byte) (value >>> (8 * i));
        }
        return this;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }
}
