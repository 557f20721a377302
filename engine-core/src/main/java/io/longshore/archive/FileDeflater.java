package io.longshore.archive;

/** Deflates whole files that are no longer than a block. Used by one thread at a time. */
interface FileDeflater {
    /**
     * Deflates one.
     *
     * @return the length of the result, or -1 if there is no room for it
     */
    int deflate(byte[] from, int offset, int length, byte[] into, int intoOffset, int room);

    void end();
}
