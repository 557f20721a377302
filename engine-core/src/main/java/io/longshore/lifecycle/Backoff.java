package io.longshore.lifecycle;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before a phase is tried again: twice as long each time, up to a limit, shaken by a fifth.
 *
 * @param first the wait before the second try
 * @param most the longest wait
 */
public record Backoff(Duration first, Duration most) {
    /** From half a second up to half a minute. */
    public static final Backoff DEFAULT = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

    Duration before(int nextTry) {
        double factor = Math.pow(2, Math.min(nextTry - 2, 30));
        double millis = Math.min(first.toMillis() * factor, (double) most.toMillis());
        return Duration.ofMillis(Math.round(millis * ThreadLocalRandom.current().nextDouble(0.8, 1.2)));
    }
}
