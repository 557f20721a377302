package io.longshore.api;

import java.util.Optional;

/** How an item or a job ended; a value, as a job that fails is no exception. */
public sealed interface JobOutcome {
    /** It did what was asked; of a job's items, some may have failed (contract 3.3). */
    record Completed() implements JobOutcome {}

    /**
     * It failed.
     *
     * @param cause the first cause
     */
    record Failed(Failure cause) implements JobOutcome {}

    /**
     * The job's time-out passed before it ended (contract 3.5).
     *
     * @param cause what was going on then
     */
    record TimedOut(Failure cause) implements JobOutcome {}

    /**
     * Somebody canceled it, and nothing of it is left (contract 3.4).
     *
     * @param cause what was going on then
     */
    record Canceled(Failure cause) implements JobOutcome {}

    /**
     * The failure in the outcome.
     *
     * @return why it did not complete, or empty if it did
     */
    default Optional<Failure> failure() {
        if (this instanceof Failed failed) {
            return Optional.of(failed.cause());
        }
        if (this instanceof TimedOut timedOut) {
            return Optional.of(timedOut.cause());
        }
        return this instanceof Canceled canceled ? Optional.of(canceled.cause()) : Optional.empty();
    }
}
