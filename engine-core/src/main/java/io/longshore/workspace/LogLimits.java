package io.longshore.workspace;

/**
 * How much of a log is kept: its beginning and its end, each stream by itself.
 *
 * @param headBytes how much of the beginning, not negative
 * @param tailBytes how much of the end, not negative
 */
public record LogLimits(long headBytes, long tailBytes) {
    /** 64 MiB each. */
    public static final LogLimits DEFAULT = new LogLimits(64 << 20, 64 << 20);

    /**
     * Checks the limits.
     *
     * @param headBytes the {@code headBytes} component
     * @param tailBytes the {@code tailBytes} component
     */
    public LogLimits {
        if (headBytes < 0 || tailBytes < 0) {
            throw new IllegalArgumentException("limit of a log is negative: " + headBytes + ", " + tailBytes);
        }
    }
}
