package io.longshore.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only a process of its own shows: signals, and a standard output that is closed. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ProcessTest {
    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private Shell shell;

    @BeforeEach
    void open() {
        shell = new Shell(directory);
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "--default-signal=INT,TERM", // a build in the background ignores them, and so would its processes
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-Xlog:disable",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(directory.resolve("stderr").toFile());
        builder.environment().put("LONGSHORE_HOME", shell.home().toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private String stderr() throws IOException {
        return Files.readString(directory.resolve("stderr"));
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void signalEndsTheScriptAndThenTheCommand(String signal, int code) throws Exception {
        shell.script("s.sh", "echo $$", "exec sleep 600");
        Process command = start("run", "--script", "s.sh", "--logs");
        try (BufferedReader lines = command.inputReader(StandardCharsets.UTF_8)) {
            ProcessHandle script =
                    ProcessHandle.of(Long.parseLong(lines.readLine())).orElseThrow();
            assertTrue(script.isAlive());
            Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(command.pid())).start();
            assertEquals(0, kill.waitFor());
            assertEquals(code, command.waitFor());
            assertFalse(script.isAlive());
        }
        assertTrue(
                stderr().contains("interrupted: ending the script, which has 10s for it; once more kills it at once\n"
                        + "interrupted after "),
                stderr());
        assertEquals(0, shell.home().resolve("work").toFile().list().length);
    }

    @Test
    void secondSignalKillsAScriptThatDoesNotHeedTheFirst() throws Exception {
        shell.script("s.sh", "trap 'echo told' TERM", "echo $$", "while :; do sleep 0.05; done");
        Process command = start("run", "--script", "s.sh", "--logs");
        try (BufferedReader lines = command.inputReader(StandardCharsets.UTF_8)) {
            ProcessHandle script =
                    ProcessHandle.of(Long.parseLong(lines.readLine())).orElseThrow();
            interrupt(command);
            assertEquals("told", lines.readLine());
            interrupt(command);
            assertEquals(130, command.waitFor());
            assertFalse(script.isAlive());
        }
        assertTrue(stderr().contains("\ninterrupted again: killing the script\ninterrupted after "), stderr());
    }

    private static void interrupt(Process command) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-INT", Long.toString(command.pid()))
                        .start()
                        .waitFor());
    }

    @Test
    void nextRunEndsAndRemovesWhatAKilledOneLeft() throws Exception {
        shell.script("s.sh", "echo $$", "exec sleep 600");
        Process command = start("run", "--script", "s.sh", "--logs");
        ProcessHandle script;
        try (BufferedReader lines = command.inputReader(StandardCharsets.UTF_8)) {
            script = ProcessHandle.of(Long.parseLong(lines.readLine())).orElseThrow();
            assertEquals(128 + 9, command.destroyForcibly().waitFor());
        }
        assertEquals(1, shell.home().resolve("work").toFile().list().length);
        shell.script("quick.sh", "exit 0");
        assertEquals(0, shell.run("run", "--script", "quick.sh").code());
        assertFalse(script.isAlive());
        assertEquals(0, shell.home().resolve("work").toFile().list().length);
        assertEquals(0, shell.home().resolve("logs").toFile().list().length);
    }

    @Test
    void logOfEverythingHoldsNoCredentials() throws Exception {
        HttpServer store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<String> authorizations = new CopyOnWriteArrayList<>();
        store.createContext("/", exchange -> {
            authorizations.add(exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        store.start();
        try {
            shell.script("s.sh", "exit 0");
            shell.file("job.json", """
                    {"model":{"identifier":"m"},"input":{"type":"storage-grid","endpoint":"http://127.0.0.1:%d",
                     "accessKeyID":"MARKED-KEY-ID","secretAccessKey":"marked-secret",
                     "sources":{"i":{"d":{"bucket":"bucket","key":"key"}}}}}
                    """.formatted(store.getAddress().getPort()));
            environment.put("LONGSHORE_LOG", "trace");
            Process command = start("run", "job.json", "--script", "s.sh");
            assertEquals(3, command.waitFor(), stderr());
        } finally {
            store.stop(0);
        }
        assertTrue(authorizations.get(0).contains("MARKED-KEY-ID"), authorizations.toString());
        assertFalse(stderr().contains("MARKED-KEY-ID") || stderr().contains("marked-secret"), stderr());
        assertFalse(stderr().contains("Signature="), stderr());
    }

    @Test
    void readerThatGoesAwayLeavesTheJobAlone() throws Exception {
        shell.script(
                "s.sh",
                "i=0",
                "while [ $i -lt 20000 ]; do echo a line that is long enough; i=$((i+1)); done",
                "echo x > \"$BATCH_OUTPUT_DIR/x\"");
        Process command = start("run", "--script", "s.sh", "--logs");
        try (BufferedReader lines = command.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("a line that is long enough", lines.readLine());
        }
        assertEquals(0, command.waitFor(), stderr());
        assertTrue(Files.exists(directory.resolve("output.zip")));
        assertFalse(stderr().contains("Exception"), stderr());
    }

    @Test
    void documentAndSecretMayComeThroughPipes() throws Exception {
        shell.script("s.sh", "exit 0");
        Process command = start("run", "-", "--script", "s.sh", "--json");
        try (var pipe = command.outputWriter(StandardCharsets.UTF_8)) {
            pipe.write("{\"scoring\":{}}");
        }
        assertEquals(0, command.waitFor(), stderr());
        for (String file : new String[] {"-", "/dev/stdin"}) {
            Process connection = start("connection", "add", "c", "--access-key-id", "k", "--secret-key-file", file);
            try (var pipe = connection.outputWriter(StandardCharsets.UTF_8)) {
                pipe.write("s3cr3t\n");
            }
            assertEquals(0, connection.waitFor(), stderr());
        }
    }
}
