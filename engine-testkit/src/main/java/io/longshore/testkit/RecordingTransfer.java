package io.longshore.testkit;

import io.longshore.spi.Transfer;
import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A transfer that adds up its progress, and stops once a number of bytes has arrived.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> never.
 */
public final class RecordingTransfer implements Transfer {
    private final long stopAfterBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong checks = new AtomicLong();

    private RecordingTransfer(long stopAfterBytes) {
        this.stopAfterBytes = stopAfterBytes;
    }

    /**
     * A transfer that goes on to its end.
     *
     * @return a new transfer
     */
    public static RecordingTransfer unstopped() {
        return new RecordingTransfer(Long.MAX_VALUE);
    }

    /**
     * A transfer that stops as soon as a number of bytes has arrived.
     *
     * @param bytes the number of bytes; 0 stops it before it begins
     * @return a new transfer
     */
    public static RecordingTransfer stoppedAfter(long bytes) {
        return new RecordingTransfer(bytes);
    }

    /**
     * How many bytes have arrived, less those of parts that began anew.
     *
     * @return the sum of all progress
     */
    public long bytes() {
        return bytes.get();
    }

    /**
     * How often the source asked whether to go on.
     *
     * @return the number of calls to {@link #requireActive}
     */
    public long checks() {
        return checks.get();
    }

    @Override
    public void advanced(long arrived) {
        bytes.addAndGet(arrived);
    }

    @Override
    public void requireActive() throws InterruptedIOException {
        checks.incrementAndGet();
        if (bytes.get() >= stopAfterBytes) {
            throw new InterruptedIOException("the transfer was stopped after " + stopAfterBytes + " bytes");
        }
    }
}
