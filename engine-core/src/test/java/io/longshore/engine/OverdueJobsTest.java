package io.longshore.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Engine;
import io.longshore.api.Failure;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Limits;
import io.longshore.api.Phase;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.testkit.ScriptedLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Time-outs of jobs in the queue, whose submitter is gone. */
@Timeout(60)
final class OverdueJobsTest {
    private static final Script SCRIPT =
            Script.ofCommand(ScriptRef.of("script"), List.of("script")).build();

    @TempDir
    Path directory;

    private final FaultyJobStore store = new FaultyJobStore().durable();

    private LongshoreEngine.Builder engine(String home) {
        return LongshoreEngine.builder()
                .home(directory.resolve(home))
                .discovery(false)
                .store(store)
                .maxItems(1);
    }

    @Test
    void anyEngineEndsAJobThatWaitedTooLong() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Engine busy = engine("busy")
                .launcher(new ScriptedLauncher(script -> {
                    started.countDown();
                    release.await();
                    return 0;
                }))
                .build()) {
            JobId first = busy.submit(JobRequest.builder(SCRIPT).build()).id();
            started.await();
            Job late = busy.await(submittedByOneThatIsGone());
            assertEquals(JobState.TIMED_OUT, late.state());
            Failure failure = late.outcome().orElseThrow().failure().orElseThrow();
            assertEquals(Failure.TIMEOUT, failure.code());
            assertEquals(Phase.QUEUED, failure.phase());
            assertTrue(failure.message().contains("100ms"), failure.message());
            release.countDown();
            assertEquals(JobState.COMPLETED, busy.await(first).state());
        }
    }

    private JobId submittedByOneThatIsGone() throws IOException {
        try (Engine gone = engine("gone")
                .runsJobs(false)
                .launcher(new ScriptedLauncher(script -> 0))
                .build()) {
            return gone.submit(JobRequest.builder(SCRIPT)
                            .limits(Limits.builder().job(Duration.ofMillis(100)).build())
                            .build())
                    .id();
        }
    }
}
