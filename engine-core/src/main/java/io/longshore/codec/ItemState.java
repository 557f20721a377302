package io.longshore.codec;

import io.longshore.api.ItemRequest;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.spi.LaunchKey;
import java.util.Optional;

/**
 * An item as it is journalled: what callers see of it, and what a later process needs to go on with it.
 *
 * @param item what callers see
 * @param expanded what was asked of it, where that is not in its job's request, as a folder was listed
 * @param ending how it will end, once that is known
 * @param failedRuns how many attempts its script failed in, or was lost in
 * @param home the home of the engine that runs it, where its directories are; empty before it began
 * @param origin the attempt of an earlier job whose output it publishes, without a script of its own
 */
public record ItemState(
        JobItem item,
        Optional<ItemRequest> expanded,
        Optional<JobOutcome> ending,
        int failedRuns,
        Optional<String> home,
        Optional<LaunchKey> origin) {
    /**
     * An item that waits.
     *
     * @param item the item
     * @param expanded what was asked of it, where a folder's listing made it
     * @return its state
     */
    public static ItemState waiting(JobItem item, Optional<ItemRequest> expanded) {
        return new ItemState(item, expanded, Optional.empty(), 0, Optional.empty(), Optional.empty());
    }

    /**
     * An item that waits to publish what the script of an earlier job wrote.
     *
     * @param item the item
     * @param home where the output is
     * @param origin the attempt that wrote it
     * @return its state
     */
    public static ItemState unpublished(JobItem item, String home, LaunchKey origin) {
        return new ItemState(item, Optional.empty(), Optional.empty(), 0, Optional.of(home), Optional.of(origin));
    }

    /**
     * The same state with another look.
     *
     * @param next what callers see from now on
     * @return the state
     */
    public ItemState with(JobItem next) {
        return new ItemState(next, expanded, ending, failedRuns, home, origin);
    }
}
