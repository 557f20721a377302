package io.longshore.store.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.JobState;
import io.longshore.spi.JobRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Engines in processes of their own share a home. */
final class SqliteProcessesTest {
    private static final int JOBS = 300;
    private static final int BEFORE_THE_KILL = 20;

    @TempDir
    private Path home;

    private final List<Engine> engines = new ArrayList<>();

    private final class Engine {
        final Process process;
        final BufferedReader out;
        final List<String> claimed = new ArrayList<>();
        final List<String> taken = new ArrayList<>();

        Engine(String name) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            ClaimingProcess.class.getName(),
                            home.toString(),
                            name)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            engines.add(this);
        }

        void tell(String line) throws IOException {
            OutputStream in = process.getOutputStream();
            in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            in.flush();
        }

        /** Reads a line; empty at the end. */
        String next() throws IOException {
            String line = out.readLine();
            if (line == null) {
                return "";
            }
            if (line.startsWith("claimed ")) {
                claimed.add(line.substring(8));
            } else if (line.startsWith("taken ")) {
                taken.add(line.substring(6));
            }
            assertFalse(line.startsWith("failed"), line);
            return line;
        }

        void await(String word) throws IOException {
            for (String line = next(); !line.equals(word); line = next()) {
                assertFalse(line.isEmpty(), "the process ended before it said \"" + word + "\"");
            }
        }
    }

    @AfterEach
    void endProcesses() throws Exception {
        for (Engine engine : engines) {
            engine.process.destroyForcibly();
            assertTrue(engine.process.waitFor(1, TimeUnit.MINUTES));
        }
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void jobsOfTwoProcessesAreClaimedOnceAndThoseOfAKilledOneTakenOver() throws Exception {
        Engine victim = new Engine("half"); // both make the tables, at the same time
        Engine survivor = new Engine("all");
        victim.await("ready");
        survivor.await("ready");
        try (JdbcJobStore store = JdbcJobStore.inDirectory(home)) {
            victim.tell("go");
            survivor.tell("go");
            victim.await("empty"); // from now on they are woken
            survivor.await("empty");
            for (int i = 0; i < JOBS; i++) {
                JobRecord job = Records.job("d" + i % 5);
                store.create(job, Records.items(job, 1));
            }
            while (victim.claimed.size() < BEFORE_THE_KILL) {
                assertFalse(victim.next().isEmpty());
            }
            victim.process.toHandle().destroyForcibly(); // SIGKILL, in the middle; leaves what it said to be read
            assertEquals(137, victim.process.waitFor());
            while (!victim.next().isEmpty()) {
                // What it said before.
            }
            survivor.tell("take over");
            survivor.await("done");
            while (store.list(JOBS + 1).stream().anyMatch(job -> !job.state().isTerminal())) {
                assertFalse(survivor.next().isEmpty());
            }
            survivor.tell("take over"); // nothing, after all that it has said of others
            survivor.await("done");

            List<JobRecord> jobs = store.list(JOBS + 1);
            assertEquals(JOBS, jobs.size());
            Set<String> claimed = new HashSet<>(victim.claimed);
            claimed.addAll(survivor.claimed);
            assertEquals(victim.claimed.size() + survivor.claimed.size(), claimed.size(), "a job was claimed twice");
            for (JobRecord job : jobs) {
                String id = job.id().value();
                assertEquals(JobState.COMPLETED, job.state());
                assertEquals(survivor.taken.contains(id) ? 2 : 1, job.epoch());
                assertTrue(claimed.contains(id) || survivor.taken.contains(id));
            }
            assertTrue(survivor.taken.size() >= BEFORE_THE_KILL / 2, "taken over: " + survivor.taken.size());
        }
    }
}
