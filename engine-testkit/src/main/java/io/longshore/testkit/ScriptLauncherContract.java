package io.longshore.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.JobId;
import io.longshore.spi.Cancellation;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ScriptLauncher} keeps. Extend it, say in the hooks what to launch with and where, and all its tests
 * are yours. The scripts are written for {@code sh}, with the programs of coreutils.
 *
 * <p>JUnit makes a new instance for each test; what a hook sets up, the subclass takes down.
 */
public abstract class ScriptLauncherContract {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final String PATH = "/usr/local/bin:/usr/bin:/bin";

    private final String nap = "86400." + ThreadLocalRandom.current().nextInt(1_000_000_000);
    private int launches;

    /** For subclasses. */
    protected ScriptLauncherContract() {}

    /**
     * The launcher under test.
     *
     * @return the same launcher each time within a test
     * @throws Exception if it cannot be made
     */
    protected abstract ScriptLauncher launcher() throws Exception;

    /**
     * Another launcher that shares nothing with {@link #launcher}, as after a restart.
     *
     * @return a new launcher
     * @throws Exception if it cannot be made
     */
    protected abstract ScriptLauncher reopened() throws Exception;

    /**
     * A directory of this test's own.
     *
     * @return the same existing, absolute directory each time within a test, that scripts can write to
     * @throws Exception if it cannot be made
     */
    protected abstract Path directory() throws Exception;

    @Test
    void exitCodeIsTold() throws Exception {
        assertEquals(new ScriptExit.Exited(0), run("exit 0"));
        assertEquals(new ScriptExit.Exited(7), run("exit 7"));
        assertEquals(new ScriptExit.Exited(255), run("exit 255"));
    }

    @Test
    void exitCodeOfAKilledChildIsNoSignal() throws Exception {
        assertEquals(new ScriptExit.Exited(137), run("exit 137"));
        assertEquals(new ScriptExit.Signaled("SIGKILL"), run("kill -KILL $$"));
    }

