package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts are killed at any moment; nothing is lost, nothing runs twice, nothing is left (contract 2.7, 3.8). */
@Timeout(300)
final class CrashTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void killedHostsLoseNothingAndRunNothingTwice(long seed, @TempDir Path directory)
            throws IOException, InterruptedException {
        assertTrue(new CrashRun(seed, directory.toRealPath(), "sqlite").run(8) > 0);
    }
}
