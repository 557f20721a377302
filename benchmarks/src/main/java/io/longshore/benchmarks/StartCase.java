package io.longshore.benchmarks;

import io.longshore.api.Engine;
import io.longshore.api.JobId;
import io.longshore.store.jdbc.JdbcJobStore;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/** The time from a submission to an engine with nothing to do until its script has started, which says so through a pipe. */
final class StartCase implements Case {
    private static final String IN_MEMORY = "longshore";
    private static final String DURABLE = "longshore, durable";
    private static final String BARE = "ProcessBuilder";
    private static final String SYNC = "one sync of a small file";

    private int starts = 100;

    @Override
    public String name() {
        return "engine.k";
    }

    @Override
    public String work() {
        return "submission until the script has started, nothing else running; median of %d".formatted(starts);
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        starts = isTrial ? 20 : 100;
        Engines.write(input.resolve("script"), "echo >\"$1\"\n");
        String unused = Command.shell(input, "mkfifo started");
    }

    @Override
    public List<Contestant> contestants() {
        return List.of(
                Warm.named(IN_MEMORY, (input, output) -> {
                    try (Engine engine =
                            Engines.builder(output.resolveSibling("home")).build()) {
                        return throughEngine(engine, input, output);
                    } finally {
                        Engines.remove(output.resolveSibling("home"));
                    }
                }),
                Warm.named(DURABLE, (input, output) -> {
                    Path home = output.resolveSibling("home");
                    try (JdbcJobStore store = JdbcJobStore.inDirectory(home.resolve("store"));
                            Engine engine = Engines.builder(home).store(store).build()) {
                        return throughEngine(engine, input, output);
                    } finally {
                        Engines.remove(home);
                    }
                }),
                Warm.named(BARE, this::bare),
                Warm.named(SYNC, this::sync));
    }

    @Override
    public List<Target> targets() {
        return List.of(
                Target.more(IN_MEMORY, BARE, "time", Sample::seconds, 1, 5),
                new Target(
                        DURABLE,
                        "%s ≤ 5 ms and one sync more time than %s".formatted(DURABLE, BARE),
                        samples -> 1e3
                                * (samples.difference(DURABLE, BARE, Sample::seconds)
                                        - samples.median(SYNC, Sample::seconds)),
                        measured -> measured <= 5,
                        " ms"));
    }

    /** One thing that is done again and again; says how long it took. */
    private interface Step {
        long nanos() throws IOException, InterruptedException;
    }

    private Sample each(Path output, Step step) throws IOException, InterruptedException {
        long[] nanos = new long[starts];
        Sample sample = Warm.measure(output, () -> {
            for (int i = 0; i < starts; i++) {
                nanos[i] = step.nanos();
            }
        });
        Arrays.sort(nanos);
        Files.writeString(output, starts + " started\n");
        return sample.withSeconds(nanos[starts / 2] / 1e9);
    }

    private Sample throughEngine(Engine engine, Path input, Path output) throws IOException, InterruptedException {
        Path pipe = input.resolve("started");
        return each(output, () -> {
            long began = System.nanoTime();
            JobId id = engine.submit(Engines.request(input.resolve("script"), pipe.toString())
                            .build())
                    .id();
            awaitStart(pipe);
            long took = System.nanoTime() - began;
            Engines.awaitCompleted(engine, id);
            return took;
        });
    }

    private Sample bare(Path input, Path output) throws IOException, InterruptedException {
        Path pipe = input.resolve("started");
        return each(output, () -> {
            long began = System.nanoTime();
            Process process = new ProcessBuilder(
                            "/bin/sh", input.resolve("script").toString(), pipe.toString())
                    .redirectOutput(output.toFile())
                    .redirectError(output.toFile())
                    .start();
            awaitStart(pipe);
            long took = System.nanoTime() - began;
            if (process.waitFor() != 0) {
                throw new IOException("script failed");
            }
            return took;
        });
    }

    private Sample sync(Path input, Path output) throws IOException, InterruptedException {
        return each(output, () -> {
            Path file = output.resolveSibling("synced");
            long began = System.nanoTime();
            try (FileChannel channel =
                    FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(100));
                channel.force(true);
            }
            long took = System.nanoTime() - began;
            Files.delete(file);
            return took;
        });
    }

    private static void awaitStart(Path pipe) throws IOException {
        try (InputStream in = new FileInputStream(pipe.toFile())) {
            if (in.read() < 0) {
                throw new IOException("script said nothing");
            }
        }
    }

    @Override
    public String outputName() {
        return "result";
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        String unused =
                Command.shell(input, "grep -qx \"$2 started\" \"$1\"", output.toString(), Integer.toString(starts));
    }
}
