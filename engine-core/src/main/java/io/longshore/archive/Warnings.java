package io.longshore.archive;

import java.util.function.Consumer;

/** The warnings of one archive: so many of them, then only their number. */
final class Warnings {
    static final int MOST = 100;

    private final Consumer<String> taker;
    private long count;

    Warnings(Consumer<String> taker) {
        this.taker = taker;
    }

    void leftOut(byte[] name, String why) {
        add("left out of the archive: " + EntryName.shown(name) + " " + why);
    }

    void grown(byte[] name, long size) {
        add("grew while it was archived, only the first " + size + " bytes are in the archive: "
                + EntryName.shown(name));
    }

    void notUtf8(byte[] name) {
        add("name is not UTF-8 and is kept as its bytes in the archive: " + EntryName.shown(name));
    }

    private void add(String warning) {
        if (count++ < MOST) {
            taker.accept(warning);
        }
    }

    void end() {
        if (count > MOST) {
            taker.accept("and " + (count - MOST) + " more warnings like these");
        }
    }
}