    @Test
    void signalsAreToldByName() throws Exception {
        for (String name : List.of("HUP", "INT", "QUIT", "ABRT", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM")) {
            assertEquals(new ScriptExit.Signaled("SIG" + name), run("ulimit -c 0; kill -" + name + " $$"));
        }
    }

    @Test
    void missingProgramIsNotStarted() throws Exception {
        assertTrue(notStarted("no-such-program").contains("\"no-such-program\""));
        assertTrue(notStarted("/no/such/program").contains("\"/no/such/program\""));
    }

    @Test
    void programWithoutPermissionIsNotStarted() throws Exception {
        Path file = Files.writeString(directory().resolve("plain"), "#!/bin/sh\n");
        assertTrue(notStarted(file.toString()).contains(file.toString()));
        assertTrue(notStarted(directory().toString()).contains(directory().toString()));
    }

    @Test
    void fileThatIsNoProgramIsNotStarted() throws Exception {
        Path file = Files.writeString(directory().resolve("text"), "echo this is not to run\n");
        assertTrue(file.toFile().setExecutable(true));
        assertTrue(notStarted(file.toString()).contains(file.toString()));
    }

    @Test
    void missingWorkingDirectoryIsNotStarted() throws Exception {
        Path gone = directory().resolve("gone");
        LaunchSpec spec = spec("exit 0");
        LaunchedScript script = launcher().launch(in(gone, spec), key());
        String reason =
                assertInstanceOf(ScriptExit.NotStarted.class, end(script)).reason();
        assertTrue(reason.contains(gone.toString()), reason);
    }

    @Test
    void programIsLookedUpInItsOwnPath() throws Exception {
        Path bin = Files.createDirectory(directory().resolve("bin"));
        Files.createSymbolicLink(bin.resolve("own-shell"), Path.of("/bin/sh"));
        LaunchSpec spec = spec(List.of("own-shell", "-c", "exit 5"), Map.of("PATH", "/no/such:" + bin));
        assertEquals(new ScriptExit.Exited(5), end(launcher().launch(spec, key())));
    }

    @Test
    void argumentsArriveByteForByte() throws Exception {
        List<String> arguments = List.of(
                "",
                " ",
                "a b",
                "line\nbreak\n",
                "'single' \"double\"",
                "$HOME",
                "${X}",
                "$(id)",
                "`id`",
                "*",
                "~",
                "\\n",
                ";exit 9",
                "-",
                "--",
                "žluť 漢字 😀",
                "\u0001\u007f",
                "x".repeat(100_000));
        List<String> argv = new ArrayList<>(List.of("sh", "-c", "printf '%s\\0' \"$@\"", "sh"));
        argv.addAll(arguments);
        LaunchSpec spec = spec(argv, Map.of("PATH", PATH, "HOME", "/nowhere"));
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        assertArrayEquals(fields(arguments), Files.readAllBytes(spec.stdout()));
    }

    @Test
    void environmentIsExactlyWhatTheSpecSays() throws Exception {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PATH", PATH);
        environment.put("EMPTY", "");
        environment.put("BLANKS", "  a  b  ");
        environment.put("LINES", "one\ntwo\n\nthree\n");
        environment.put("QUOTES", "'\"`\\");
        environment.put("DOLLAR", "$HOME ${PATH} $(id) `id`");
        environment.put("SIGNS", "a=b;c=d & | > < *");
        environment.put("TEXT", "žluť 漢字 😀");
        environment.put("not a name", "1");
        environment.put("žluť", "2");
        environment.put("LONG", "y".repeat(100_000));
        LaunchSpec spec = spec(List.of("cat", "/proc/self/environ"), environment);
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        List<String> entries =
                new ArrayList<>(List.of(Files.readString(spec.stdout()).split("\0")));
        entries.removeIf(entry -> entry.startsWith("LONGSHORE_LAUNCH_"));
        List<String> expected = new ArrayList<>();
        environment.forEach((name, value) -> expected.add(name + "=" + value));
        assertEquals(expected, entries);
    }

    @Test
    void emptyEnvironmentIsPossible() throws Exception {
        LaunchSpec spec = spec(List.of("/bin/sh", "-c", "exit 4"), Map.of());
        assertEquals(new ScriptExit.Exited(4), end(launcher().launch(spec, key())));
    }

    @Test
    void stdinIsEmpty() throws Exception {
        LaunchSpec spec = spec("cat; echo end");
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        assertEquals("end\n", Files.readString(spec.stdout()));
    }

    @Test
    void outputIsAppendedToItsFiles() throws Exception {
        LaunchSpec spec = spec("echo out; echo err >&2; echo out again");
        Files.writeString(spec.stdout(), "before\n");
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        assertEquals("before\nout\nout again\n", Files.readString(spec.stdout()));
        assertEquals("err\n", Files.readString(spec.stderr()));
    }

    @Test
    void muchOutputArrivesWhole() throws Exception {
        LaunchSpec spec = spec("head -c 67108864 /dev/zero; head -c 1048576 /dev/zero >&2");
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        assertEquals(64L << 20, Files.size(spec.stdout()));
        assertEquals(1L << 20, Files.size(spec.stderr()));
    }

    @Test
    void scriptStartsInItsWorkingDirectory() throws Exception {
        Path odd = Files.createDirectory(directory().resolve("with blank and 'quote'"));
        LaunchSpec spec = in(odd, spec("pwd -P"));
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        assertEquals(odd.toRealPath() + "\n", Files.readString(spec.stdout()));
    }

    @Test
    void scriptInheritsNoOpenFile() throws Exception {
        LaunchSpec spec = spec(List.of("ls", "/proc/self/fd"), Map.of("PATH", PATH));
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        assertEquals("0\n1\n2\n3\n", Files.readString(spec.stdout()), "3 is the listing's own");
    }

    @Test
    void scriptInheritsNoBlockedOrIgnoredSignal() throws Exception {
        LaunchSpec spec = spec(List.of("cat", "/proc/self/status"), Map.of("PATH", PATH));
        assertEquals(new ScriptExit.Exited(0), end(launcher().launch(spec, key())));
        String status = Files.readString(spec.stdout());
        assertTrue(status.contains("SigBlk:\t0000000000000000\n"), status);
        // The C library keeps 32 and 33 to itself: nobody can set them back.
        assertTrue(status.matches("(?s).*SigIgn:\t0000000[01][08]0000000\n.*"), status);
    }

    @Test
    void whatAScriptLeavesRunningIsEndedBeforeItsExit() throws Exception {
        leavesNothing(sleeper("", "&"));
        leavesNothing("(" + sleeper("", "&") + ") & wait");
        leavesNothing("( (" + sleeper("", "&") + ") & )");
    }

    @Test
    void daemonsOfAScriptAreEndedBeforeItsExit() throws Exception {
        leavesNothing(sleeper("setsid", "&"));
        leavesNothing(sleeper("nohup", ">/dev/null 2>&1 &"));
        leavesNothing("( " + sleeper("env -i setsid", ">/dev/null 2>&1 &") + ") & wait");
    }

    @Test
    void whatIgnoresTermIsEndedBeforeTheExit() throws Exception {
        leavesNothing("(trap '' TERM HUP INT; " + sleeper("", "& wait") + ") & sleep 0.1");
    }

    @Test
    void whatIsStoppedIsEndedBeforeTheExit() throws Exception {
        leavesNothing(sleeper("", "& kill -STOP $!"));
        leavesNothing(
                "(trap '' TERM; kill -STOP $(cut -d ' ' -f 4 /proc/self/stat); " + sleeper("", "") + ") & sleep 0.1");
    }

    @Test
    void manyChildrenAreEndedBeforeTheExit() throws Exception {
        leavesNothing("for i in $(seq 50); do " + sleeper("", "&") + " done");
    }

    @Test
    void cancelEndsAScript() throws Exception {
        LaunchedScript script = running("", sleeper("", ""));
        assertEquals(Cancellation.clean(), get(script.cancel(LONG)));
        assertEquals(new ScriptExit.Signaled("SIGTERM"), end(script));
        assertTrue(sleepers().isEmpty());
    }

    @Test
    void cancelEndsDaemons() throws Exception {
        LaunchedScript script =
                running(sleeper("env -i setsid", "& ") + sleeper("nohup", "& ") + sleeper("", "&"), "wait");
        assertEquals(Cancellation.clean(), get(script.cancel(LONG)));
        assertTrue(sleepers().isEmpty());
        assertEquals(new ScriptExit.Signaled("SIGTERM"), end(script));
    }

    @Test
    void canceledScriptMayEndByItself() throws Exception {
        LaunchedScript script = running("trap 'echo asked; exit 3' TERM", "while :; do sleep 0.01; done");
        assertEquals(Cancellation.clean(), get(script.cancel(LONG)));
        assertEquals(new ScriptExit.Exited(3), end(script));
    }

    @Test
    void whatACleanUpStartsIsLetBe() throws Exception {
        LaunchedScript script =
                running("trap 'sh -c \"sleep 0.3; exit 6\"; exit $?' TERM", "while :; do sleep 0.01; done");
        assertEquals(Cancellation.clean(), get(script.cancel(LONG)));
        assertEquals(new ScriptExit.Exited(6), end(script));
    }

    @Test
    void cancelForcesWhatIgnoresTerm() throws Exception {
        LaunchedScript script = running("trap '' TERM; " + sleeper("", "&"), "while :; do sleep 1; done");
        assertEquals(Cancellation.clean(), get(script.cancel(Duration.ofMillis(100))));
        assertEquals(new ScriptExit.Signaled("SIGKILL"), end(script));
        assertTrue(sleepers().isEmpty());
    }

    @Test
    void cancelWithoutGraceForcesAtOnce() throws Exception {
        LaunchedScript script = running("trap '' TERM", "while :; do sleep 1; done");
        assertEquals(Cancellation.clean(), get(script.cancel(Duration.ZERO)));
        assertEquals(new ScriptExit.Signaled("SIGKILL"), end(script));
    }

    @Test
    void cancelEndsWhatIsStopped() throws Exception {
        LaunchedScript script = running("", "kill -STOP $$");
        assertEquals(Cancellation.clean(), get(script.cancel(LONG)));
        assertEquals(new ScriptExit.Signaled("SIGTERM"), end(script));
    }

    @Test
    void secondCancelWithAShorterGraceShortens() throws Exception {
        LaunchedScript script = running("trap '' TERM", "while :; do sleep 1; done");
        CompletableFuture<Cancellation> first = script.cancel(Duration.ofDays(3650));
        assertFalse(first.isDone());
        assertEquals(Cancellation.clean(), get(script.cancel(Duration.ZERO)));
        assertEquals(Cancellation.clean(), get(first));
    }

    @Test
    void secondCancelWithALongerGraceDoesNotLengthen() throws Exception {
        LaunchedScript script = running("trap '' TERM", "while :; do sleep 1; done");
        CompletableFuture<Cancellation> first = script.cancel(Duration.ofMillis(200));
        CompletableFuture<Cancellation> second = script.cancel(Duration.ofDays(3650));
        assertEquals(Cancellation.clean(), get(first));
        assertEquals(Cancellation.clean(), get(second));
    }

    @Test
    void cancelOfAnEndedScriptChangesNothing() throws Exception {
        LaunchedScript script = launcher().launch(spec("exit 2"), key());
        assertEquals(new ScriptExit.Exited(2), end(script));
        assertEquals(Cancellation.clean(), get(script.cancel(Duration.ZERO)));
        assertEquals(new ScriptExit.Exited(2), end(script));
    }

    @Test
    void completingTheFutureDoesNothingToTheScript() throws Exception {
        LaunchedScript script = running("", sleeper("", ""));
        script.exit().complete(new ScriptExit.Exited(0));
        script.exit().cancel(true);
        assertFalse(script.exit().isDone());
        assertEquals(Cancellation.clean(), get(script.cancel(LONG)));
        assertEquals(new ScriptExit.Signaled("SIGTERM"), end(script));
    }

    @Test
    void oneKeyStartsOnce() throws Exception {
        LaunchSpec spec = spec("echo started; until [ -e go ]; do sleep 0.01; done");
        LaunchKey key = key();
        CyclicBarrier together = new CyclicBarrier(4);
        List<ScriptLauncher> launchers = List.of(launcher(), launcher(), reopened(), reopened());
        List<Callable<LaunchedScript>> launches = new ArrayList<>();
        for (ScriptLauncher launcher : launchers) {
            launches.add(() -> {
                together.await();
                return launcher.launch(spec, key);
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<LaunchedScript>> scripts = threads.invokeAll(launches);
            Files.createFile(spec.workingDirectory().resolve("go"));
            for (Future<LaunchedScript> script : scripts) {
                assertEquals(new ScriptExit.Exited(0), end(script.get()));
            }
        } finally {
            threads.shutdownNow();
        }
        assertEquals(new ScriptExit.Exited(0), end(reopened().launch(spec, key)));
        assertEquals("started\n", Files.readString(spec.stdout()));
    }

    @Test
    void runningScriptIsFoundAgain() throws Exception {
        LaunchSpec spec = spec("echo $$; until [ -e go ]; do sleep 0.01; done; echo more; exit 9");
        LaunchKey key = key();
        LaunchedScript first = launcher().launch(spec, key);
        LaunchedScript again = reopened().attach(key, spec.control()).orElseThrow();
        assertFalse(again.exit().isDone());
        Files.createFile(spec.workingDirectory().resolve("go"));
        assertEquals(new ScriptExit.Exited(9), end(again));
        assertEquals(new ScriptExit.Exited(9), end(first));
        assertTrue(Files.readString(spec.stdout()).endsWith("\nmore\n"));
    }

    @Test
    void scriptThatEndedUnwatchedIsFoundAgain() throws Exception {
        LaunchSpec spec = spec("kill -KILL $$");
        LaunchKey key = key();
        end(launcher().launch(spec, key));
        LaunchedScript again = reopened().attach(key, spec.control()).orElseThrow();
        assertEquals(new ScriptExit.Signaled("SIGKILL"), end(again));
        assertEquals(
                new ScriptExit.Signaled("SIGKILL"),
                end(launcher().attach(key, spec.control()).orElseThrow()));
    }

    @Test
    void foundScriptCanBeCanceled() throws Exception {
        LaunchSpec spec = spec("echo ready; " + sleeper("", ""));
        LaunchKey key = key();
        awaitReady(launcher().launch(spec, key), spec);
        LaunchedScript again = reopened().attach(key, spec.control()).orElseThrow();
        assertEquals(Cancellation.clean(), get(again.cancel(LONG)));
        assertEquals(new ScriptExit.Signaled("SIGTERM"), end(again));
        assertTrue(sleepers().isEmpty());
    }

    @Test
    void launchThatHadNotBegunNeverBegins() throws Exception {
        LaunchSpec spec = spec("echo started");
        LaunchKey key = key();
        assertEquals(Optional.empty(), launcher().attach(key, spec.control()));
        assertEquals(Optional.empty(), reopened().attach(key, spec.control()));
        assertThrows(IOException.class, () -> launcher().launch(spec, key));
        assertThrows(IOException.class, () -> reopened().launch(spec, key));
        assertFalse(Files.exists(spec.stdout()));
    }

    @Test
    void closedLauncherForgetsItsScripts() throws Exception {
        LaunchSpec spec = spec("until [ -e go ]; do sleep 0.01; done; exit 8");
        LaunchKey key = key();
        LaunchedScript forgotten = launcher().launch(spec, key);
        launcher().close();
        launcher().close();
        LaunchedScript found = reopened().attach(key, spec.control()).orElseThrow();
        Files.createFile(spec.workingDirectory().resolve("go"));
        assertEquals(new ScriptExit.Exited(8), end(found));
        assertFalse(forgotten.exit().isDone());
    }

    @Test
    void interruptIsAnswered() throws Exception {
        LaunchSpec spec = spec("exit 0");
        Optional<LaunchedScript> begun = Optional.empty();
        Thread.currentThread().interrupt();
        try {
            begun = Optional.of(launcher().launch(spec, key()));
        } catch (InterruptedIOException e) {
            assertFalse(Files.exists(spec.stdout()), "nothing was started");
        } finally {
            assertTrue(Thread.interrupted(), "the flag is kept");
        }
        if (begun.isPresent()) {
            assertEquals(new ScriptExit.Exited(0), end(begun.get()), "it had begun before the interrupt was seen");
        }
    }

    @Test
    void manyScriptsRunAtOnce() throws Exception {
        List<LaunchedScript> scripts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            scripts.add(launcher().launch(spec("exit " + i), key()));
        }
        for (int i = 0; i < scripts.size(); i++) {
            assertEquals(new ScriptExit.Exited(i), end(scripts.get(i)));
        }
    }

    private void leavesNothing(String script) throws Exception {
        assertEquals(new ScriptExit.Exited(0), run(script + "\nexit 0"), script);
        assertEquals(List.of(), sleepers(), script);
    }

    private ScriptExit run(String script) throws Exception {
        return end(launcher().launch(spec(script), key()));
    }

    private String notStarted(String program) throws Exception {
        LaunchedScript script = launcher().launch(spec(List.of(program), Map.of("PATH", PATH)), key());
        return assertInstanceOf(ScriptExit.NotStarted.class, end(script)).reason();
    }

    /** Starts a script and returns once its first part has run. */
    private LaunchedScript running(String first, String then) throws Exception {
        LaunchSpec spec = spec(first + "\necho ready\n" + then);
        LaunchedScript launched = launcher().launch(spec, key());
        awaitReady(launched, spec);
        return launched;
    }

    private static void awaitReady(LaunchedScript script, LaunchSpec spec) throws IOException {
        long start = System.nanoTime();
        while (!Files.exists(spec.stdout()) || !Files.readString(spec.stdout()).contains("ready\n")) {
            assertFalse(script.exit().isDone(), "the script ended before it was ready");
            assertTrue(System.nanoTime() - start < LONG.toNanos(), "the script was never ready");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private static ScriptExit end(LaunchedScript script) throws Exception {
        return get(script.exit());
    }

    private static <T> T get(CompletableFuture<T> future) throws InterruptedException, ExecutionException {
        try {
            return future.get(LONG.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("it did not end", e);
        }
    }

    private LaunchSpec spec(String script) throws Exception {
        return spec(List.of("sh", "-c", script), Map.of("PATH", PATH));
    }

    private LaunchSpec spec(List<String> argv, Map<String, String> environment) throws Exception {
        Path launch = Files.createDirectory(directory().resolve("launch-" + ++launches));
        Path control = Files.createDirectory(launch.resolve("control"));
        return new LaunchSpec(
                argv,
                environment,
                Files.createDirectory(launch.resolve("scratch")),
                control,
                control.resolve("stdout.log"),
                control.resolve("stderr.log"));
    }

    private static LaunchSpec in(Path workingDirectory, LaunchSpec spec) {
        return new LaunchSpec(
                spec.argv(), spec.environment(), workingDirectory, spec.control(), spec.stdout(), spec.stderr());
    }

    private static LaunchKey key() {
        return new LaunchKey(new ItemKey(JobId.random(), 0), 1);
    }

    private static byte[] fields(List<String> texts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String text : texts) {
            all.writeBytes(text.getBytes(UTF_8));
            all.write(0);
        }
        return all.toByteArray();
    }

    /** A command that sleeps for a day, and can be told from all others. */
    private String sleeper(String prefix, String suffix) {
        return prefix + " sleep " + nap + " " + suffix;
    }

    /** This test's sleepers that still run; zombies have no command. */
    private List<String> sleepers() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    String command = Files.readString(process.resolve("cmdline"), ISO_8859_1);
                    if (command.contains("\0" + nap + "\0")) {
                        found.add(process.getFileName() + " " + command.replace('\0', ' '));
                    }
                } catch (IOException e) {
                    // it has ended
                }
            }
        }
        return found;
    }
}
