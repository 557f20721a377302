package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.DataReference;
import io.longshore.api.Failure;
import io.longshore.api.Job;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Limits;
import io.longshore.api.OutputRequest;
import io.longshore.api.Phase;
import io.longshore.api.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Jobs that are ended in each of their phases: by a cancel, by the phase's limit, by the job's (contract 3.4, 3.5). */
@Timeout(120)
final class PhasesTest {
    private static final Duration SHORT = Duration.ofMillis(300);

    @RegisterExtension
    private final Host host = new Host();

    private final GatedSource source = new GatedSource();
    private GatedSink sink;

    @BeforeEach
    void buildEngine() throws IOException {
        sink = new GatedSink(host.space().sink(), 0);
        host.engine(b -> b.source(source).sink(sink));
    }

    @AfterEach
    void nothingOfTheOutputIsLeft() throws IOException {
        assertEquals(List.of(), host.assetNames());
        try (var left = Files.list(host.space().directory().resolve("tmp"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    private JobRequest.Builder request(String id, String... lines) throws IOException {
        Script script = host.script(id, "script.sh", "#!/bin/sh\n" + String.join("\n", lines) + "\n")
                .build();
        return JobRequest.builder(script)
                .environment("MARK", host.mark("started").toString())
                .output(OutputRequest.archive(DataReference.assetNamed("out")).build());
    }

    private JobRequest.Builder staging() throws IOException {
        return request("staging", ": > \"$MARK\"").inputs(List.of(GatedSource.REFERENCE));
    }

    private JobRequest.Builder running() throws IOException {
        return request("running", "echo 1 > \"$BATCH_OUTPUT_DIR/a\"", ": > \"$MARK\"", "sleep 1000");
    }

    private JobRequest.Builder publishing() throws IOException {
        return request("publishing", "echo 1 > \"$BATCH_OUTPUT_DIR/a\"");
    }

    // ---- cancel

    private void cancel(Job job) throws Exception {
        host.engine().cancel(job.id());
        Job ended = host.ended(job);
        assertEquals(JobState.CANCELED, ended.state());
        assertEquals(Failure.CANCELED, Host.failure(ended).code());
    }

    @Test // contract 3.4
    void canceledWhileItIsStagedNeverStarts() throws Exception {
        Job job = host.submit(staging().build());
        source.awaitFetch();
        cancel(job);
        assertFalse(Files.exists(host.mark("started")));
    }

    @Test // contract 3.4
    void canceledWhileItRunsPublishesNothing() throws Exception {
        Job job = host.submit(running().build());
        host.awaitMark("started");
        cancel(job);
    }

    @Test // contract 3.4
    void canceledWhileItIsPublishedPublishesNothing() throws Exception {
        Job job = host.submit(publishing().build());
        sink.awaitUpload();
        cancel(job);
    }

    @Test // contract 3.4
    void engineThatClosesCancelsWhatRuns() throws Exception {
        Job running = host.submit(running().build());
        Job publishing = host.submit(publishing().build());
        host.awaitMark("started");
        sink.awaitUpload();
        host.engine().close();
        assertEquals(List.of(), Processes.holding(host.home(), List.of(running.id(), publishing.id())));
        assertEquals(List.of(), host.workspaces());
    }

    // ---- limits

    private Failure timedOut(JobRequest.Builder request, Limits limits, JobState state) throws Exception {
        Job job = host.run(request.limits(limits).build());
        assertEquals(state, job.state(), job.outcome()::toString);
        assertEquals(Failure.TIMEOUT, Host.failure(job).code());
        assertTrue(Host.failure(job).message().contains("300ms"), Host.failure(job)::message);
        return Host.failure(job);
    }

    @Test // contract 3.5
    void limitOfTheStageEndsIt() throws Exception {
        Failure failure = timedOut(staging(), Limits.builder().stage(SHORT).build(), JobState.FAILED);
        assertEquals(Phase.STAGE, failure.phase());
        assertFalse(Files.exists(host.mark("started")));
    }

    @Test // contract 3.5
    void limitOfTheRunEndsIt() throws Exception {
        Failure failure = timedOut(running(), Limits.builder().run(SHORT).build(), JobState.FAILED);
        assertEquals(Phase.RUN, failure.phase());
    }

    @Test // contract 3.5
    void limitOfThePublishEndsIt() throws Exception {
        Failure failure = timedOut(publishing(), Limits.builder().publish(SHORT).build(), JobState.FAILED);
        assertEquals(Phase.PUBLISH, failure.phase());
    }

    @Test // contract 3.5
    void timeoutOfTheJobEndsItsStage() throws Exception {
        timedOut(staging(), Limits.builder().job(SHORT).build(), JobState.TIMED_OUT);
        assertFalse(Files.exists(host.mark("started")));
    }

    @Test // contract 3.5
    void timeoutOfTheJobEndsItsRun() throws Exception {
        timedOut(running(), Limits.builder().job(SHORT).build(), JobState.TIMED_OUT);
    }

    @Test // contract 3.5
    void timeoutOfTheJobEndsItsPublish() throws Exception {
        timedOut(publishing(), Limits.builder().job(SHORT).build(), JobState.TIMED_OUT);
    }
}
