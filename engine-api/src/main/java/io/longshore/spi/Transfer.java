package io.longshore.spi;

import java.io.IOException;

/**
 * One transfer as the engine sees it: takes its progress and says when to stop. A source calls both often, at least once
 * a MiB.
 *
 * <p><b>Threads:</b> thread-safe; a source may call from threads of its own. <b>Blocking:</b> never.
 */
public interface Transfer {
    /** A transfer that nobody watches and nobody stops. */
    Transfer UNWATCHED = new Transfer() {
        @Override
        public void advanced(long bytes) {}

        @Override
        public void requireActive() {}
    };

    /**
     * Takes progress.
     *
     * @param bytes how many bytes have arrived since the last call; negative when a part begins anew
     */
    void advanced(long bytes);

    /**
     * Returns while the transfer should go on.
     *
     * @throws IOException ({@link java.io.InterruptedIOException}) once it is canceled or past its deadline
     */
    void requireActive() throws IOException;
}
