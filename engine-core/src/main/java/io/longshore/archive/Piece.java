package io.longshore.archive;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A stretch of an archive: made by any one thread, then written by the caller's, each in its turn. */
abstract class Piece {
    final Buffers buffers;

    // Guarded by the pipeline's lock.
    boolean made;

    @Nullable
    Throwable failure;

    Piece(Buffers buffers) {
        this.buffers = buffers;
    }

    abstract void make(Compressor compressor) throws IOException;

    abstract void writeTo(ZipWriter zip, Warnings warnings) throws IOException;

    /** How many bytes of files are in it. */
    abstract long contentBytes();
}
