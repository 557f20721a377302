package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.longshore.api.Counters;
import io.longshore.api.DataReference;
import io.longshore.api.Engine;
import io.longshore.api.Failure;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Limits;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.testkit.RecordingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From which states a job goes to which, how it is canceled, and what waits for what (contract 3.1 to 3.7). */
@Timeout(120)
final class StatesTest {
    /** Says that it runs, and waits to be told to end. */
    private static final String WAITING = """
            #!/bin/sh
            echo "begin $NAME" >> "$MARKS/log"
            : > "$MARKS/started-$NAME"
            while [ ! -e "$MARKS/go" ] && [ ! -e "$MARKS/go-$NAME" ]; do sleep 0.02; done
            echo "end $NAME" >> "$MARKS/log"
            """;

    @RegisterExtension
    private final Host host = new Host();

    private JobRequest.Builder request(Script script, String name) {
        return JobRequest.builder(script)
                .environment("MARKS", host.mark("").toString())
                .environment("NAME", name);
    }

    private Script waiting(String id) throws IOException {
        return host.script(id, "waiting.sh", WAITING).build();
    }

    private void go(String name) throws IOException {
        Files.createFile(host.mark(name));
    }

    private List<String> log() throws IOException {
        return Files.readAllLines(host.mark("log"));
    }

    // ---- forward only

    @Test // contract 3.1
    void statesMoveForwardAndTheLastOneStays() throws Exception {
        RecordingListener listener = new RecordingListener();
        host.engine(b -> b.listener(listener));
        Job job = host.submit(request(waiting("w"), "a").build());
        host.awaitMark("started-a");
        assertEquals(
                JobState.RUNNING, host.engine().find(job.id()).orElseThrow().state());
        go("go");
        Job ended = host.ended(job);
        assertFalse(ended.createdAt().isAfter(ended.runningAt().orElseThrow()));
        assertFalse(ended.runningAt().orElseThrow().isAfter(ended.endedAt().orElseThrow()));
        String before = host.engine().document(job.id());
        host.engine().cancel(job.id());
        assertEquals(before, host.engine().document(job.id()));
        host.engine().close(); // delivers the events
        assertEquals(List.of(JobState.QUEUED, JobState.RUNNING, JobState.COMPLETED), listener.states(job.id()));
    }

    @Test // contract 3.2
    void exitCodeEndOfStderrAndSignalAreInTheFailure() throws Exception {
        host.deploy("code", "code.sh", "#!/bin/sh\nseq 100000 >&2\nprintf 'the žluť broke' >&2\nexit 42\n");
        Job job = host.run(Host.wml("code", "out"));
        assertEquals(JobState.FAILED, job.state());
        assertEquals(42, Host.failure(job).exitCode().orElseThrow());
        assertTrue(Host.failure(job).stderr().endsWith("100000\nthe žluť broke"), Host.failure(job)::stderr);
        assertTrue(Host.failure(job).stderr().length() < 10_000);
        JsonNode error = host.document(job).at("/entity/scoring/status/failure/errors/0");
        assertEquals(42, error.path("exit_code").intValue());
        assertTrue(error.path("stderr").textValue().endsWith("the žluť broke"));

        host.deploy("signal", "signal.sh", "#!/bin/sh\nkill -KILL $$\n");
        Failure killed = Host.failure(host.run(Host.wml("signal", "out")));
        assertEquals(Optional.of("SIGKILL"), killed.signal());
        assertTrue(killed.exitCode().isEmpty());
    }

    // ---- many items

