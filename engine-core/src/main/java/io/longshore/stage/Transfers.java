package io.longshore.stage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one item on their way, several at once. What became of each is taken in the order they were started, so that
 * what is written of them is the same each time; so much is held back for that only, however many objects there are. The first
 * failure ends all, as does an interrupt of the caller, and nothing runs any more once this is closed.
 *
 * <p><b>Threads:</b> used by one thread, which waits while others carry.
 *
 * @param <T> what becomes of one
 */
public final class Transfers<T> implements Closeable {
    /** What is on its way at once, unless one object alone is larger: sinks hold it in memory. */
    static final long MOST_BYTES = 16 << 20;

    /** How many may be on their way or wait for one that was started before them. */
    static final int MOST_STARTED = 256;

    private final TransferBudget budget;
    private final Taker<T> taker;
    private final Deque<Carrier> started = new ArrayDeque<>(); // without those that were taken; guarded by this
    private int running; // guarded by this
    private long bytes; // of those that run; guarded by this
    private @Nullable Throwable failure; // the first; guarded by this
    private boolean closed; // guarded by this

    /**
     * Carries one object; closed when it has, or instead.
     *
     * @param <T> what becomes of it
     */
    @FunctionalInterface
    public interface Work<T> extends Closeable {
        /**
         * Carries it.
         *
         * @return what became of it
         * @throws IOException if it did not arrive
         */
        T run() throws IOException;

        @Override
        default void close() throws IOException {}
    }

    /**
     * Takes what became of each.
     *
     * @param <T> that
     */
    @FunctionalInterface
    public interface Taker<T> {
        /**
         * Takes one, on the caller's thread.
         *
         * @param result what became of it
         * @throws IOException if that ends them all
         */
        void take(T result) throws IOException;
    }

    /**
     * None yet.
     *
     * @param budget how many at once
     * @param taker takes what becomes of each
     */
    public Transfers(TransferBudget budget, Taker<T> taker) {
        this.budget = budget;
        this.taker = taker;
        budget.begin();
    }

    /** One object, with the thread that carries it. */
    private final class Carrier implements Runnable {
        private final long sizeBytes;
        private final Work<T> work;
        private @Nullable Thread thread; // guarded by the transfers
        private @Nullable T result; // guarded by the transfers

        Carrier(long sizeBytes, Work<T> work) {
            this.sizeBytes = sizeBytes;
            this.work = work;
        }

        @Override
        public void run() {
            T done = null;
            Throwable failed = null;
            try (work) {
                if (begin()) {
                    done = work.run();
                }
            } catch (Throwable e) { // the caller's thread throws it
                failed = e;
            }
            end(done, failed);
        }

        private boolean begin() {
            synchronized (Transfers.this) {
                thread = Thread.currentThread();
                return !closed;
            }
        }

        void end(@Nullable T done, @Nullable Throwable failed) {
            synchronized (Transfers.this) {
                if (closed && thread != null) {
                    boolean unused = Thread.interrupted(); // it was ours, and the thread goes on to other work
                }
                thread = null;
                result = done;
                running--;
                bytes -= sizeBytes;
                if (failed != null) {
                    failed(failed);
                }
                Transfers.this.notifyAll();
            }
        }
    }

    /** To be called under the lock. */
    private void failed(Throwable e) {
        if (failure == null) {
            failure = e;
        } else if (!failure.equals(e) && !(e instanceof InterruptedIOException && e.getSuppressed().length == 0)) {
            failure.addSuppressed(e); // but not that it was ended for the first
        }
    }

    /**
     * Starts one more, once there is room for it.
     *
     * @param sizeBytes how large it is
     * @param work carries it; closed in any case
     * @throws IOException the first failure
     */
    public void start(long sizeBytes, Work<T> work) throws IOException {
        Carrier carrier = new Carrier(sizeBytes, work);
        try {
            takeUntil(() -> begin(carrier));
        } catch (IOException | RuntimeException | Error e) {
            try (work) {
                throw e;
            }
        }
        try {
            budget.threads().execute(carrier);
        } catch (RejectedExecutionException e) {
            try (work) {
                IOException closing = new IOException("the engine is closed", e);
                carrier.end(null, closing);
                throw closing;
            }
        }
    }

    private boolean begin(Carrier carrier) {
        boolean fits = running == 0 || (running < budget.share() && bytes + carrier.sizeBytes <= MOST_BYTES);
        if (!fits || started.size() >= MOST_STARTED) {
            return false;
        }
        running++;
        bytes += carrier.sizeBytes;
        started.add(carrier);
        return true;
    }

    /**
     * Waits until all have arrived.
     *
     * @throws IOException the first failure
     */
    public void finish() throws IOException {
        takeUntil(started::isEmpty);
    }

    private void takeUntil(BooleanSupplier isReached) throws IOException {
        for (T next = next(isReached); next != null; next = next(isReached)) {
            taker.take(next);
        }
    }

    /** What is to be taken next; null once a condition is reached, which is asked under the lock. */
    private synchronized @Nullable T next(BooleanSupplier isReached) throws IOException {
        while (true) {
            requireSound();
            Carrier first = started.peek();
            if (first != null && first.result != null) {
                started.remove();
                return first.result;
            }
            if (isReached.getAsBoolean()) {
                return null;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                InterruptedIOException interrupted = new InterruptedIOException("interrupted");
                interrupted.initCause(e);
                throw interrupted;
            }
        }
    }

    private void requireSound() throws IOException {
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

    /** Ends those that run, and waits for that. */
    @Override
    public void close() {
        boolean interrupted = false;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            for (Carrier carrier : started) {
                if (carrier.thread != null) {
                    carrier.thread.interrupt();
                }
            }
            while (running > 0) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        budget.end();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
