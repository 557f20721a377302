package io.longshore.storage.s3;

import java.io.InterruptedIOException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.Abortable;

/** One request on the wire, which any thread may end, however long the store stays silent. */
final class Exchange {
    private @Nullable Abortable request; // guarded by this
    private boolean aborted; // guarded by this

    synchronized void began(Abortable begun) throws InterruptedIOException {
        if (aborted) {
            throw new InterruptedIOException("ended before it began");
        }
        request = begun;
    }

    void abort() {
        Abortable running;
        synchronized (this) {
            aborted = true;
            running = request;
        }
        if (running != null) {
            running.abort();
        }
    }
}