    @Test // contract 3.3
    void countersAddUpAtEveryLook() throws Exception {
        List<Counters> looks = Collections.synchronizedList(new ArrayList<>());
        host.engine(b -> b.maxItems(3));
        Script script = host.script("odd", "odd.sh", "#!/bin/sh\nexit $(cat \"$BATCH_INPUT_DIR/code\")\n")
                .build();
        JobRequest.Builder request = JobRequest.builder(script);
        for (int i = 0; i < 9; i++) {
            request.item(ItemRequest.of(
                    "item " + i,
                    List.of(ItemRequest.Input.named(
                            "code",
                            DataReference.asset(
                                    host.asset("c", i % 3 == 0 ? "1" : "0").id())))));
        }
        Engine engine = host.engine();
        engine.addListener(event -> engine.find(event.job()).ifPresent(job -> looks.add(job.counters())));
        Job job = host.run(request.build());
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(new Counters(9, 0, 6, 3), job.counters());
        synchronized (looks) {
            assertTrue(looks.size() > 9);
            Counters before = new Counters(9, 9, 0, 0);
            for (Counters look : looks) {
                assertEquals(9, look.total());
                assertEquals(9, look.pending() + look.completed() + look.failed());
                assertTrue(look.completed() >= before.completed() && look.failed() >= before.failed(), looks::toString);
                before = look;
            }
        }
    }

    @Test // contract 3.3
    void unfinishedItemsOfACanceledJobCountAsFailedAndSayWhy() throws Exception {
        host.engine(b -> b.maxItems(1));
        JobRequest.Builder request = request(waiting("w"), "a");
        for (int i = 0; i < 3; i++) {
            request.item(ItemRequest.of("item " + i, List.of()));
        }
        Job job = host.submit(request.build());
        host.awaitMark("started-a");
        host.engine().cancel(job.id());
        Job ended = host.ended(job);
        assertEquals(JobState.CANCELED, ended.state());
        assertEquals(new Counters(3, 0, 0, 3), ended.counters());
        ended.items()
                .forEach(item -> assertTrue(
                        item.outcome()
                                .flatMap(o -> o.failure())
                                .orElseThrow()
                                .message()
                                .contains("canceled"),
                        item::toString));
        assertEquals(List.of("begin a"), log());
    }

    // ---- cancel

    @Test // contract 3.4
    void canceledWhileQueuedNeverStarts() throws Exception {
        host.engine(b -> b.maxItems(1));
        Script script = waiting("w");
        Job first = host.submit(request(script, "a").build());
        host.awaitMark("started-a");
        Job second = host.submit(request(script, "b").build());
        assertEquals(JobState.CANCELED, host.engine().cancel(second.id()).state());
        go("go");
        assertEquals(JobState.COMPLETED, host.ended(first).state());
        assertEquals(List.of("begin a", "end a"), log());
        assertEquals(JobState.CANCELED, host.ended(second).state());
    }

    @Test // contract 3.4
    void cancelAsksTheWholeTreeThenWaitsThenKills() throws Exception {
        host.engine(b -> b.stopGrace(Duration.ofSeconds(3)));
        host.deploy("tree", "tree.sh", """
                #!/bin/sh
                # A child that obeys at once, one that takes its time, and one that never obeys.
                (trap 'echo obeyed > "$MARKS/quick"; exit 0' TERM; : > "$MARKS/ready1"; while :; do sleep 0.02; done) &
                (trap 'sleep 0.2; echo obeyed > "$MARKS/slow"; exit 0' TERM; : > "$MARKS/ready2"; while :; do sleep 0.02; done) &
                (trap '' TERM; : > "$MARKS/ready3"; while :; do sleep 0.02; done) &
                trap 'echo obeyed > "$MARKS/self"' TERM
                echo 1 > "$BATCH_OUTPUT_DIR/a"
                while [ ! -e "$MARKS/ready1" ] || [ ! -e "$MARKS/ready2" ] || [ ! -e "$MARKS/ready3" ]; do sleep 0.02; done
                : > "$MARKS/ready"
                while :; do sleep 0.02; done
                """);
        Job job =
                host.submit(Host.wml("tree", "out", "\"environment_variables\":{\"MARKS\":\"" + host.mark("") + "\"}"));
        host.awaitMark("ready");
        JobState now = host.engine().cancel(job.id()).state();
        assertTrue(now == JobState.CANCELING || now == JobState.CANCELED, now::toString);
        assertEquals("running", now == JobState.CANCELED ? "running" : wmlState(job));
        host.engine().cancel(job.id());
        Job ended = host.ended(job);
        assertEquals(JobState.CANCELED, ended.state());
        assertEquals(List.of(), Processes.holding(host.home(), List.of(job.id()))); // and not a moment later
        for (String name : new String[] {"quick", "slow", "self"}) {
            assertTrue(Files.exists(host.mark(name)), name + " was not asked");
        }
        assertEquals(List.of(), host.assetNames());
        assertEquals(ended.endedAt(), host.engine().cancel(job.id()).endedAt());
    }

