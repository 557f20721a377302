package io.longshore.api;

/**
 * How many items of a job stand where; {@code total = pending + completed + failed} at every look (contract 3.3).
 *
 * @param total all items; grows only while a folder is listed
 * @param pending those that have not ended
 * @param completed those that completed
 * @param failed those that failed, were canceled or timed out
 */
public record Counters(int total, int pending, int completed, int failed) {
    /**
     * Checks that the numbers add up.
     *
     * @param total the {@code total} component
     * @param pending the {@code pending} component
     * @param completed the {@code completed} component
     * @param failed the {@code failed} component
     */
    public Counters {
        if (pending < 0 || completed < 0 || failed < 0 || total != pending + completed + failed) {
            throw new IllegalArgumentException(
                    "counters do not add up: " + total + " = " + pending + " + " + completed + " + " + failed);
        }
    }
}
