package io.longshore.benchmarks;

import io.longshore.api.Engine;
import io.longshore.api.JobId;
import io.longshore.api.LogPart;
import io.longshore.api.LogStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What it costs the JVM that a script prints a lot. */
final class LogCase implements Case {
    private static final String MUCH = "longshore";
    private static final String LITTLE = "longshore, 2 bytes";
    private static final String PUMPED = "Process.getInputStream";

    private long bytes = 1L << 30;

    @Override
    public String name() {
        return "engine.l";
    }

    @Override
    public String work() {
        return "a script that prints %d MiB".formatted(bytes >> 20);
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        bytes = (1L << 30) / (isTrial ? 10 : 1);
        Engines.write(input.resolve("script"), "head -c \"$1\" /dev/zero\n");
    }

    @Override
    public List<Contestant> contestants() {
        return List.of(
                Warm.named(MUCH, (input, output) -> throughEngine(input, output, bytes)),
                Warm.named(LITTLE, (input, output) -> throughEngine(input, output, 2)),
                Warm.named(PUMPED, this::pumped));
    }

    @Override
    public List<Target> targets() {
        return List.of(Target.more(MUCH, LITTLE, "CPU of the JVM", Sample::jvmSeconds, 1, 20));
    }

    private static Sample throughEngine(Path input, Path output, long count) throws IOException, InterruptedException {
        Path home = output.resolveSibling("home");
        try (Engine engine = Engines.builder(home).build()) {
            return Warm.measure(output, () -> {
                JobId id = engine.submit(Engines.request(input.resolve("script"), Long.toString(count))
                                .build())
                        .id();
                Engines.awaitCompleted(engine, id);
                LogPart end = engine.readLog(id, 0, LogStream.STDOUT, count - 1, 10);
                Files.writeString(output, end.nextOffset() + " of " + count);
            });
        } finally {
            Engines.remove(home);
        }
    }

    private Sample pumped(Path input, Path output) throws IOException, InterruptedException {
        return Warm.measure(output, () -> {
            Process process = new ProcessBuilder(input.resolve("script").toString(), Long.toString(bytes)).start();
            long count = 0;
            byte[] buffer = new byte[8192];
            try (InputStream in = process.getInputStream()) {
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    count += read;
                }
            }
            if (process.waitFor() != 0) {
                throw new IOException("script failed");
            }
            Files.writeString(output, count + " of " + bytes);
        });
    }

    @Override
    public String outputName() {
        return "result";
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        String unused = Command.shell(input, "grep -qxE '([0-9]+) of \\1' \"$1\"", output.toString());
    }
}
