package io.longshore.spi;

import io.longshore.api.ItemOutput;
import io.longshore.api.JobOutcome;
import io.longshore.api.Phase;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Takes what happens to items, and says whether an item may still commit.
 *
 * <p><b>Threads:</b> thread-safe; the reports of one item come one after another. <b>Blocking:</b> {@code report} returns
 * when the transition is journalled; the next effect of the item comes after that.
 */
public interface ItemReports {
    /**
     * Journals a transition of an item.
     *
     * @param key the item
     * @param transition what happened
     * @throws LostClaimException if the item is no longer this site's; it must stop, and leave its script running
     * @throws IOException if it could not be journalled; nothing may follow before it is
     */
    void report(ItemKey key, Transition transition) throws IOException;

    /**
     * Says that nothing of an item is at work here any more: it has ended, was let go of, or lost. Called once for each
     * item that was started.
     *
     * @param key the item
     */
    void released(ItemKey key);

    /**
     * Whether an item may make its output visible; asked right before the commit.
     *
     * @param key the item
     * @return false once the item is canceled, or is somebody else's
     */
    boolean mayCommit(ItemKey key);

    /**
     * Takes progress, which is not journalled; never blocks.
     *
     * @param key the item
     * @param phase the phase
     * @param bytes how many bytes of the phase have moved
     * @param totalBytes how many there are, where known
     */
    void progress(ItemKey key, Phase phase, long bytes, OptionalLong totalBytes);

    /** What happened to an item. */
    sealed interface Transition {
        /**
         * It enters a phase; the effects of the phase come after this.
         *
         * @param phase the phase
         * @param attempt the attempt of its script, from 1
         * @param at when
         * @param ending how the item will end, where that is known: always in the sweep, and in the publish of what a
         *     failed script left
         */
        record Entered(Phase phase, int attempt, Instant at, Optional<JobOutcome> ending) implements Transition {}

        /**
         * Something went other than expected without failing it.
         *
         * @param text a sentence
         */
        record Warned(String text) implements Transition {}

        /**
         * One of its outputs is visible.
         *
         * @param output the output
         */
        record Committed(ItemOutput output) implements Transition {}

        /**
         * It ended; nothing of it is left.
         *
         * @param outcome how
         * @param at when
         */
        record Ended(JobOutcome outcome, Instant at) implements Transition {}
    }
}
