package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A thousand kills on each store, and hosts that die or sleep beside others: {@code mvn verify -Pcrash}, with
 * {@code -Dlongshore.crash.kills=N} for another number. What was done is kept in {@code target/crash}, so that a proof that
 * was interrupted goes on; delete that to begin anew.
 */
@Tag("crash")
final class CrashProofTest {
    private static final int KILLS = Integer.getInteger("longshore.crash.kills", 1_000);
    private static final int KILLS_A_RUN = 15;
    private static final int MOST_FAILURES = 5;

    private interface Run {
        /** How many hosts were signaled. */
        int of(CrashRun run) throws Exception;
    }

    @Test
    void killsOnSqliteLoseNothingAndRunNothingTwice() throws Exception {
        prove("kills-sqlite", "sqlite", 1_000, KILLS, run -> run.run(KILLS_A_RUN));
    }

    @Test
    void killsOnPostgresLoseNothingAndRunNothingTwice() throws Exception {
        prove("kills-postgres", "postgres", 100_000, KILLS, run -> run.run(KILLS_A_RUN));
    }

    @Test
    void oneOfTwoHostsIsKilled() throws Exception {
        prove("two-KILL", "postgres", 200_000, KILLS / 20, run -> run.runTwo("KILL") ? 1 : 0);
    }

    @Test
    void oneOfTwoHostsSleepsPastItsLease() throws Exception {
        prove("two-STOP", "postgres", 300_000, KILLS / 20, run -> run.runTwo("STOP") ? 1 : 0);
    }

    private static void prove(String name, String store, long firstSeed, int wanted, Run run) throws Exception {
        Path directory = Files.createDirectories(Path.of("target", "crash").toAbsolutePath());
        Path done = directory.resolve(name + ".txt");
        List<String> runs = new ArrayList<>(Files.exists(done) ? Files.readAllLines(done) : List.of());
        List<String> failures = new ArrayList<>();
        Instant start = Instant.now();
        int signals = runs.stream().mapToInt(CrashProofTest::signals).sum();
        while (signals < wanted && failures.size() < MOST_FAILURES) {
            long seed = firstSeed + runs.size() + failures.size();
            Path place = Files.createDirectory(directory.resolve("seed-" + seed + "-" + System.nanoTime()));
            try {
                int more = run.of(new CrashRun(seed, place, store));
                signals += more;
                runs.add(seed + " " + more);
                Host.deleteAll(place);
            } catch (AssertionError e) {
                failures.add("seed " + seed + ": " + e.getMessage());
            }
            Files.write(done, runs);
            Files.writeString(
                    directory.resolve(name + ".md"),
                    "# Crash proof: " + name + "\n\n" + signals + " signals in " + runs.size()
                            + " runs of 5 jobs (7 scripts) each, from seed " + firstSeed + " on; "
                            + Duration.between(start, Instant.now()).toSeconds() + " s in this session; "
                            + failures.size() + " failures.\n\n" + String.join("\n", failures) + "\n");
        }
        assertEquals(List.of(), failures);
    }

    private static int signals(String run) {
        return Integer.parseInt(run.substring(run.indexOf(' ') + 1));
    }
}
