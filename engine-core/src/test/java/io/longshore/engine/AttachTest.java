package io.longshore.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.longshore.api.Engine;
import io.longshore.api.Failure;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptLauncher;
import io.longshore.testkit.ScriptedLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A script that outlived its engine, for which the next one cannot look at first. */
@Timeout(60)
final class AttachTest {
    private static final Script SCRIPT =
            Script.ofCommand(ScriptRef.of("script"), List.of("script")).build();

    @TempDir
    Path directory;

    private final FaultyJobStore store = new FaultyJobStore().durable();
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger looks = new AtomicInteger();
    private final ScriptedLauncher scripts = new ScriptedLauncher(script -> {
        started.countDown();
        release.await();
        return 0;
    });

    @Test
    void scriptIsLookedForAgain() throws Exception {
        JobId job = startedByOneThatIsGone();
        try (Engine next = engine(blind(2))) {
            release.countDown();
            Job ended = next.await(job);
            assertEquals(JobState.COMPLETED, ended.state());
            assertEquals(3, looks.get());
            assertEquals(1, scripts.launches().size());
        }
    }

    @Test
    void scriptThatIsNeverSeenIsLost() throws Exception {
        JobId job = startedByOneThatIsGone();
        try (Engine next = engine(blind(1000))) {
            Job ended = next.await(job);
            assertEquals(JobState.FAILED, ended.state());
            assertEquals(8, looks.get());
            assertEquals(
                    Failure.LOST,
                    ended.items()
                            .get(0)
                            .outcome()
                            .orElseThrow()
                            .failure()
                            .orElseThrow()
                            .code());
            assertEquals(1, scripts.launches().size());
        }
        release.countDown();
    }

    private JobId startedByOneThatIsGone() throws IOException, InterruptedException {
        try (Engine gone = engine(scripts)) {
            JobId job = gone.submit(JobRequest.builder(SCRIPT).build()).id();
            started.await();
            return job;
        }
    }

    private Engine engine(ScriptLauncher launcher) throws IOException {
        return LongshoreEngine.builder()
                .home(directory.resolve("home"))
                .discovery(false)
                .store(store)
                .backoff(Duration.ofMillis(1), Duration.ofMillis(1))
                .launcher(launcher)
                .build();
    }

    /** Finds the scripts, but for some times at first. */
    private ScriptLauncher blind(int times) {
        return new ScriptLauncher() {
            @Override
            public LaunchedScript launch(LaunchSpec spec, LaunchKey key) {
                return scripts.launch(spec, key);
            }

            @Override
            public Optional<LaunchedScript> attach(LaunchKey key, Path control) throws IOException {
                if (looks.incrementAndGet() <= times) {
                    throw new IOException("no file descriptor is left");
                }
                return scripts.attach(key, control);
            }

            @Override
            public void close() {}
        };
    }
}
