package io.longshore.store.jdbc;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a claim costs by the length of the queue, and how many jobs go through a store. Writes its findings to
 * {@code target/store-measurement.txt}. Run it by {@code mvn verify -Pslow -pl store-jdbc -am -Dtest=StoreMeasurement}.
 */
@Tag("slow")
final class StoreMeasurement {
    private static final Owner OWNER = new Owner("measurement", "machine", 1, "1");
    private static final String REQUEST = "{\"request\":\"" + "x".repeat(500) + "\"}";
    private static final int DEPLOYMENTS = 100;
    private static final int CLAIMS = 300;
    private static final int ANY = Integer.MAX_VALUE;

    private interface Opening {
        Database open(Path directory) throws Exception;
    }

    private static final Path FINDINGS = Path.of("target", "store-measurement.txt");

    @TempDir
    private Path disk;

    @Test
    void measure() throws Exception {
        Files.deleteIfExists(FINDINGS);
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setPort(0)
                .setServerConfig("fsync", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("synchronous_commit", "on")
                .start()) {
            measure("SQLite", directory -> SqliteDatabase.open(Home.open(directory), InstantSource.system(), () -> {}));
            measure("H2", H2Database::open);
            measure("PostgreSQL", directory -> {
                String schema = directory.getFileName().toString().replace('-', '_');
                try (var connection = server.getPostgresDatabase().getConnection();
                        var statement = connection.createStatement()) {
                    statement.execute("CREATE SCHEMA IF NOT EXISTS " + schema);
                }
                return PostgresDatabase.of(
                        server.getJdbcUrl("postgres", "postgres") + "&currentSchema=" + schema.toLowerCase(Locale.ROOT),
                        () -> {});
            });
        }
    }

    private void measure(String name, Opening opening) throws Exception {
        Path home = Files.createDirectory(disk.resolve(name));
        long began = System.nanoTime();
        opening.open(home).close();
        say(String.format(Locale.ROOT, "%s: opened first in %.0f ms", name, millis(began)));
        double[] again = new double[5];
        for (int i = 0; i < again.length; i++) {
            began = System.nanoTime();
            opening.open(home).close();
            again[i] = millis(began);
        }
        Arrays.sort(again);
        say(String.format(Locale.ROOT, "%s: opened again in %.1f ms", name, again[again.length / 2]));
        for (int threads : new int[] {1, 4, 16}) {
            throughput(name, threads, opening.open(Files.createDirectory(disk.resolve(name + threads))));
        }
        Database database = opening.open(Files.createDirectory(disk.resolve(name + "-queue")));
        try (JobStore store = JdbcJobStore.in(database)) {
            store.keepAlive(OWNER, Duration.ofDays(1));
            int queued = 0;
            for (int size : new int[] {1_000, 100_000, 1_000_000}) {
                began = System.nanoTime();
                fill(database, queued, size);
                say(String.format(
                        Locale.ROOT, "%s: filled up to %,d queued jobs in %.1f s", name, size, millis(began) / 1000));
                queued = size - claims(name, store, size);
            }
        }
        try (Stream<Path> files = Files.walk(disk.resolve(name + "-queue"))) {
            long bytes = files.mapToLong(file -> file.toFile().length()).sum();
            say(String.format(Locale.ROOT, "%s: %,d MB in files of its own", name, bytes >> 20));
        }
    }

    private static int claims(String name, JobStore store, int size) throws IOException {
        double[] times = new double[CLAIMS];
        for (int i = 0; i < CLAIMS; i++) {
            long began = System.nanoTime();
            if (store.claim(OWNER, ANY).isEmpty()) {
                throw new IllegalStateException("nothing was claimed");
            }
            times[i] = millis(began);
        }
        Arrays.sort(times);
        say(String.format(
                Locale.ROOT,
                "%s: claim at %,d queued: median %.2f ms, fastest %.2f, 99 of 100 within %.2f",
                name,
                size,
                times[CLAIMS / 2],
                times[0],
                times[CLAIMS * 99 / 100]));
        return CLAIMS;
    }

