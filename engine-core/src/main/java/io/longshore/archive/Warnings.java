package io.longshore.archive;

import java.util.function.Consumer;

/** The warnings of one output: so many of them, then only their number. Used by one thread. */
public final class Warnings {
    static final int MOST = 100;

    private final Consumer<String> taker;
    private final String whole;
    private long count;

    private Warnings(Consumer<String> taker, String whole) {
        this.taker = taker;
        this.whole = whole;
    }

    static Warnings ofArchive(Consumer<String> taker) {
        return new Warnings(taker, "archive");
    }

    /**
     * Warnings of files that are published one by one.
     *
     * @param taker takes sentences
     * @return none yet
     */
    public static Warnings ofFiles(Consumer<String> taker) {
        return new Warnings(taker, "outputs");
    }

    /**
     * Something is not in the output.
     *
     * @param name its name, as the bytes of the file system
     * @param why a predicate, such as {@code is a FIFO}
     */
    public void leftOut(byte[] name, String why) {
        add("left out of the " + whole + ": " + EntryName.shown(name) + " " + why);
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

    /** Says how many there were that were not said. */
    public void end() {
        if (count > MOST) {
            taker.accept("and " + (count - MOST) + " more warnings like these");
        }
    }
}