    private String wmlState(Job job) throws IOException {
        String state = host.document(job).at("/entity/scoring/status/state").textValue();
        return state.equals("canceled") ? "running" : state; // it may have ended since
    }

    // ---- time-outs

    @Test // contract 3.5
    void jobThatTakesLongerThanItsTimeoutIsTimedOut() throws Exception {
        host.deploy("sleep", "sleep.sh", "#!/bin/sh\n: > \"$BATCH_OUTPUT_DIR/a\"\nsleep 1000\n");
        Job job = host.run("""
                {"model":{"identifier":"sleep","version":"1"},"timeout":1000,
                 "input":{"type":"text","sources":{"a":{"t":"1"},"b":{"t":"2"}}}}""");
        assertEquals(JobState.TIMED_OUT, job.state());
        assertEquals(new Counters(2, 0, 0, 2), job.counters());
        assertEquals("TIMEDOUT", host.document(job).at("/job/status").textValue());
        for (String item : new String[] {"a", "b"}) {
            String error = host.document(job)
                    .at("/results/failures/" + item + "/error")
                    .textValue();
            assertTrue(error.contains("time-out"), error);
        }
        assertEquals(List.of(), host.assetNames());
    }

    @Test // contract 3.5
    void timeoutOfAWmlJobIsAFailureWithItsCode() throws Exception {
        host.deploy("sleep", "sleep.sh", "#!/bin/sh\nsleep 1000\n");
        Job job = host.run("""
                {"deployment":{"id":"sleep"},"longshore":{"timeout":"500ms"},"scoring":{}}""");
        JsonNode status = host.document(job).at("/entity/scoring/status");
        assertEquals("failed", status.path("state").textValue());
        assertEquals("timeout", status.at("/failure/errors/0/code").textValue());
    }

    /** When the second job has been ended by its limit, that of the first, which began before it, has passed too. */
    @Test // contract 3.5
    void limitOfTheRunNeverEndsAnUpload() throws Exception {
        GatedSink sink = new GatedSink(host.space().sink(), 0);
        host.engine(b -> b.maxItems(4).sink(sink));
        host.deploy("quick", "quick.sh", "#!/bin/sh\n: > \"$BATCH_OUTPUT_DIR/a\"\n");
        host.deploy("sleep", "sleep.sh", "#!/bin/sh\nsleep 1000\n");
        String limit = "{\"longshore\":{\"limits\":{\"run\":\"5s\"}},";
        Job first = host.submit(Host.wml("quick", "out").replaceFirst("\\{", limit));
        sink.awaitUpload();
        Job second = host.run(Host.wml("sleep", "none").replaceFirst("\\{", limit));
        assertEquals(Failure.TIMEOUT, Host.failure(second).code());
        sink.open();
        assertEquals(JobState.COMPLETED, host.ended(first).state());
        assertEquals(List.of("out"), host.assetNames());
    }

    // ---- what waits

