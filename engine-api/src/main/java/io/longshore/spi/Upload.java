package io.longshore.spi;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/**
 * One output on its way into a sink. Nothing of it is visible before {@link #commit}, and closing it without a commit
 * abandons it.
 *
 * <p><b>Threads:</b> used by one thread at a time. <b>Blocking:</b> calls block on I/O and answer an interrupt with
 * {@link java.io.InterruptedIOException}.
 */
public interface Upload extends Closeable {
    /**
     * Where the bytes go; closing the stream is allowed and commits nothing. Memory use is bounded.
     *
     * @return the same stream each time
     * @throws IOException if the upload is closed
     */
    OutputStream stream() throws IOException;

    /**
     * Makes the output visible, whole and at once. Again is the same as once; if the same {@link PublishKey} was
     * committed before, the output that is visible already is returned and this one is abandoned.
     *
     * @return what readers see
     * @throws IOException if nothing became visible, or if that is not known; {@link DataSink#find} tells then
     */
    Published commit() throws IOException;

    /** Abandons what was not committed: nothing of it stays in the store. A no-op after a commit. */
    @Override
    void close() throws IOException;
}
