package io.longshore.spi;

import java.util.Objects;

/**
 * An item as a store keeps it; small, as each of its transitions is one write.
 *
 * @param key the item
 * @param version counts the changes, from 0; a store takes a change only for the version it holds
 * @param status whether it has ended, by which the job's counters are counted
 * @param body the rest, which the store does not look into; holds no secret in clear
 */
public record ItemRecord(ItemKey key, long version, Status status, String body) {
    /** Whether an item has ended. */
    public enum Status {
        /** It has not. */
        PENDING,
        /** It completed. */
        COMPLETED,
        /** It failed, was canceled or timed out. */
        FAILED
    }

    /**
     * Checks that nothing is null.
     *
     * @param key the {@code key} component
     * @param version the {@code version} component
     * @param status the {@code status} component
     * @param body the {@code body} component
     */
    public ItemRecord {
        Objects.requireNonNull(key);
        Objects.requireNonNull(status);
    }

    @Override
    public String toString() {
        return "ItemRecord[" + key + ", version " + version + ", " + status + "]";
    }
}
