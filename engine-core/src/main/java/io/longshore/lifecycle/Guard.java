package io.longshore.lifecycle;

import io.longshore.spi.Transfer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.OptionalLong;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Watches over one phase while it blocks: takes its progress, and stops it by an interrupt that cannot outlive it. A guard
 * is used for one phase.
 */
final class Guard implements Transfer {
    /** Takes progress. */
    interface Watcher {
        void progress(long bytes, OptionalLong totalBytes);
    }

    private final Watcher watcher;
    private final Object lock = new Object();
    // All guarded by lock.
    private @Nullable Thread thread;
    private @Nullable String stopped;
    private long bytes;
    private OptionalLong totalBytes = OptionalLong.empty();
    private @Nullable Future<?> limit;

    Guard(Watcher watcher) {
        this.watcher = watcher;
    }

    /** What a phase does while it is guarded. */
    interface Body<T> {
        T run() throws IOException;
    }

    <T> T run(Body<T> body) throws IOException {
        synchronized (lock) {
            if (stopped != null) {
                throw new InterruptedIOException(stopped);
            }
            thread = Thread.currentThread();
            bytes = 0;
        }
        try {
            return body.run();
        } finally {
            synchronized (lock) {
                thread = null;
                if (stopped != null) {
                    Thread.interrupted(); // the interrupt was ours, and the thread goes on to other work
                }
            }
        }
    }

    /** Takes the timer that would stop this guard, to be canceled when its phase is over. */
    void limitedBy(Future<?> timer) {
        synchronized (lock) {
            limit = timer;
        }
    }

    /** Ends the watch: its phase is over. */
    void close() {
        synchronized (lock) {
            if (limit != null) {
                limit.cancel(false);
            }
        }
    }

    /** Ends the phase that runs, and any that would begin under this guard. */
    void stop(String why) {
        synchronized (lock) {
            if (stopped == null) {
                stopped = why;
                if (thread != null) {
                    thread.interrupt();
                }
            }
        }
    }

    @Nullable
    String stopped() {
        synchronized (lock) {
            return stopped;
        }
    }

    void total(long expected) {
        synchronized (lock) {
            totalBytes = OptionalLong.of(expected);
        }
    }

    @Override
    public void advanced(long more) {
        long now;
        OptionalLong total;
        synchronized (lock) {
            bytes += more;
            now = bytes;
            total = totalBytes;
        }
        watcher.progress(now, total);
    }

    @Override
    public void requireActive() throws IOException {
        String why = stopped();
        if (why != null) {
            throw new InterruptedIOException(why);
        }
    }
}
