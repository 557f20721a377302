package io.longshore.codec;

import io.longshore.api.ItemRequest;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import java.util.Optional;

/**
 * An item as it is journalled: what callers see of it, and what a later process needs to go on with it.
 *
 * @param item what callers see
 * @param expanded what was asked of it, where that is not in its job's request, as a folder was listed
 * @param ending how it will end, once that is known
 * @param failedRuns how many attempts its script failed in, or was lost in
 * @param home the home of the engine that runs it, where its directories are; empty before it began
 */
public record ItemState(
        JobItem item,
        Optional<ItemRequest> expanded,
        Optional<JobOutcome> ending,
        int failedRuns,
        Optional<String> home) {
    /**
     * An item that waits.
     *
     * @param item the item
     * @param expanded what was asked of it, where a folder's listing made it
     * @return its state
     */
    public static ItemState waiting(JobItem item, Optional<ItemRequest> expanded) {
        return new ItemState(item, expanded, Optional.empty(), 0, Optional.empty());
    }

    /**
     * The same state with another look.
     *
     * @param next what callers see from now on
     * @return the state
     */
    public ItemState with(JobItem next) {
        return new ItemState(next, expanded, ending, failedRuns, home);
    }
}
