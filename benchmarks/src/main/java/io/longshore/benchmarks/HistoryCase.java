package io.longshore.benchmarks;

import io.longshore.api.Engine;
import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.journal.MemoryJobStore;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.store.jdbc.JdbcJobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What a job costs in an engine that keeps many jobs that have ended. Its script is none, so that the rest shows. */
final class HistoryCase implements Case {
    private static final int WRITERS = 64; // the store syncs what is written at once in one go

    private int kept = 20_000;
    private int jobs = 200;

    @Override
    public String name() {
        return "engine.history";
    }

    @Override
    public String work() {
        return "%,d jobs without a process, beside %,d that have ended".formatted(jobs, kept);
    }

    /** Opens a store that an engine uses from then on. */
    private interface Opener {
        JobStore open(Path home) throws IOException;
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        kept = isTrial ? 2_000 : 20_000;
        jobs = isTrial ? 50 : 200;
        Engines.write(input.resolve("script"), "exit 1\n");
        Path home = Files.createDirectory(input.resolve("kept"));
        try (JdbcJobStore store = JdbcJobStore.inDirectory(home)) {
            fill(store, input, home);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public List<Contestant> contestants() {
        return List.of(
                contestant("SQLite, all kept", true, home -> JdbcJobStore.inDirectory(home)),
                contestant("SQLite, none kept", false, home -> JdbcJobStore.inDirectory(home)),
                contestant("memory, all kept", true, home -> new MemoryJobStore()),
                contestant("memory, none kept", false, home -> new MemoryJobStore()));
    }

    @Override
    public List<Target> targets() {
        return List.of(
                sameCpu("SQLite, all kept", "SQLite, none kept"), sameCpu("memory, all kept", "memory, none kept"));
    }

    private static Target sameCpu(String contestant, String peer) {
        return new Target(
                contestant,
                "%s ≤ 1.15 × the CPU of %s".formatted(contestant, peer),
                samples -> samples.ratio(contestant, peer, Sample::cpuSeconds),
                measured -> measured <= 1.15,
                "×");
    }

    private Contestant contestant(String name, boolean keeps, Opener opener) {
        return Warm.named(name, (input, output) -> {
            Path home = Files.createDirectory(output.resolveSibling("home"));
            Path storeHome = home.resolve("store");
            if (keeps) {
                String unused = Command.shell(input, "cp -R kept \"$1\"", storeHome.toString());
            }
            try (JobStore store = opener.open(storeHome)) {
                if (keeps && !store.isDurable()) {
                    fill(store, input, home);
                }
                try (Engine engine = Engines.builder(home)
                        .store(store)
                        .launcher(new NoScript(() -> {}))
                        .keepEnded(Duration.ofDays(-1), -1)
                        .build()) {
                    Sample sample = Warm.measure(output, () -> run(engine, input));
                    Files.writeString(output, store.list(Integer.MAX_VALUE).size() + "\n");
                    return sample;
                }
            } finally {
                Engines.remove(home);
            }
        });
    }

    private void run(Engine engine, Path input) throws IOException, InterruptedException {
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            ids.add(engine.submit(Engines.request(input.resolve("script")).build())
                    .id());
        }
        for (JobId id : ids) {
            Engines.awaitCompleted(engine, id);
        }
    }

    /** Keeps one job that an engine ran, again and again under other ids. */
    private void fill(JobStore store, Path input, Path home) throws IOException, InterruptedException {
        JobId id;
        try (Engine engine = Engines.builder(home.resolve("engine"))
                .store(store)
                .launcher(new NoScript(() -> {}))
                .build()) {
            id = engine.submit(Engines.request(input.resolve("script")).build()).id();
            Engines.awaitCompleted(engine, id);
        }
        JobRecord job = store.find(id).orElseThrow();
        List<ItemRecord> items = store.items(id);
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<?>> written = new ArrayList<>();
            for (int i = 1; i < kept; i++) {
                written.add(writers.submit(() -> {
                    keepAgain(store, job, items);
                    return null;
                }));
            }
            for (Future<?> each : written) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e);
        } finally {
            writers.shutdownNow();
        }
    }

    private static void keepAgain(JobStore store, JobRecord job, List<ItemRecord> items) throws IOException {
        JobId id = JobId.random();
        List<ItemRecord> again = new ArrayList<>();
        for (ItemRecord item : items) {
            again.add(new ItemRecord(new ItemKey(id, item.key().number()), 0, item.status(), item.body()));
        }
        JobRecord queued = JobRecord.queued(
                id, job.key(), job.deployment(), job.priority(), job.createdAt(), job.deadline(), job.request());
        JobRecord unused = store.create(queued, again);
        if (!store.update(queued.moved(JobState.FAILED, job.modifiedAt(), job.result()))) {
            throw new IOException("job " + id + " could not be ended");
        }
    }

    @Override
    public String outputName() {
        return "result";
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        String unused = Command.shell(
                input,
                "read count <\"$1\"; test $count = $2 || test $count = $3",
                output.toString(),
                Integer.toString(jobs),
                Integer.toString(jobs + kept));
    }
}
