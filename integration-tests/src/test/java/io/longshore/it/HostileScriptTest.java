package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Counters;
import io.longshore.api.DataReference;
import io.longshore.api.Failure;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.LogPart;
import io.longshore.api.LogStream;
import io.longshore.api.OutputRequest;
import io.longshore.api.Script;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts whose processes do not end as they should: nothing of them is left when their job is over. */
@Timeout(120)
final class HostileScriptTest {
    @RegisterExtension
    private final Host host = new Host(builder -> builder.stopGrace(Duration.ofMillis(500)));

    private Job run(String... lines) throws Exception {
        return host.ended(submit(lines));
    }

    private Job submit(String... lines) throws IOException {
        host.deploy("bad", "bad.sh", "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        return host.submit(Host.wml("bad", "out", "\"environment_variables\":{\"MARKS\":\"" + host.mark("") + "\"}"));
    }

    /** At the very end of the job, and not a moment later. */
    private void requireNothingRuns(Job job) throws IOException {
        assertEquals(List.of(), Processes.holding(host.home().getParent(), List.of(job.id())));
    }

    // ---- what it leaves running

    private static final String LOOP = "sh -c ': > \"$0/left\"; cd /; while :; do sleep 0.02; done' \"$MARKS\"";

    @ParameterizedTest // contract 2.7
    @ValueSource(
            strings = {
                "LOOP &",
                "( ( LOOP & ) & )",
                "setsid LOOP &",
                "env -i setsid LOOP &",
                "env -i setsid setsid LOOP >/dev/null 2>&1 </dev/null &",
                "nohup LOOP >/dev/null 2>&1 &",
                "(trap '' TERM INT HUP; exec LOOP) &",
                "for i in 1 2 3 4 5 6 7 8 9; do LOOP & done"
            })
    void whatAScriptLeavesRunningIsEnded(String leave) throws Exception {
        Job job = run(
                leave.replace("LOOP", LOOP),
                "while [ ! -e \"$MARKS/left\" ]; do sleep 0.02; done",
                "echo 1 > \"$BATCH_OUTPUT_DIR/a\"");
        requireNothingRuns(job);
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals(Map.of("a", "1\n"), host.texts("out"));
    }

    @ParameterizedTest // contract 3.4
    @ValueSource(strings = {"LOOP &", "( ( LOOP & ) & )", "env -i setsid LOOP &", "(trap '' TERM; exec setsid LOOP) &"})
    void whatACanceledScriptStartedIsEnded(String leave) throws Exception {
        Job job = submit(leave.replace("LOOP", LOOP), "trap '' TERM", "while :; do sleep 0.02; done");
        host.awaitMark("left");
        List<String> before = Processes.holding(host.home().getParent(), List.of(job.id()));
        assertTrue(before.stream().anyMatch(process -> process.contains("cd /;")), () -> "not seen among " + before);
        host.engine().cancel(job.id());
        Job ended = host.ended(job);
        requireNothingRuns(job);
        assertEquals(JobState.CANCELED, ended.state());
    }

    @Test // contract 2.7
    void leftoverIsEndedBeforeTheArchiveIsTaken() throws Exception {
        host.deploy("bad", "bad.sh", """
                #!/bin/sh
                (trap '' TERM; i=0; while :; do i=$((i + 1)); echo $i >> "$BATCH_OUTPUT_DIR/late"; done) &
                while [ ! -s "$BATCH_OUTPUT_DIR/late" ]; do sleep 0.01; done
                """);
        Job job =
                host.run(Host.wml("bad", "out").replaceFirst("\\{", "{\"longshore\":{\"keep_workspace\":\"always\"},"));
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        Path kept = host.home().resolve("work").resolve(job.id().value());
        assertArrayEquals(
                Files.readAllBytes(kept.resolve("0/1/output/late")),
                host.archive("out").get("late"));
        Host.deleteAll(kept);
    }

    // ---- how it ends

    @Test // contract 3.2
    void exitCodeIsToldFromASignal() throws Exception {
        Failure code = Host.failure(run("exit 137"));
        assertEquals(OptionalInt.of(137), code.exitCode());
        assertEquals(Optional.empty(), code.signal());
    }

    @ParameterizedTest // contract 3.2
    @ValueSource(strings = {"KILL", "TERM", "SEGV"})
    void signalIsNamed(String signal) throws Exception {
        Failure failure = Host.failure(run("ulimit -c 0; kill -" + signal + " $$"));
        assertEquals(Optional.of("SIG" + signal), failure.signal());
        assertEquals(OptionalInt.empty(), failure.exitCode());
    }

    @Test // contract 3.2
    void scriptThatKillsItsProcessGroupKillsItselfAlone() throws Exception {
        Failure failure = Host.failure(run("sleep 1000 &", "kill -KILL 0"));
        assertEquals(Optional.of("SIGKILL"), failure.signal());
    }

    @ParameterizedTest // contract 3.2
    @ValueSource(strings = {"exit 0", "while :; do sleep 0.02; done", "setsid sleep 1000 & sleep 1000"})
    void scriptThatKillsItsParentIsEndedAndFails(String then) throws Exception {
        Job job = run("echo 1 > \"$BATCH_OUTPUT_DIR/a\"", "kill -KILL $PPID", then);
        requireNothingRuns(job);
        assertEquals(JobState.FAILED, job.state());
        assertEquals(Failure.LOST, Host.failure(job).code());
        assertEquals(List.of(), host.assetNames());
    }

    @ParameterizedTest // contract 3.2
    @ValueSource(strings = {"exit 0", "exit 3", "sleep 0.3"})
    void scriptThatDeletesItsWorkspaceEndsItsJobAlone(String then) throws Exception {
        Job job = run("setsid sleep 1000 &", "rm -rf \"${BATCH_OUTPUT_DIR%/output}\"", then);
        requireNothingRuns(job);
        assertEquals(JobState.FAILED, job.state());
        assertEquals(List.of(), host.workspaces());
        host.deploy("good", "good.sh", "#!/bin/sh\n: > \"$BATCH_OUTPUT_DIR/a\"\n");
        assertEquals(JobState.COMPLETED, host.run(Host.wml("good", "good")).state());
    }

    /** Root may go on where others may not; in either case the job ends and nothing is left. */
    @ParameterizedTest // contract 3.2
    @ValueSource(strings = {"", "/control", "/output", "/scratch"})
    void scriptThatTakesAwayItsOwnRightsEndsItsJobAlone(String directory) throws Exception {
        Job job = run("setsid sleep 1000 &", "chmod 0 \"${BATCH_OUTPUT_DIR%/output}" + directory + "\"", "exit 0");
        requireNothingRuns(job);
        assertTrue(job.state() == JobState.COMPLETED || job.state() == JobState.FAILED, job::toString);
        assertEquals(List.of(), host.workspaces());
    }

    // ---- what it says

    @ParameterizedTest
    @ValueSource(
            strings = {"printf 'no newline'", "printf ''", "printf 'x\\377\\000y'", "exec >&- 2>&-; echo nobody hears"})
    void anyOutputIsKeptToTheByte(String say) throws Exception {
        Job job = run(say, "exit 0");
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        String expected = say.contains(">&-") ? "" : Tool.shell(say + " | od -An -tx1 | tr -d ' \\n'");
        byte[] said =
                host.engine().readLog(job.id(), 0, LogStream.STDOUT, 0, 100).bytes();
        assertEquals(expected, java.util.HexFormat.of().formatHex(said));
    }

    @Test // contract 3.2
    void endOfStderrWithoutANewlineIsInTheFailure() throws Exception {
        Failure failure = Host.failure(run("printf 'žluť' >&2", "exec 2>&-", "exit 1"));
        assertEquals("žluť", failure.stderr());
    }

    @Test
    void logIsReadWhileTheScriptRuns() throws Exception {
        Job job = submit("echo hello", ": > \"$MARKS/said\"", "while [ ! -e \"$MARKS/go\" ]; do sleep 0.02; done");
        host.awaitMark("said");
        byte[] said =
                host.engine().readLog(job.id(), 0, LogStream.STDOUT, 0, 100).bytes();
        assertEquals("hello\n", new String(said, UTF_8));
        Files.createFile(host.mark("go"));
        assertEquals(JobState.COMPLETED, host.ended(job).state());
    }

    @Test
    void followerOfALongLogSeesItsEndWhateverIsLeftOut() throws Exception {
        host.engine(b -> b.logLimits(1000, 2000));
        int lines = 2_000_000;
        Job job = submit("seq " + lines, "until [ -e \"$MARKS/go\" ]; do sleep 0.02; done", "echo end");
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        long offset = 0;
        long leftOut = 0;
        boolean over = false;
        for (LogPart part = null; !over || !part.isEmpty(); ) {
            over = job.state().isTerminal(); // before the look
            part = host.engine().readLog(job.id(), 0, LogStream.STDOUT, offset, 100_000);
            leftOut += part.offset() - offset;
            offset = part.nextOffset();
            seen.writeBytes(part.bytes());
            if (offset > 1_000_000 && !Files.exists(host.mark("go"))) {
                Files.createFile(host.mark("go"));
            }
            job = host.engine().find(job.id()).orElseThrow();
        }
        String expected = Tool.shell("seq " + lines + "; echo end");
        assertEquals(expected.length(), offset);
        assertEquals(expected.length() - seen.size(), leftOut);
        String said = seen.toString(UTF_8);
        assertEquals(-1, said.indexOf('\0'));
        assertEquals(expected.substring(expected.length() - 2000), said.substring(said.length() - 2000));
        assertEquals(
                1000,
                host.engine().readLog(job.id(), 0, LogStream.STDOUT, 0, 100_000).bytes().length);
        assertEquals(
                expected.length() - 2000,
                host.engine().readLog(job.id(), 0, LogStream.STDOUT, 1000, 100).offset());
    }

    // ---- side by side

    @Test // contract 1.8
    void itemsThatRunAtOnceNeverMix() throws Exception {
        int items = 8;
        host.engine(b -> b.maxItems(items));
        Script script = host.script("meet", "meet.sh", """
                #!/bin/sh
                cp "$BATCH_INPUT_DIR/data" "$TMPDIR/scratch"
                cp "$TMPDIR/scratch" same-name
                read -r me < same-name
                : > "$MARKS/here-$me"
                while [ "$(ls "$MARKS" | wc -l)" -lt 8 ]; do sleep 0.02; done
                cat same-name "$TMPDIR/scratch" "$BATCH_INPUT_DIR/data" > "$BATCH_OUTPUT_DIR/all"
                ls "$BATCH_INPUT_DIR" >> "$BATCH_OUTPUT_DIR/all"
                """).build();
        JobRequest.Builder request = JobRequest.builder(script)
                .environment("MARKS", host.mark("").toString())
                .output(OutputRequest.files(DataReference.builder("data_asset").build())
                        .build());
        for (int i = 0; i < items; i++) {
            DataReference data = DataReference.asset(host.asset("d", i + "\n").id());
            request.item(ItemRequest.of("item " + i, List.of(ItemRequest.Input.named("data", data))));
        }
        Job job = host.run(request.build());
        assertEquals(new Counters(items, 0, items, 0), job.counters());
        for (int i = 0; i < items; i++) {
            var asset = host.space().find(job.id() + "/" + i + "/all").orElseThrow();
            assertEquals((i + "\n").repeat(3) + "data\n", Files.readString(host.bytesOf(asset)));
        }
        assertTrue(job.items().stream().allMatch(item -> item.attempts() == 1));
    }
}
