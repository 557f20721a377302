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
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Engines in processes of their own share a home. */
final class SqliteProcessesTest {
    private static final int FIRST_JOBS = 100;
    private static final int MOST_JOBS = 2_000;
    private static final int BEFORE_THE_KILL = 20;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path home;

    private final List<Engine> engines = new ArrayList<>();

    /** A process, and what it says, read as it is said. */
    private final class Engine {
        final Process process;
        final Thread reader;
        final List<String> said = new ArrayList<>();
        boolean silent;

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
            engines.add(this);
            reader = new Thread(this::read, "output of " + name);
            reader.start();
        }

        private void read() {
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    synchronized (this) {
                        said.add(line);
                        notifyAll();
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                synchronized (this) {
                    silent = true;
                    notifyAll();
                }
            }
        }

        void tell(String line) throws IOException {
            OutputStream in = process.getOutputStream();
            in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            in.flush();
        }

        /** Waits until it has said a word so many times. */
        synchronized void await(String word, int times) throws InterruptedException {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (count(word) < times) {
                assertFalse(silent, "the process ended before it said \"" + word + "\": " + said);
                long left = (deadline - System.nanoTime()) / 1_000_000;
                assertTrue(left > 0, "the process does not say \"" + word + "\": " + said);
                wait(left);
            }
        }

        synchronized int count(String word) {
            assertTrue(said.stream().noneMatch(line -> line.startsWith("failed")), () -> said.toString());
            return (int) said.stream().filter(line -> line.startsWith(word)).count();
        }

        /** The jobs of which it said a word. */
        synchronized List<String> jobs(String word) {
            return said.stream()
                    .filter(line -> line.startsWith(word + " "))
                    .map(line -> line.substring(word.length() + 1))
                    .collect(Collectors.toList());
        }
    }

    @AfterEach
    void endProcesses() throws Exception {
        for (Engine engine : engines) {
            engine.process.destroyForcibly();
            assertTrue(engine.process.waitFor(1, TimeUnit.MINUTES));
            engine.reader.join();
        }
    }

    @Test
    void jobsOfTwoProcessesAreClaimedOnceAndThoseOfAKilledOneTakenOver() throws Exception {
        Engine victim = new Engine("half"); // both make the tables, at the same time
        Engine survivor = new Engine("all");
        victim.await("ready", 1);
        survivor.await("ready", 1);
        try (JdbcJobStore store = JdbcJobStore.inDirectory(home)) {
            victim.tell("go");
            survivor.tell("go");
            victim.await("empty", 1); // from now on they are woken
            survivor.await("empty", 1);
            int created = 0;
            while (created < FIRST_JOBS
                    || victim.count("claimed") < BEFORE_THE_KILL
                    || survivor.count("claimed") < BEFORE_THE_KILL) { // who gets how many is theirs to settle
                assertTrue(created < MOST_JOBS, "one of the two claims next to nothing");
                JobRecord job = Records.job("d" + created++ % 5);
                store.create(job, Records.items(job, 1));
            }
            victim.process.toHandle().destroyForcibly(); // SIGKILL, in the middle; leaves what it said to be read
            assertEquals(137, victim.process.waitFor());
            victim.reader.join();
            survivor.tell("take over");
            survivor.await("done", 1);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (store.list(MOST_JOBS).stream().anyMatch(job -> !job.state().isTerminal())) {
                assertTrue(System.nanoTime() < deadline, "jobs do not end");
                Thread.sleep(10);
            }
            survivor.tell("take over"); // nothing, after all that it has said of others
            survivor.await("done", 2);

            List<JobRecord> jobs = store.list(MOST_JOBS);
            assertEquals(created, jobs.size());
            List<String> taken = survivor.jobs("taken");
            Set<String> claimed = new HashSet<>(victim.jobs("claimed"));
            claimed.addAll(survivor.jobs("claimed"));
            assertEquals(
                    victim.count("claimed") + survivor.count("claimed"), claimed.size(), "a job was claimed twice");
            for (JobRecord job : jobs) {
                String id = job.id().value();
                assertEquals(JobState.COMPLETED, job.state());
                assertEquals(taken.contains(id) ? 2 : 1, job.epoch());
                assertTrue(claimed.contains(id) || taken.contains(id));
            }
            assertTrue(taken.size() >= BEFORE_THE_KILL / 2, "taken over: " + taken.size());
        }
    }
}
