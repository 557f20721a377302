package io.longshore.benchmarks;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobEvent;
import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.api.Phase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/** What scripts that run cost the JVM: its threads, while they all sleep, are the size of its result. */
final class SleepingScriptsCase implements Case {
    private static final String FEW = "longshore, 10 scripts";

    private int scripts = 1000;

    @Override
    public String name() {
        return "engine.scripts";
    }

    private String many() {
        return "longshore, %,d scripts".formatted(scripts);
    }

    @Override
    public String work() {
        return "scripts that sleep at once; the size is the number of threads of the JVM meanwhile";
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        scripts = isTrial ? 100 : 1000;
        Engines.write(input.resolve("script"), "exec sleep 100000\n");
    }

    @Override
    public List<Contestant> contestants() {
        return List.of(
                Warm.named(many(), (input, output) -> sleep(input, output, scripts)),
                Warm.named(FEW, (input, output) -> sleep(input, output, 10)));
    }

    @Override
    public List<Target> targets() {
        return List.of(
                new Target(
                        many(),
                        "%s ≤ 4 threads more than %s".formatted(many(), FEW),
                        samples ->
                                samples.median(many(), Sample::outputBytes) - samples.median(FEW, Sample::outputBytes),
                        measured -> measured <= 4,
                        ""),
                Target.moreMemory(many(), FEW, 64));
    }

    /** Starts them a few at a time, as jobs come, so that no thread of a burst is counted; ends them all in the end. */
    private static Sample sleep(Path input, Path output, int count) throws IOException, InterruptedException {
        Path home = output.resolveSibling("home");
        Semaphore starting = new Semaphore(2);
        try (Engine engine = Engines.builder(home)
                .maxItems(count)
                .maxJobsPerDeployment(count)
                .listener(event -> {
                    if (event instanceof JobEvent.ItemChanged change
                            && change.item().phase() == Phase.RUN) {
                        starting.release();
                    }
                })
                .build()) {
            return Warm.measure(output, () -> {
                List<JobId> ids = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    starting.acquire();
                    ids.add(engine.submit(
                                    Engines.request(input.resolve("script")).build())
                            .id());
                }
                starting.acquire(2);
                int threads = ManagementFactory.getThreadMXBean().getThreadCount();
                Files.writeString(output, "t".repeat(threads));
                // Before they end, as an engine without a durable store keeps no more than some of those that have.
                List<CompletableFuture<Job>> ends =
                        ids.stream().map(engine::whenEnded).toList();
                for (JobId id : ids) {
                    Job unused = engine.cancel(id, Duration.ZERO);
                }
                for (CompletableFuture<Job> end : ends) {
                    if (end.join().state() != JobState.CANCELED) {
                        throw new IOException("job " + end.join().id() + " did not sleep");
                    }
                }
            });
        } finally {
            Engines.remove(home);
        }
    }

    @Override
    public String outputName() {
        return "result";
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        String unused = Command.shell(input, "grep -qx 't*' \"$1\"", output.toString());
    }
}
