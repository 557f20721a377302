package io.longshore.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.LogStream;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.testkit.ScriptedLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scripts that put something else in the place of their logs. */
@Timeout(60)
final class ReplacedLogTest {
    private static final Script SCRIPT =
            Script.ofCommand(ScriptRef.of("script"), List.of("script")).build();

    /** Puts something where a log is. */
    private interface Replacement {
        void replace(Path log) throws IOException, InterruptedException;
    }

    @TempDir
    Path directory;

    @Test
    void linkIsNotFollowed() throws Exception {
        Path outside = Files.writeString(directory.resolve("outside"), "outside");
        nothingIsRead(log -> Files.createSymbolicLink(log, outside));
    }

    @Test
    void pipeIsNotWaitedFor() throws Exception {
        nothingIsRead(log -> assertEquals(
                0, new ProcessBuilder("mkfifo", log.toString()).start().waitFor()));
    }

    private void nothingIsRead(Replacement replacement) throws Exception {
        CountDownLatch replaced = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        LongshoreEngine.Builder builder = LongshoreEngine.builder()
                .home(directory.resolve("home"))
                .discovery(false)
                .launcher(new ScriptedLauncher(script -> {
                    for (Path log :
                            List.of(script.spec().stdout(), script.spec().stderr())) {
                        Files.deleteIfExists(log);
                        replacement.replace(log);
                    }
                    replaced.countDown();
                    release.await();
                    return 1;
                }));
        try (Engine engine = builder.build()) {
            JobId id = engine.submit(JobRequest.builder(SCRIPT)
                            .keepWorkspace(KeepWorkspace.ON_FAILURE)
                            .build())
                    .id();
            assertTrue(replaced.await(20, TimeUnit.SECONDS));
            assertEmpty(engine, id);
            release.countDown();
            Job job = engine.await(id);
            assertEquals("", job.outcome().orElseThrow().failure().orElseThrow().stderr());
            assertEmpty(engine, id);
        }
    }

    private static void assertEmpty(Engine engine, JobId id) throws IOException {
        for (LogStream stream : LogStream.values()) {
            assertTrue(engine.readLog(id, 0, stream, 0, 100).isEmpty(), stream.name());
        }
    }
}