    @Test // contract 3.6
    void atMostTwoJobsOfADeploymentRunAtOnceAndOthersAreNotHeldUp() throws Exception {
        host.engine(b -> b.maxItems(10));
        Script script = waiting("w");
        List<Job> jobs = new ArrayList<>();
        for (String name : new String[] {"a", "b", "c", "d"}) {
            jobs.add(host.submit(request(script, name).build()));
        }
        host.awaitMark("started-a");
        host.awaitMark("started-b");
        Job other = host.submit(request(waiting("other"), "x").build());
        go("go-x");
        assertEquals(JobState.COMPLETED, host.ended(other).state());
        assertEquals(
                JobState.QUEUED,
                host.engine().find(jobs.get(2).id()).orElseThrow().state());
        go("go-a");
        host.awaitMark("started-c"); // and not d
        go("go");
        for (Job job : jobs) {
            assertEquals(JobState.COMPLETED, host.ended(job).state());
        }
        List<String> log = new ArrayList<>(log());
        log.removeIf(line -> line.endsWith(" x"));
        assertEquals(2, most(log));
        assertTrue(log.indexOf("begin c") < log.indexOf("begin d"), log::toString);
    }

    private static int most(List<String> log) {
        int now = 0;
        int most = 0;
        for (String line : log) {
            now += line.startsWith("begin") ? 1 : -1;
            most = Math.max(most, now);
        }
        return most;
    }

    @Test // contract 3.6
    void numberOfJobsAtOnceIsConfigurable() throws Exception {
        host.engine(b -> b.maxItems(10).maxJobsPerDeployment(1));
        Script script = waiting("w");
        List<Job> jobs = new ArrayList<>();
        for (String name : new String[] {"a", "b", "c"}) {
            jobs.add(host.submit(request(script, name).build()));
        }
        go("go");
        for (Job job : jobs) {
            host.ended(job);
        }
        assertEquals(List.of("begin a", "end a", "begin b", "end b", "begin c", "end c"), log());
    }

    @Test // contract 3.6
    void itemsOfAJobRunAtOnceUpToTheLimit() throws Exception {
        host.engine(b -> b.maxItems(3));
        Script script = host.script("w", "w.sh", WAITING.replace("$NAME", "$(cat \"$BATCH_INPUT_DIR/name\")"))
                .build();
        JobRequest.Builder request =
                JobRequest.builder(script).environment("MARKS", host.mark("").toString());
        for (int i = 0; i < 6; i++) {
            request.item(ItemRequest.of(
                    "item " + i,
                    List.of(ItemRequest.Input.named(
                            "name", DataReference.asset(host.asset("n", "i" + i).id())))));
        }
        Job job = host.submit(request.build());
        for (int i = 0; i < 3; i++) {
            host.awaitMark("started-i" + i);
        }
        go("go");
        assertEquals(new Counters(6, 0, 6, 0), host.ended(job).counters());
        assertEquals(3, most(log()));
    }

    // ---- what is kept

    @Test // contract 3.7
    void endedJobsAreKeptInBoundsAndRunningOnesAlways() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        host.engine(b -> b.clock(now::get).maxItems(4));
        Job running = host.submit(request(waiting("w"), "a").build());
        host.awaitMark("started-a");
        Script script = Script.ofCommand(ScriptRef.of("true"), List.of("true")).build();
        Job old = host.run(JobRequest.builder(script).build());
        assertTrue(host.engine().find(old.id()).isPresent());
        now.set(now.get().plus(Duration.ofDays(29)));
        Job newer = host.run(JobRequest.builder(script).build());
        assertTrue(host.engine().find(old.id()).isPresent());
        now.set(now.get().plus(Duration.ofDays(2)));
        Job newest = host.run(JobRequest.builder(script).build());
        assertTrue(host.engine().find(old.id()).isEmpty());
        assertEquals(
                List.of(newest.id(), newer.id(), running.id()),
                host.engine().list().stream().map(Job::id).toList());
        go("go");
        assertEquals(JobState.COMPLETED, host.ended(running).state());
    }

    @Test // contract 3.7
    void endedJobsAreKeptForEverOnRequest() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        host.engine(b -> b.clock(now::get).keepEnded(Duration.ofSeconds(-1), -1));
        Script script = Script.ofCommand(ScriptRef.of("true"), List.of("true")).build();
        Job old = host.run(JobRequest.builder(script).build());
        now.set(now.get().plus(Duration.ofDays(100_000)));
        host.run(JobRequest.builder(script).limits(Limits.NONE).build());
        assertTrue(host.engine().find(old.id()).isPresent());
    }
}
