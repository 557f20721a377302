package io.longshore.archive;

import java.util.Arrays;

/** The name of the entry that a walk is at; grows and shrinks at its end. */
final class NameBuffer {
    private byte[] bytes = new byte[256];
    private int length;

    int length() {
        return length;
    }

    byte[] bytes() {
        return Arrays.copyOf(bytes, length);
    }

    void truncate(int shorter) {
        length = shorter;
    }

    void append(byte[] more) {
        if (length + more.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more.length));
        }
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
    }
}
