package io.longshore.spi;

import java.util.Objects;

/**
 * An engine that holds jobs, as a store and other engines know it.
 *
 * @param id a random id; an engine that is built anew is another owner
 * @param machine what tells processes apart whose numbers may be equal: the machine since it was booted, and the container
 * @param pid the number of its process on that machine
 * @param startedAt when that process started, in the machine's own words; a later process of the same number differs
 */
public record Owner(String id, String machine, long pid, String startedAt) {
    /**
     * Checks that nothing is null.
     *
     * @param id the {@code id} component
     * @param machine the {@code machine} component
     * @param pid the {@code pid} component
     * @param startedAt the {@code startedAt} component
     */
    public Owner {
        Objects.requireNonNull(id);
        Objects.requireNonNull(machine);
        Objects.requireNonNull(startedAt);
    }
}
