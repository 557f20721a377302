package io.longshore.storage.s3;

import io.longshore.spi.Transfer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one call, on threads of the storage: the caller's own thread waits for them, and ends them all when it is
 * interrupted, when its transfer is stopped, or when one of them fails.
 */
final class Requests {
    /** How long a transfer that was stopped may go unnoticed while the store is silent. */
    private static final long POLL_MILLIS = 200;

    private final Executor threads;
    private final String what;

    private final Set<Exchange> running = new HashSet<>(); // guarded by this
    private long bytes; // of those that run; guarded by this
    private @Nullable Throwable failure; // the first; guarded by this

    /** What a thread of the storage does. */
    interface Work {
        void run() throws IOException;
    }

    /** What a thread of the storage finds out. */
    interface Question<T> {
        T ask() throws IOException;
    }

    Requests(Executor threads, String what) {
        this.threads = threads;
        this.what = what;
    }

    /** Starts one more, which holds so many bytes in memory while it runs. */
    void start(long heldBytes, Work work) throws IOException {
        Exchange exchange = new Exchange();
        synchronized (this) {
            running.add(exchange);
            bytes += heldBytes;
        }
        try {
            threads.execute(() -> {
                try {
                    AbortableHttp.during(exchange, work);
                } catch (Throwable e) { // the caller's thread throws it
                    failed(e);
                } finally {
                    ended(exchange, heldBytes);
                }
            });
        } catch (RejectedExecutionException e) {
            ended(exchange, heldBytes);
            throw new IOException(what + ": the S3 storage is closed", e);
        }
    }

    private synchronized void failed(Throwable e) {
        if (failure == null) {
            failure = e;
            notifyAll();
        }
    }

    private synchronized void ended(Exchange exchange, long heldBytes) {
        running.remove(exchange);
        bytes -= heldBytes;
        notifyAll();
    }

    /** Waits until all have ended well. */
    void await(Transfer transfer) throws IOException {
        await(-1, transfer);
    }

    /** Waits until those that run hold no more bytes than that; -1: until none runs. The first failure ends them all. */
    void await(long mostBytes, Transfer transfer) throws IOException {
        try {
            requireNotInterrupted(what);
            while (isBusy(mostBytes)) {
                transfer.requireActive();
            }
        } catch (IOException | RuntimeException e) {
            abort();
            throw e;
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's, as it asks the transfer without the lock
    private synchronized boolean isBusy(long mostBytes) throws IOException {
        requireSound();
        if (mostBytes < 0 ? running.isEmpty() : bytes <= mostBytes) {
            return false;
        }
        try {
            wait(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(what, e);
        }
        requireSound();
        return true;
    }

    /** Throws the first failure. */
    synchronized void requireSound() throws IOException {
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    /** Ends all that run. What they still do is answered by nobody. */
    void abort() {
        Set<Exchange> each;
        synchronized (this) {
            each = Set.copyOf(running);
        }
        each.forEach(Exchange::abort);
    }

    /** Ends all that run, and gives them time to notice; the interrupt flag does not hurry it. */
    void end(Duration patience) {
        abort();
        boolean interrupted = false;
        long until = System.nanoTime() + patience.toNanos();
        synchronized (this) {
            for (long left = patience.toNanos(); !running.isEmpty() && left > 0; left = until - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** One request, or a few one after the other. */
    void run(Work work) throws IOException {
        start(0, work);
        await(Transfer.UNWATCHED);
    }

    /** The same with an answer. */
    <T> T ask(Question<T> question) throws IOException {
        Answer<T> answer = new Answer<>();
        run(() -> answer.value = question.ask());
        return Objects.requireNonNull(answer.value);
    }

    /** The same as {@link #run}, with an end. */
    void run(Duration patience, Work work) throws IOException {
        long until = System.nanoTime() + patience.toNanos();
        start(0, work);
        await(new Transfer() {
            @Override
            public void advanced(long arrived) {}

            @Override
            public void requireActive() throws IOException {
                if (System.nanoTime() - until > 0) {
                    throw new IOException(what + ": the store did not answer in time");
                }
            }
        });
    }

    private static final class Answer<T> {
        volatile @Nullable T value;
    }

    static void requireNotInterrupted(String what) throws InterruptedIOException {
        if (Thread.currentThread().isInterrupted()) { // the flag stays
            throw interrupted(what, null);
        }
    }

    private static InterruptedIOException interrupted(String what, @Nullable Throwable cause) {
        InterruptedIOException interrupted = new InterruptedIOException("interrupted: " + what);
        if (cause != null) {
            interrupted.initCause(cause);
        }
        return interrupted;
    }
}
