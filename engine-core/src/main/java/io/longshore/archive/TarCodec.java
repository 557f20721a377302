package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;

/** What a tar stream is compressed by. */
interface TarCodec extends Closeable {
    /**
     * Does what can be done for a part of the stream by itself, on any thread.
     *
     * @param dictionary how many bytes of the stream before stand before it
     * @param length how long it is, from {@link Buffers#CONTENT} on
     * @return the length of the result
     */
    int compress(Compressor compressor, Buffers buffers, int dictionary, int length);

    /** Does the rest, in the order of the stream. */
    void write(Buffers buffers, int length, int compressed) throws IOException;

    /** Ends and flushes the stream; returns how many bytes went out in all. */
    long finish() throws IOException;
}
