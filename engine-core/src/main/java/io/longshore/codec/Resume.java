package io.longshore.codec;

import io.longshore.api.JobOutcome;
import io.longshore.api.Phase;
import io.longshore.spi.LaunchKey;
import java.time.Instant;
import java.util.Optional;

/**
 * Where an item goes on whose engine is gone, or that publishes the output of an earlier one.
 *
 * @param phase the phase it was in; its effects may have happened, in part or whole. One that waits has an origin
 * @param attempt the attempt of its script
 * @param failedRuns how many attempts its script failed in, or was lost in
 * @param ending how it will end, where that was known
 * @param enteredAt when it entered the phase
 * @param isHere whether its directories are in this engine's home
 * @param origin the attempt of an earlier job whose output it publishes
 */
public record Resume(
        Phase phase,
        int attempt,
        int failedRuns,
        Optional<JobOutcome> ending,
        Instant enteredAt,
        boolean isHere,
        Optional<LaunchKey> origin) {}
