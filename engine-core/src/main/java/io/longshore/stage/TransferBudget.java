package io.longshore.stage;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The objects that one engine carries at once. Each item that stages or publishes has one in any case, so that none waits for
 * another, and besides an equal part of what there is, which changes as others begin and end.
 *
 * <p><b>Threads:</b> thread-safe.
 */
public final class TransferBudget {
    private final int most;
    private final Executor threads;
    private final AtomicInteger users = new AtomicInteger();

    /**
     * A budget.
     *
     * @param most how many objects at once, unless there are more items than that
     * @param threads what carries them, each blocking one; it is not closed
     */
    public TransferBudget(int most, Executor threads) {
        checkArgument(most >= 1, "transfers at once are less than 1: %s", most);
        this.most = most;
        this.threads = threads;
    }

    Executor threads() {
        return threads;
    }

    /** Counts one user more. */
    void begin() {
        users.incrementAndGet();
    }

    /** Counts one user less. */
    void end() {
        users.decrementAndGet();
    }

    /** How many objects a user may carry by now. */
    int share() {
        return Math.max(1, most / Math.max(1, users.get()));
    }
}
