package io.longshore.spi;

import java.util.List;

/**
 * The end of a cancel: nothing is left, or these are.
 *
 * @param survivors the processes that could not be ended, as {@code pid name}; empty when nothing is left
 */
public record Cancellation(List<String> survivors) {
    /**
     * Copies the survivors.
     *
     * @param survivors the {@code survivors} component
     */
    public Cancellation {
        survivors = List.copyOf(survivors);
    }

    /**
     * A cancel after which nothing is left.
     *
     * @return a cancellation without survivors
     */
    public static Cancellation clean() {
        return new Cancellation(List.of());
    }
}
