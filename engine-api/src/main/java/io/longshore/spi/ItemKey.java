package io.longshore.spi;

import io.longshore.api.JobId;

/**
 * One item of one job.
 *
 * @param job the job
 * @param number the item's number in it, from 0; never its key, which is any text
 */
public record ItemKey(JobId job, int number) implements Comparable<ItemKey> {
    /**
     * Checks that items count from 0.
     *
     * @param job the {@code job} component
     * @param number the {@code number} component
     */
    public ItemKey {
        if (number < 0) {
            throw new IllegalArgumentException("items count from 0: " + number);
        }
    }

    @Override
    public int compareTo(ItemKey other) {
        int byJob = job.compareTo(other.job);
        return byJob != 0 ? byJob : Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return job + "/" + number;
    }
}
