package io.longshore.it;

import io.longshore.api.Engine;
import io.longshore.api.JobId;
import io.longshore.engine.LongshoreEngine;
import io.longshore.engine.TinkSealer;
import io.longshore.launch.ProcessLauncher;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.JobStore;
import io.longshore.spi.ScriptLauncher;
import io.longshore.storage.local.LocalSpace;
import io.longshore.storage.s3.S3Storage;
import io.longshore.store.jdbc.JdbcJobStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A host that submits the jobs of a directory and waits for their ends, and may die or be stopped at any point of it. Each job has a key
 * of its own, so that a host that comes after this one submits nothing twice.
 */
final class CrashHost {
    private CrashHost() {}

    /** Home, space, directory of documents, store ({@code sqlite} or a JDBC URL), the point to be signaled at, the signal. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path home = Path.of(args[0]);
        KillPoints points = new KillPoints(Integer.parseInt(args[4]), args[5]);
        LocalSpace space = LocalSpace.open(Path.of(args[1]), TinkSealer.ofKeyFile(home.resolve("key")));
        try (JobStore store = args[3].equals("sqlite") ? JdbcJobStore.inDirectory(home) : JdbcJobStore.of(args[3]);
                ScriptLauncher launcher = ProcessLauncher.create();
                S3Storage s3 = S3Storage.create();
                Engine engine = LongshoreEngine.builder()
                        .home(home)
                        .discovery(false)
                        .store(points.in(JobStore.class, store))
                        .launcher(points.in(ScriptLauncher.class, launcher))
                        .sealer(TinkSealer.ofKeyFile(home.resolve("key")))
                        .hostEnvironment(Map.of("PATH", System.getenv("PATH"), "HOME", home.toString()))
                        .scripts(space.scripts())
                        .source(points.in(DataSource.class, space.source()))
                        .sink(points.in(DataSink.class, space.sink()))
                        .source(points.in(DataSource.class, s3))
                        .sink(points.in(DataSink.class, s3))
                        .connections(space.connections())
                        .keepEnded(Duration.ofDays(1), -1)
                        .lease(Duration.ofSeconds(2))
                        .maxItems(4)
                        .maxJobsPerDeployment(4)
                        .stopGrace(Duration.ofSeconds(2))
                        .backoff(Duration.ofMillis(1), Duration.ofMillis(20))
                        .build()) {
            List<JobId> jobs = new ArrayList<>();
            List<Path> documents;
            try (Stream<Path> files = Files.list(Path.of(args[2]))) {
                documents = files.sorted().toList();
            }
            for (Path document : documents) {
                jobs.add(submit(engine, Files.readString(document)));
            }
            for (JobId job : jobs) {
                engine.await(job);
            }
            for (JobId job : jobs) {
                System.out.println("ended " + engine.find(job).orElseThrow().state() + " " + job);
            }
            System.out.println("points " + points.passed());
        }
    }

    /** A sleep may have cost the connection: whether there is a job then, nobody knows, and the key makes it one. */
    private static JobId submit(Engine engine, String document) {
        try {
            return engine.submit(document).id();
        } catch (UncheckedIOException e) {
            return engine.submit(document).id();
        }
    }
}