    /** By the shortest way: what is measured comes later. */
    private static void fill(Database database, int from, int to) throws IOException {
        int step = 50_000;
        for (int start = from; start < to; start += step) {
            List<Object[]> jobs = new ArrayList<>();
            List<Object[]> requests = new ArrayList<>();
            int end = Math.min(start + step, to);
            int first = start;
            database.write("filling", session -> {
                Optional<Long> last =
                        session.first("SELECT COALESCE(MAX(sequence), 0) FROM longshore_jobs", row -> row.getLong(1));
                for (int i = first; i < end; i++) {
                    jobs.add(new Object[] {JobId.random().value(), "d" + i % DEPLOYMENTS, 1L, 1L});
                    requests.add(new Object[] {last.orElseThrow() + 1 + i - first, REQUEST});
                }
                session.batch(
                        "INSERT INTO longshore_jobs (id, version, epoch, deployment, priority, state, cancel_requested,"
                                + " created_at, modified_at, queued, result)"
                                + " VALUES (?, 0, 0, ?, 0, 'QUEUED', 0, ?, ?, 1, '')",
                        jobs);
                session.batch("INSERT INTO longshore_requests (job, request) VALUES (?, ?)", requests);
                for (int i = 0; i < DEPLOYMENTS; i++) {
                    String name = "d" + i;
                    int added = (int) IntStream.range(first, end)
                            .filter(each -> ("d" + each % DEPLOYMENTS).equals(name))
                            .count();
                    if (Jobs.count(session, name, added, 0) == 0) {
                        session.update(
                                "INSERT INTO longshore_deployments (name, queued, waiting, claimed, turn)"
                                        + " VALUES (?, ?, 1, 0, ?)",
                                name,
                                added,
                                database.nextTurn(session));
                    }
                }
                return true;
            });
        }
    }

    /** The way of a job with one item: created, claimed, running, its item done, completed. */
    private static void throughput(String name, int threads, Database database) throws Exception {
        int jobs = 100 * threads;
        try (JobStore store = JdbcJobStore.in(database)) {
            store.keepAlive(OWNER, Duration.ofDays(1));
            Callable<Boolean> way = () -> {
                for (int i = 0; i < jobs / threads; i++) {
                    way(store);
                }
                return true;
            };
            ExecutorService executor = Executors.newFixedThreadPool(threads);
            long began = System.nanoTime();
            for (Future<Boolean> each : executor.invokeAll(Collections.nCopies(threads, way))) {
                each.get();
            }
            double seconds = millis(began) / 1000;
            executor.shutdown();
            say(String.format(
                    Locale.ROOT,
                    "%s: %d threads: %.0f jobs/s, %.0f writes/s",
                    name,
                    threads,
                    jobs / seconds,
                    5 * jobs / seconds));
        }
    }

    private static void way(JobStore store) throws IOException {
        Instant now = Instant.now();
        JobId id = JobId.random();
        JobRecord job = JobRecord.queued(
                id,
                Optional.empty(),
                "d" + Math.floorMod(id.hashCode(), DEPLOYMENTS),
                0,
                now,
                Optional.empty(),
                REQUEST);
        store.create(job, List.of(new ItemRecord(new ItemKey(id, 0), 0, ItemRecord.Status.PENDING, "{}")));
        JobRecord claimed = store.claim(OWNER, ANY).orElseThrow();
        JobRecord running = moved(claimed, JobState.RUNNING);
        ItemRecord done = new ItemRecord(new ItemKey(claimed.id(), 0), 1, ItemRecord.Status.COMPLETED, "{\"x\":1}");
        if (!store.update(running)
                || !store.update(done, claimed.epoch())
                || !store.update(moved(running, JobState.COMPLETED))) {
            throw new IllegalStateException("a change was not taken");
        }
    }

    private static JobRecord moved(JobRecord job, JobState state) {
        return job.moved(state, Instant.now(), state.isTerminal() ? "{}" : "");
    }

    private static double millis(long began) {
        return (System.nanoTime() - began) / 1e6;
    }

    private static void say(String line) throws IOException {
        Files.writeString(FINDINGS, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
