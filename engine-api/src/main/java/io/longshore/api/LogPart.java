package io.longshore.api;

/** A stretch of what a script wrote to a stream, and where in the stream it stands. */
public final class LogPart {
    private final long offset;
    private final byte[] bytes;

    /**
     * A part of a log.
     *
     * @param offset how many bytes the script wrote before it
     * @param bytes the bytes; they belong to the part from now on
     * @throws IllegalArgumentException if the offset is negative
     */
    public LogPart(long offset, byte[] bytes) {
        if (offset < 0) {
            throw new IllegalArgumentException("offset of a log is negative: " + offset);
        }
        this.offset = offset;
        this.bytes = bytes;
    }

    /**
     * How many bytes the script wrote before it. More than was asked for where those between were left out.
     *
     * @return the offset of the first byte
     */
    public long offset() {
        return offset;
    }

    /**
     * Where to go on.
     *
     * @return the offset after the last byte
     */
    public long nextOffset() {
        return offset + bytes.length;
    }

    /**
     * The bytes.
     *
     * @return them, not copied
     */
    public byte[] bytes() {
        return bytes;
    }

    /**
     * Whether there was nothing to read.
     *
     * @return true if it has no bytes
     */
    public boolean isEmpty() {
        return bytes.length == 0;
    }
}
