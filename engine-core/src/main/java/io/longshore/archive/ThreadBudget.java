package io.longshore.archive;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.Deflater;

/**
 * The threads that compress at once in one engine. Each archive that is being written has its caller's thread in any case,
 * so that none waits for another, and besides an equal part of what there is, which changes as others begin and end. Keeps a
 * deflater for each thread, 270 KB outside of the heap: to make one takes longer than to deflate a small file.
 *
 * <p><b>Threads:</b> thread-safe.
 */
public final class ThreadBudget {
    private static final int LEVEL = 6;

    private final int most;
    private final Executor helpers;
    private final BlockingQueue<Deflater> deflaters; // idle; freed with this
    private final AtomicInteger archives = new AtomicInteger();

    /**
     * A budget.
     *
     * @param most how many threads compress at once, callers' threads among them, unless there are more archives than that
     * @param helpers what runs the others; it is not closed, and archives get done even if it never runs anything
     */
    public ThreadBudget(int most, Executor helpers) {
        checkArgument(most >= 1, "threads is less than 1: %s", most);
        this.most = most;
        this.helpers = helpers;
        this.deflaters = new ArrayBlockingQueue<>(most);
    }

    /**
     * A budget of callers' threads alone.
     *
     * @return a budget
     */
    public static ThreadBudget none() {
        return new ThreadBudget(1, Runnable::run);
    }

    Executor helpers() {
        return helpers;
    }

    /** A deflater without a header, to be reset before use and given back. */
    Deflater deflater() {
        Deflater kept = deflaters.poll();
        return kept == null ? new Deflater(LEVEL, true) : kept;
    }

    void giveBack(Deflater deflater) {
        if (!deflaters.offer(deflater)) {
            deflater.end();
        }
    }

    /** Counts one archive more. */
    void begin() {
        archives.incrementAndGet();
    }

    /** Counts one archive less. */
    void end() {
        archives.decrementAndGet();
    }

    /** How many threads an archive may have by now, its caller's among them; helpers may ask after the last has ended. */
    int share() {
        return Math.max(1, most / Math.max(1, archives.get()));
    }
}
