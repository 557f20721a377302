package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hosts are killed at any moment; nothing is lost, nothing runs twice, nothing is left (contract 2.7, 3.8). */
@Timeout(300)
final class CrashTest {
    @ParameterizedTest
    @CsvSource({"1, sqlite", "2, sqlite", "3, postgres", "4, postgres"})
    void killedHostsLoseNothingAndRunNothingTwice(long seed, String store, @TempDir Path directory) throws Exception {
        assertTrue(new CrashRun(seed, directory.toRealPath(), store).run(8) > 0);
    }

    @ParameterizedTest
    @CsvSource({"8, KILL", "15, STOP", "36, STOP"})
    void oneOfTwoHostsDiesOrSleepsPastItsLease(long seed, String signal, @TempDir Path directory) throws Exception {
        assertTrue(new CrashRun(seed, directory.toRealPath(), "postgres").runTwo(signal));
    }
}
