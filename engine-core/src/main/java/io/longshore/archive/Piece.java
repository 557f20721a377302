package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A stretch of an archive: made by any one thread, then written by the caller's, each in its turn. */
abstract class Piece implements Closeable {
    final Buffers buffers;

    // Guarded by the pipeline's lock.
    boolean made;

    @Nullable
    Throwable failure;

    Piece(Buffers buffers) {
        this.buffers = buffers;
    }

    /** Makes it; after that, or if it never comes to that, it is closed. */
    abstract void make(Compressor compressor) throws IOException;

    /** Writes it; called by the caller's thread. */
    abstract void write() throws IOException;

    /** How many bytes of files are in it. */
    abstract long contentBytes();

    /** Lets go of what it is made from. */
    @Override
    public void close() throws IOException {}
}
