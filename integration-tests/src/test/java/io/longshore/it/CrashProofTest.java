package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A thousand kills: {@code mvn verify -Pcrash}, with {@code -Dlongshore.crash.kills=N} for another number. What was done is
 * kept in {@code target/crash}, so that a proof that was interrupted goes on; delete that to begin anew.
 */
@Tag("crash")
final class CrashProofTest {
    private static final int KILLS_A_RUN = 10;

    @Test
    void aThousandKillsLoseNothingAndRunNothingTwice() throws IOException, InterruptedException {
        int wanted = Integer.getInteger("longshore.crash.kills", 1_000);
        Path directory = Files.createDirectories(Path.of("target", "crash").toAbsolutePath());
        Path done = directory.resolve("done.txt");
        List<String> runs = new ArrayList<>(Files.exists(done) ? Files.readAllLines(done) : List.of());
        List<String> failures = new ArrayList<>();
        Instant start = Instant.now();
        while (kills(runs) < wanted && failures.size() < 5) {
            long seed = 1_000L + runs.size() + failures.size();
            Path place = Files.createDirectory(directory.resolve("seed-" + seed + "-" + System.nanoTime()));
            try {
                runs.add(seed + " " + new CrashRun(seed, place, "sqlite").run(KILLS_A_RUN));
                Host.deleteAll(place);
            } catch (AssertionError e) {
                failures.add("seed " + seed + ": " + e.getMessage());
            }
            Files.write(done, runs);
            report(directory, runs, failures, Duration.between(start, Instant.now()));
        }
        assertEquals(List.of(), failures);
    }

    private static int kills(List<String> runs) {
        return runs.stream()
                .mapToInt(run -> Integer.parseInt(run.substring(run.indexOf(' ') + 1)))
                .sum();
    }

    private static void report(Path directory, List<String> runs, List<String> failures, Duration took)
            throws IOException {
        Files.writeString(
                directory.resolve("report.md"),
                "# Crash proof\n\n" + kills(runs) + " kills over " + runs.size()
                        + " runs of 4 jobs (6 scripts) each, seeds "
                        + (runs.isEmpty()
                                ? "none"
                                : "1000 to " + runs.get(runs.size() - 1).split(" ", -1)[0]) + "; "
                        + took.toSeconds() + " s in this session; " + failures.size() + " failures.\n\n"
                        + String.join("\n", failures) + "\n");
    }
}
