package io.longshore.archive;

import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;

/** Answers to an interrupt; the thread's flag stays set. */
final class Interrupts {
    private Interrupts() {}

    static void check() throws InterruptedIOException {
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted(null);
        }
    }

    static InterruptedIOException interrupted(@Nullable Throwable cause) {
        InterruptedIOException e = new InterruptedIOException("archiving was interrupted");
        e.initCause(cause);
        return e;
    }
}
