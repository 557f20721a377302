package io.longshore.launch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.JobId;
import io.longshore.api.LogPart;
import io.longshore.spi.Cancellation;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import io.longshore.testkit.ScriptLauncherContract;
import io.longshore.workspace.LogFile;
import io.longshore.workspace.LogLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract, and what only supervisors do; once for each language that one is written in. */
abstract class SupervisedScripts extends ScriptLauncherContract {
    private static final Duration LONG = Duration.ofMinutes(2);

    /** A program whose main thread exits while another one goes on, and says so in a file; it is shown as a zombie. */
    private static final String HALF_DEAD = """
            import ctypes, os, signal, threading, time
            def go_on():
                while b") Z " not in open("/proc/%d/stat" % os.getpid(), "rb").read():
                    time.sleep(0.01)
                open("half-dead.new", "w").write(str(os.getpid()))
                os.rename("half-dead.new", "half-dead")
                while True:
                    time.sleep(1)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            threading.Thread(target=go_on).start()
            ctypes.CDLL(None).pthread_exit(None)
            """;

    private static final String AWAIT_HALF_DEAD = "until [ -e half-dead ]; do sleep 0.01; done; ";

    /** A program that any process of its user may trace, as one may not everywhere. */
    private static final String TRACEABLE = """
            import ctypes, os, time
            SET_TRACER, ANY = 0x59616D61, ctypes.c_ulong(-1)
            ctypes.CDLL(None).prctl(SET_TRACER, ANY, 0, 0, 0)
            open("traceable.new", "w").write(str(os.getpid()))
            os.rename("traceable.new", "traceable")
            time.sleep(86400)
            """;

    private static final String TRACER = """
            import ctypes, sys, time
            SEIZE = 0x4206
            failed = ctypes.CDLL(None).ptrace(SEIZE, int(sys.argv[1]), None, None)
            print("fails" if failed else "traces", flush=True)
            time.sleep(86400)
            """;

    private static final String FORGE = "echo 'exited 0' > ../control/forged; mv ../control/forged ../control/exit; ";

    private final Supervisor.Language language;
    private final int many; // scripts at once
    private final List<ProcessLauncher> launchers = new ArrayList<>();
    private LogLimits limits = LogLimits.DEFAULT;
    private final JobId job = JobId.random();
    private final LaunchKey key = LaunchMain.key(job.value());

    @TempDir
    Path directory;

    SupervisedScripts(Supervisor.Language language, int many) {
        this.language = language;
        this.many = many;
    }

    @Override
    protected ScriptLauncher launcher() {
        return launchers.isEmpty() ? reopened() : launchers.get(0);
    }

    @Override
    protected ScriptLauncher reopened() {
        launchers.add(new ProcessLauncher(LaunchMain.supervisor(language), limits));
        return launchers.get(launchers.size() - 1);
    }

    @Override
    protected Path directory() {
        return directory;
    }

    @AfterEach
    void closeLaunchers() throws IOException {
        for (ProcessLauncher launcher : launchers) {
            launcher.close();
        }
    }

    // ---- logs

    @Test
    void middleOfALongLogIsGivenBackWhileTheScriptRuns() throws Exception {
        limits = new LogLimits(1000, 2000);
        LaunchSpec spec =
                spec("seq 1000000; seq 1000000 >&2; until [ -e go ]; do sleep 0.01; done; seq 1000001 1000500");
        LaunchedScript script = launcher().launch(spec, key);
        for (Path log : List.of(spec.stdout(), spec.stderr())) {
            Path gap = log.resolveSibling(log.getFileName() + ".gap");
            until(() -> Files.exists(gap) && allocatedBytes(log) < 2 << 20);
        }
        Files.createFile(spec.workingDirectory().resolve("go"));
        assertEquals(new ScriptExit.Exited(0), script.exit().get());
        StringBuilder whole = new StringBuilder();
        IntStream.rangeClosed(1, 1_000_500).forEach(i -> whole.append(i).append('\n'));
        LogPart head = LogFile.of(spec.stdout()).read(0, 1 << 20);
        LogPart tail = LogFile.of(spec.stdout()).read(head.nextOffset(), 1 << 20);
        assertEquals(whole.substring(0, 1000), new String(head.bytes(), ISO_8859_1));
        assertEquals(whole.length() - 2000, tail.offset());
        assertEquals(whole.substring(whole.length() - 2000), new String(tail.bytes(), ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ": > ../control/stdout.log; echo new",
                "rm ../control/stdout.log; echo new > ../control/stdout.log",
                "ln -sf \"$TEXT\" ../control/stdout.log",
                "ln -f \"$TEXT\" ../control/stdout.log",
                "rm ../control/stdout.log; mkfifo ../control/stdout.log",
                "mkdir ../control/stdout.log.gap ../control/stdout.log.gap.new",
                "rm -r ../control/stdout.log.gap; ln -s \"$TEXT\" ../control/stdout.log.gap.new",
            })
    void logThatItsScriptReplacedHarmsNothing(String replace) throws Exception {
        limits = new LogLimits(10, 10);
        Path other = Files.write(directory.resolve("other"), new byte[4 << 20]);
        String command = "head -c 3000000 /dev/zero; until [ -e ../control/stdout.log.gap ]; do sleep 0.01; done; "
                + replace.replace("$TEXT", other.toString());
        LaunchSpec spec = spec(replace.startsWith("mkdir") ? replace + "; head -c 3000000 /dev/zero" : command);
        LaunchedScript script = launcher().launch(spec, key);
        assertEquals(new ScriptExit.Exited(0), script.exit().get());
        assertTrue(allocatedBytes(other) >= 4 << 20, "another file was punched");
        if (replace.contains("echo new")) {
            assertEquals(
                    "new\n", new String(LogFile.of(spec.stdout()).read(0, 100).bytes(), ISO_8859_1));
        }
    }

    /** How much room a file takes, which its attributes do not say. */
    private static long allocatedBytes(Path file) {
        try {
            Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
            return 512 * Long.parseLong(LaunchMain.line(stat.getInputStream()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- what a script can do to its supervisor and its directories

    @Test
    void scriptThatKillsItsSupervisorIsLostAndEnded() throws Exception {
        LaunchSpec spec = spec("sleep 86400 & setsid sleep 86400 & echo ready; kill -KILL $PPID; sleep 86400");
        LaunchedScript script = launcher().launch(spec, key);
        assertEquals(
                List.of(), assertInstanceOf(ScriptExit.Lost.class, end(script)).survivors());
        assertNothingLeft();
    }

    @Test
    void scriptThatStopsItsSupervisorIsLostAndEnded() throws Exception {
        LaunchSpec spec = spec("sleep 86400 & kill -STOP $PPID; exit 0");
        LaunchedScript script = launcher().launch(spec, key);
        assertEquals(
                List.of(), assertInstanceOf(ScriptExit.Lost.class, end(script)).survivors());
        assertNothingLeft();
    }

    @Test
    void cancelEndsWhatHasNoSupervisorAnyMore() throws Exception {
        LaunchSpec spec = spec("trap '' TERM; kill -KILL $PPID; echo > killed; sleep 86400 & sleep 86400");
        LaunchedScript script = launcher().launch(spec, key);
        until(() -> Files.exists(spec.workingDirectory().resolve("killed")));
        assertEquals(Cancellation.clean(), script.cancel(Duration.ofMillis(50)).get());
        assertInstanceOf(ScriptExit.Lost.class, end(script));
        assertNothingLeft();
    }

    @Test
    void scriptThatTerminatesItsSupervisorIsEnded() throws Exception {
        LaunchedScript script = launcher().launch(spec("kill $PPID; sleep 86400"), key);
        assertEquals(new ScriptExit.Signaled("SIGTERM"), end(script));
        assertNothingLeft();
    }

    @Test
    void scriptThatDeletesItsControlDirectoryIsLostOnceItEnds() throws Exception {
        LaunchSpec spec = spec("rm -rf ../control; sleep 86400 & exit 3");
        LaunchedScript script = launcher().launch(spec, key);
        ScriptExit.Lost lost = assertInstanceOf(ScriptExit.Lost.class, end(script));
        assertEquals(List.of(), lost.survivors());
        assertNothingLeft();
    }

    @Test
    void scriptThatDeletedItsControlDirectoryCanBeCanceled() throws Exception {
        LaunchSpec spec = spec("trap '' TERM; rm -rf ../control; while :; do sleep 1; done");
        LaunchedScript script = launcher().launch(spec, key);
        until(() -> !Files.exists(spec.control()));
        assertEquals(Cancellation.clean(), script.cancel(Duration.ZERO).get());
        assertInstanceOf(ScriptExit.Lost.class, end(script));
        assertNothingLeft();
    }

    @Test
    void scriptThatEmptiesItsControlDirectoryHasItsExit() throws Exception {
        LaunchSpec spec = spec("rm -rf ../control/*; exit 3");
        assertEquals(new ScriptExit.Exited(3), end(launcher().launch(spec, key)));
    }

    @Test
    void scriptThatPutsLinksInItsControlDirectoryHarmsNothingElse() throws Exception {
        Path victim = Files.writeString(directory.resolve("victim"), "untouched");
        LaunchSpec spec =
                spec("ln -sf ../../victim ../control/exit.new; ln -sf ../../victim ../control/cancel; exit 3");
        assertEquals(new ScriptExit.Exited(3), end(launcher().launch(spec, key)));
        assertEquals("untouched", Files.readString(victim));
    }

    @Test
    void forksWithoutEndAreEnded() throws Exception {
        // Each one starts the next and ends, so that none is there for long.
        LaunchSpec spec = spec("hop() { trap '' TERM HUP; (hop &) ; }; hop & echo ready; sleep 0.2; exit 0");
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key)));
        assertNothingLeft();
    }

    @Test
    void processWhoseMainThreadExitedIsEndedBeforeTheExit() throws Exception {
        LaunchSpec spec =
                spec("env -i PATH=\"$PATH\" setsid python3 -c \"$1\" & " + AWAIT_HALF_DEAD + "exit 3", HALF_DEAD);
        assertEquals(new ScriptExit.Exited(3), end(launcher().launch(spec, key)));
        assertFalse(runs(halfDead(spec)));
    }

    @Test
    void cancelEndsAProcessWhoseMainThreadExited() throws Exception {
        LaunchSpec spec = spec("env -i PATH=\"$PATH\" setsid python3 -c \"$1\" & sleep 86400", HALF_DEAD);
        LaunchedScript script = launcher().launch(spec, key);
        until(() -> Files.exists(spec.workingDirectory().resolve("half-dead")));
        assertEquals(Cancellation.clean(), script.cancel(Duration.ofMillis(100)).get());
        assertFalse(runs(halfDead(spec)));
    }

    @Test
    void processWhoseMainThreadExitedIsEndedAlsoWithoutASupervisor() throws Exception {
        LaunchSpec spec =
                spec("(setsid python3 -c \"$1\" &) ; " + AWAIT_HALF_DEAD + "kill -KILL $PPID; sleep 86400", HALF_DEAD);
        ScriptExit.Lost lost =
                assertInstanceOf(ScriptExit.Lost.class, end(launcher().launch(spec, key)));
        assertEquals(List.of(), lost.survivors());
        assertFalse(runs(halfDead(spec)));
    }

    @Test
    void processThatCannotBeWaitedForIsNamedAsASurvivor() throws Exception {
        LaunchSpec spec = LaunchMain.spec(launchDirectory("launch"), List.of("python3", "-c", TRACEABLE));
        LaunchedScript script = launcher().launch(spec, key);
        Path traceable = spec.workingDirectory().resolve("traceable");
        until(() -> Files.exists(traceable));
        String pid = Files.readString(traceable);
        // Who traces a process gets its end first, and keeps it from its parent as long as it likes.
        Process tracer = new ProcessBuilder("python3", "-c", TRACER, pid).start();
        try {
            assertEquals("traces", LaunchMain.line(tracer.getInputStream()));
            List<String> survivors = List.of(pid + " python3");
            assertEquals(survivors, script.cancel(Duration.ZERO).get().survivors());
            assertEquals(
                    survivors,
                    assertInstanceOf(ScriptExit.Lost.class, end(script)).survivors());
        } finally {
            tracer.destroyForcibly().waitFor();
        }
    }

    @Test
    void scriptThatForgesItsEndIsLostAndEnded() throws Exception {
        LaunchSpec spec = spec("trap '' TERM; " + FORGE + "while :; do sleep 1; done");
        LaunchedScript script = launcher().launch(spec, key);
        ScriptExit.Lost lost = assertInstanceOf(ScriptExit.Lost.class, end(script));
        assertTrue(lost.reason().contains("not by its supervisor"), lost.reason());
        assertEquals(List.of(), lost.survivors());
        assertNothingLeft();
    }

    @Test
    void scriptThatForgesItsEndAndKillsItsSupervisorIsLostAndEnded() throws Exception {
        LaunchSpec spec = spec("trap '' TERM; " + FORGE + "kill -KILL $PPID; while :; do sleep 1; done");
        assertInstanceOf(ScriptExit.Lost.class, end(launcher().launch(spec, key)));
        assertNothingLeft();
    }

    @Test
    void scriptThatForgedItsEndHasTheOneItsSupervisorWrites() throws Exception {
        LaunchSpec spec = spec(FORGE + "exit 3");
        assertEquals(new ScriptExit.Exited(3), end(launcher().launch(spec, key)));
    }

    // ---- finding again

    @Test
    void scriptIsFoundAgainAfterItsHostWasKilled() throws Exception {
        Path launch = launchDirectory("launch");
        LaunchSpec spec = LaunchMain.spec(launch, List.of("sh"));
        List<String> argv =
                List.of("sh", "-c", "echo one; until [ -e go ]; do sleep 0.01; done; echo two; kill -USR1 $$");
        Process host = LaunchMain.start(language, launch, job.value(), "leave", argv);
        String pid;
        try {
            assertEquals("launched", LaunchMain.line(host.getInputStream()));
            pid = Files.readString(spec.control().resolve("pid"));
        } finally {
            host.destroyForcibly();
        }
        assertEquals(137, host.waitFor());
        LaunchedScript script = launcher().attach(key, spec.control()).orElseThrow();
        assertFalse(script.exit().isDone());
        assertEquals(pid, Files.readString(spec.control().resolve("pid")));
        // It was answered for before its shell began.
        until(() -> scriptProcesses().equals(List.of(Long.parseLong(pid.substring(0, pid.indexOf(' '))))));
        Files.createFile(launch.resolve("scratch/go"));
        assertEquals(new ScriptExit.Signaled("SIGUSR1"), end(script));
        assertEquals("one\ntwo\n", Files.readString(spec.stdout()));
    }

    @Test
    void scriptThatEndsWhileItsHostCanOpenNoFileHasItsExit() throws Exception {
        Path launch = launchDirectory("launch");
        List<String> argv = List.of("sh", "-c", "until [ -e go ]; do sleep 0.01; done; exit 7");
        Process host = LaunchMain.start(language, launch, job.value(), "starve", argv);
        try {
            assertEquals(new ScriptExit.Exited(7).toString(), LaunchMain.line(host.getInputStream()));
        } finally {
            host.destroyForcibly().waitFor();
        }
    }

    @Test
    void scriptThatEndedWhileItsHostWasGoneIsFoundAgain() throws Exception {
        Path launch = launchDirectory("launch");
        Path control = launch.resolve("control");
        List<String> argv = List.of("sh", "-c", "until [ -e go ]; do sleep 0.01; done; exit 137");
        Process host = LaunchMain.start(language, launch, job.value(), "leave", argv);
        try {
            assertEquals("launched", LaunchMain.line(host.getInputStream()));
        } finally {
            host.destroyForcibly().waitFor();
        }
        Files.createFile(launch.resolve("scratch/go"));
        until(() -> Files.exists(control.resolve("exit")));
        assertEquals(
                new ScriptExit.Exited(137), end(launcher().attach(key, control).orElseThrow()));
    }

    @Test
    void supervisorThatComesLateStartsNothing() throws Exception {
        LaunchSpec spec = spec("echo started");
        Control control = new Control(spec.control());
        control.writeLaunch(spec, limits, "nonce", Cookie.of(key));
        assertEquals(Optional.empty(), launcher().attach(key, spec.control()));
        try (Supervisor supervisor = LaunchMain.supervisor(language)) {
            Supervisor.Answer answer = supervisor.start(control, "nonce", Cookie.of(key));
            assertEquals(Optional.empty(), answer.supervisor());
        }
        assertNothingLeft();
        assertFalse(Files.exists(spec.stdout()));
    }

    @Test
    void supervisorThatComesLateToADirectoryMadeAnewStartsNothing() throws Exception {
        LaunchSpec spec = spec("echo started");
        try (Supervisor supervisor = LaunchMain.supervisor(language)) {
            IOException refused = assertThrows(
                    IOException.class, () -> supervisor.start(new Control(spec.control()), "nonce", Cookie.of(key)));
            assertTrue(refused.getMessage().contains("launch file cannot be read"), refused.getMessage());
        }
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key)));
    }

    // ---- the fork server

    @ParameterizedTest
    @ValueSource(strings = {"KILL", "STOP"})
    void forkServerThatAnswersNoMoreIsReplaced(String signal) throws Exception {
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec("exit 0"), key)));
        ProcessHandle ended = forkServer();
        String[] command = {"kill", "-" + signal, Long.toString(ended.pid())};
        assertEquals(0, new ProcessBuilder(command).start().waitFor());
        LaunchSpec spec = LaunchMain.spec(launchDirectory("second"), List.of("sh", "-c", "exit 5"));
        assertEquals(new ScriptExit.Exited(5), end(launcher().launch(spec, new LaunchKey(key.item(), 2))));
        until(() -> !ended.isAlive());
        assertNotEquals(ended, forkServer());
    }

    @Test
    void forkServerEndsWithItsLauncherAndNotWithItsScripts() throws Exception {
        LaunchSpec spec = spec("until [ -e go ]; do sleep 0.01; done; exit 5");
        launcher().launch(spec, key);
        ProcessHandle server = forkServer();
        launcher().close();
        until(() -> !server.isAlive());
        LaunchedScript script = reopened().attach(key, spec.control()).orElseThrow();
        Files.createFile(spec.workingDirectory().resolve("go"));
        assertEquals(new ScriptExit.Exited(5), end(script));
    }

    @ParameterizedTest
    @CsvSource({"supervisor, KILL", "supervisor, TERM", "script, KILL", "script, TERM"})
    void whatWasMadeAheadAndIsEndedMeanwhileIsMadeAnew(String which, String signal) throws Exception {
        ProcessHandle supervisor = madeAhead();
        ProcessHandle ended =
                which.equals("script") ? supervisor.children().findAny().orElseThrow() : supervisor;
        String[] command = {"kill", "-" + signal, Long.toString(ended.pid())};
        assertEquals(0, new ProcessBuilder(command).start().waitFor());
        until(() -> stat(ended).map(ProcessStat::isDead).orElse(true));
        LaunchSpec spec = LaunchMain.spec(launchDirectory("third"), List.of("sh", "-c", "exit 5"));
        assertEquals(new ScriptExit.Exited(5), end(launcher().launch(spec, new LaunchKey(key.item(), 3))));
    }

    @Test
    void scriptThatWasStoppedWhileItWaitedGoesOn() throws Exception {
        ProcessHandle stopped = madeAhead().children().findAny().orElseThrow();
        String[] command = {"kill", "-STOP", Long.toString(stopped.pid())};
        assertEquals(0, new ProcessBuilder(command).start().waitFor());
        LaunchSpec spec = LaunchMain.spec(launchDirectory("third"), List.of("sh", "-c", "exit 5"));
        assertEquals(new ScriptExit.Exited(5), end(launcher().launch(spec, new LaunchKey(key.item(), 3))));
    }

    @Test
    void whatWasMadeAheadEndsWithTheForkServer() throws Exception {
        ProcessHandle supervisor = madeAhead();
        ProcessHandle script = supervisor.children().findAny().orElseThrow();
        forkServer().destroyForcibly();
        until(() -> !supervisor.isAlive() && !script.isAlive());
    }

    /** The supervisor that a second launch leaves for the next one, with the process that is to be its script. */
    private ProcessHandle madeAhead() throws Exception {
        for (int attempt = 1; attempt <= 2; attempt++) {
            LaunchSpec spec = LaunchMain.spec(launchDirectory("launch" + attempt), List.of("sh", "-c", "exit 0"));
            assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, new LaunchKey(key.item(), attempt))));
        }
        ProcessHandle server = forkServer();
        until(() ->
                server.children().filter(SupervisedScripts::isNamedAsForkServer).count() == 1
                        && server.descendants().count() == 2);
        return server.children().findAny().orElseThrow();
    }

    /** The one child of this JVM that is a fork server and whose standard input is still open. */
    private static ProcessHandle forkServer() {
        List<ProcessHandle> servers = ProcessHandle.current()
                .children()
                .filter(SupervisedScripts::isNamedAsForkServer)
                .toList();
        assertEquals(1, servers.size());
        return servers.get(0);
    }

    private static boolean isNamedAsForkServer(ProcessHandle process) {
        return stat(process)
                .filter(stat -> stat.name().equals("longshore") && !stat.isDead())
                .isPresent();
    }

    private static Optional<ProcessStat> stat(ProcessHandle process) {
        try {
            return ProcessStat.of(process.pid());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void processThatHasTheNumberOfAnotherIsNeverSignaled() throws Exception {
        LaunchSpec spec = spec("exit 0");
        Process stranger = new ProcessBuilder("sleep", "86400").start();
        try {
            String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"));
            Files.writeString(spec.control().resolve("claim"), "supervisor " + stranger.pid() + " 12345 " + boot);
            Files.writeString(spec.control().resolve("pid"), stranger.pid() + " 12345 " + boot);
            LaunchedScript script = launcher().attach(key, spec.control()).orElseThrow();
            CompletableFuture<Cancellation> canceled = script.cancel(Duration.ZERO);
            assertEquals(
                    List.of(),
                    assertInstanceOf(ScriptExit.Lost.class, end(script)).survivors());
            assertEquals(Cancellation.clean(), canceled.get());
            assertTrue(stranger.isAlive());
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void processOfAnEarlierBootIsNeverSignaled() throws Exception {
        LaunchSpec spec = spec("exit 0");
        Process stranger = new ProcessBuilder("sleep", "86400").start();
        try {
            ProcessId id = ProcessStat.of(stranger.pid()).orElseThrow().id();
            Files.writeString(
                    spec.control().resolve("claim"), "supervisor " + id.pid() + " " + id.start() + " other\n");
            Files.writeString(spec.control().resolve("pid"), id.pid() + " " + id.start() + " other\n");
            assertInstanceOf(
                    ScriptExit.Lost.class,
                    end(launcher().attach(key, spec.control()).orElseThrow()));
            assertTrue(stranger.isAlive());
        } finally {
            stranger.destroyForcibly();
        }
    }

    @Test
    void scriptWhoseControlFilesAreGoneIsEndedAndLost() throws Exception {
        LaunchSpec spec = spec("rm -rf ../control/*; echo > gone; sleep 86400");
        launcher().launch(spec, key);
        until(() -> Files.exists(spec.workingDirectory().resolve("gone")));
        LaunchedScript found = reopened().attach(key, spec.control()).orElseThrow();
        assertInstanceOf(ScriptExit.Lost.class, end(found));
        assertNothingLeft();
    }

    @Test
    void scriptWhoseLaunchWasTakenForGivenUpIsEndedAndLost() throws Exception {
        LaunchSpec spec = spec("rm ../control/claim; echo > gone; sleep 86400");
        launcher().launch(spec, key);
        until(() -> Files.exists(spec.workingDirectory().resolve("gone")));
        assertTrue(new Control(spec.control()).claim()); // by a look that came no further
        LaunchedScript found = reopened().attach(key, spec.control()).orElseThrow();
        assertInstanceOf(ScriptExit.Lost.class, end(found));
        assertNothingLeft();
    }

    @Test
    void scriptWhoseControlDirectoryIsGoneIsEndedAndLost() throws Exception {
        LaunchSpec spec = spec("rm -rf ../control; sleep 86400");
        launcher().launch(spec, key);
        until(() -> !Files.exists(spec.control()));
        LaunchedScript found = reopened().attach(key, spec.control()).orElseThrow();
        assertInstanceOf(ScriptExit.Lost.class, end(found));
        assertNothingLeft();
    }

    @Test
    void claimWhoseMakerDiedOverItStartedNothing() throws Exception {
        LaunchSpec spec = spec("exit 0");
        Files.createFile(spec.control().resolve("claim"));
        assertEquals(Optional.empty(), launcher().attach(key, spec.control()));
        assertEquals(Optional.empty(), reopened().attach(key, spec.control()));
    }

    // ---- hosts

    @Test
    void hostWithoutALocaleDamagesNothing() throws Exception {
        String text = "žluť 漢字 \uD83D\uDE00\n$X";
        Path launch = launchDirectory("žluť 漢字");
        List<String> argv = List.of("sh", "-c", "printf '%s|%s|' \"$1\" \"$TEXT\"; pwd -P", "sh", text);
        Process host = LaunchMain.start(language, launch, job.value(), "wait", argv);
        assertEquals("Exited[code=0]", LaunchMain.line(host.getInputStream()));
        assertEquals(0, host.waitFor());
        String said = Files.readString(launch.resolve("control/stdout.log"));
        assertEquals(text + "|" + text + "|" + launch.resolve("scratch").toRealPath() + "\n", said);
    }

    @Test
    void settingsOfInterpretersDoNotReachTheSupervisor() throws Exception {
        Path launch = launchDirectory("launch");
        Process host = LaunchMain.start(
                language,
                launch,
                job.value(),
                "wait",
                List.of("sh", "-c", "exit 4"),
                "PERL5OPT",
                "-Mno_such_module",
                "PYTHONHOME",
                "/no/such/home");
        assertEquals("Exited[code=4]", LaunchMain.line(host.getInputStream()));
        assertEquals(0, host.waitFor());
    }

    @Test
    void launchFileIsForItsOwnerOnly() throws Exception {
        LaunchSpec spec = spec("exit 0");
        end(launcher().launch(spec, key));
        for (String name : List.of("launch", "claim", "pid", "exit", "stdout.log")) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(spec.control().resolve(name))),
                    name);
        }
    }

    @Test
    void scriptsLaunchedAtOnceCostNoThreadWhileTheyRun() throws Exception {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        ScriptLauncher launcher = launcher();
        ExecutorService callers = Executors.newFixedThreadPool(16);
        List<Callable<LaunchedScript>> launches = new ArrayList<>();
        for (int i = 1; i <= many; i++) {
            LaunchSpec spec = LaunchMain.spec(launchDirectory("launch" + i), List.of("sleep", "86400"));
            LaunchKey each = new LaunchKey(key.item(), i);
            launches.add(() -> launcher.launch(spec, each));
        }
        List<LaunchedScript> scripts = new ArrayList<>();
        for (Future<LaunchedScript> launched : callers.invokeAll(launches)) {
            scripts.add(launched.get());
        }
        callers.shutdown();
        assertTrue(callers.awaitTermination(1, TimeUnit.MINUTES));
        List<String> added = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> name.startsWith("longshore-"))
                .sorted()
                .toList();
        assertEquals(List.of("longshore-launch-server", "longshore-launch-watch"), added);
        List<CompletableFuture<Cancellation>> cancellations =
                scripts.stream().map(script -> script.cancel(Duration.ZERO)).toList();
        for (CompletableFuture<Cancellation> cancellation : cancellations) {
            assertEquals(Cancellation.clean(), cancellation.get());
        }
        for (LaunchedScript script : scripts) {
            assertEquals(new ScriptExit.Signaled("SIGKILL"), end(script));
        }
    }

    private LaunchSpec spec(String script) throws IOException {
        return LaunchMain.spec(launchDirectory("launch"), List.of("sh", "-c", script));
    }

    private LaunchSpec spec(String script, String argument) throws IOException {
        return LaunchMain.spec(launchDirectory("launch"), List.of("sh", "-c", script, "sh", argument));
    }

    private static String halfDead(LaunchSpec spec) throws IOException {
        return Files.readString(spec.workingDirectory().resolve("half-dead"));
    }

    /** Whether a thread of a process runs. */
    private static boolean runs(String pid) throws IOException {
        List<String> states = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat"), ISO_8859_1);
                states.add(stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1));
            }
        } catch (IOException | DirectoryIteratorException e) {
            assertFalse(Files.exists(Path.of("/proc/" + pid)), "it ends only now");
        }
        return !List.of("Z", "X").containsAll(states);
    }

    private Path launchDirectory(String name) throws IOException {
        return LaunchMain.directory(directory, name);
    }

    private static ScriptExit end(LaunchedScript script) throws InterruptedException, ExecutionException {
        try {
            return script.exit().get(LONG.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the script did not end", e);
        }
    }

    private static void until(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - start < LONG.toNanos(), "it did not come true");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** The script's own shell. */
    private List<Long> scriptProcesses() {
        return carriers("LONGSHORE_LAUNCH_KEY=" + key).stream()
                .filter(process -> process.info().command().orElse("").endsWith("sh"))
                .map(ProcessHandle::pid)
                .toList();
    }

    /** Nothing of the script once its end is known; its supervisor, which tells the end, a moment later. */
    private void assertNothingLeft() {
        assertEquals(List.of(), carriers("LONGSHORE_LAUNCH_KEY=" + key));
        until(() -> supervisors().isEmpty());
    }

    private List<ProcessStat> supervisors() {
        try {
            return ProcessStat.all().stream()
                    .filter(process -> process.name().equals(Cookie.of(key).supervisor()) && !process.isDead())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By another way than the code under test: the processes that have an entry in their environment. */
    private static List<ProcessHandle> carriers(String entry) {
        List<ProcessHandle> found = new ArrayList<>();
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            try {
                byte[] environment = Files.readAllBytes(Path.of("/proc/" + process.pid() + "/environ"));
                if (new String(environment, ISO_8859_1).contains(entry + "\0")) {
                    found.add(process);
                }
            } catch (IOException e) {
                // it has ended
            }
        }
        return found;
    }
}
