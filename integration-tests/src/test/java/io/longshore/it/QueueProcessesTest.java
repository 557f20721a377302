package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.longshore.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One home, and a process for each command on its queue. */
@Timeout(300)
final class QueueProcessesTest {
    private static final int JOBS = 12;

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();
    private Path gate;

    /** A script says its number, waits at the gate, and says so. */
    @BeforeEach
    void makeScript() throws Exception {
        gate = directory.resolve("gate");
        Tool.shell("mkfifo \"$1\"", gate);
        Files.writeString(
                directory.resolve("wait.sh"),
                "#!/bin/sh\necho begin $$\nread word < '" + gate
                        + "'\necho $word $$\necho x > \"$BATCH_OUTPUT_DIR/x\"\n");
        Files.writeString(directory.resolve("job.json"), """
                {"scoring":{"output_data_reference":{"type":"data_asset","location":{"name":"o.zip"}}}}""");
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (Process process : started) {
            process.destroyForcibly();
            process.waitFor();
        }
        assertEquals(List.of(), Processes.holding(directory, List.of()));
        assertEquals(0, directory.resolve("home").resolve("work").toFile().list().length);
    }

    private ProcessBuilder longshore(Object... arguments) {
        return Tool.java(
                        Map.of(
                                "PATH",
                                System.getenv("PATH"),
                                "LONGSHORE_HOME",
                                directory.resolve("home").toString()),
                        List.of("--enable-native-access=ALL-UNNAMED"),
                        Main.class,
                        arguments)
                .directory(directory.toFile());
    }

    private Process start(Object... arguments) throws IOException {
        Process process = longshore(arguments).start();
        started.add(process);
        return process;
    }

    private String submit(String script) throws Exception {
        String id = Tool.run(longshore("submit", "job.json", "--script", script));
        assertTrue(id.matches("[-0-9a-f]{36}\n"), id);
        return id.strip();
    }

    private JsonNode jobs() throws Exception {
        return new ObjectMapper().readTree(Tool.run(longshore("jobs", "--json")));
    }

    private String state(String id) throws Exception {
        for (JsonNode job : jobs()) {
            if (job.get("id").textValue().equals(id)) {
                return job.get("state").textValue();
            }
        }
        throw new AssertionError("job " + id + " is not listed");
    }

    private static ProcessHandle script(String line) {
        assertTrue(line != null && line.startsWith("begin "), "the script said: " + line);
        return ProcessHandle.of(Long.parseLong(line.substring("begin ".length())))
                .orElseThrow();
    }

    /** By its handle: Process.destroy would close what the process still says. */
    private static void terminate(Process process) {
        assertTrue(process.toHandle().destroy());
    }

    private static void awaitLine(BufferedReader lines, String part) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.contains(part)) {
            line = lines.readLine();
        }
        assertTrue(line != null, "nobody said: " + part);
    }

    @Test
    void killedWorkersScriptIsFinishedByTheNext() throws Exception {
        String id = submit("wait.sh");
        Process first = start("work");
        Process logs = start("logs", "-f", id);
        try (BufferedReader lines = logs.inputReader(UTF_8)) {
            ProcessHandle script = script(lines.readLine());
            first.destroyForcibly();
            assertEquals(137, first.waitFor());
            Process second = start("work");
            Files.writeString(gate, "through\n");
            assertEquals("through " + script.pid(), lines.readLine());
            assertEquals(null, lines.readLine());
            assertEquals(0, logs.waitFor());
            terminate(second);
            assertEquals(0, second.waitFor());
            assertEquals("completed", state(id));
            assertEquals("begin " + script.pid() + "\nthrough " + script.pid() + "\n", Tool.run(longshore("logs", id)));
        }
    }

    @Test
    void secondSignalLeavesTheScriptAndCancelEndsItWithoutAWorker() throws Exception {
        String id = submit("wait.sh");
        Process worker = start("work");
        Process logs = start("logs", "-f", id);
        try (BufferedReader lines = logs.inputReader(UTF_8);
                BufferedReader said = worker.errorReader(UTF_8)) {
            ProcessHandle script = script(lines.readLine());
            terminate(worker);
            awaitLine(said, "draining");
            assertTrue(worker.isAlive());
            terminate(worker);
            assertEquals(0, worker.waitFor());
            assertTrue(script.isAlive());
            assertEquals("running", state(id));
            assertEquals("job " + id + " has ended: canceled\n", Tool.run(longshore("cancel", id)));
            assertFalse(script.isAlive());
            assertEquals(0, logs.waitFor());
            assertEquals("canceled", state(id));
        }
    }

    @Test
    void killedWorkersJobIsCanceledFromElsewhere() throws Exception {
        String id = submit("wait.sh");
        Process worker = start("work");
        Process logs = start("logs", "-f", id);
        try (BufferedReader lines = logs.inputReader(UTF_8)) {
            ProcessHandle script = script(lines.readLine());
            worker.destroyForcibly();
            assertEquals(137, worker.waitFor());
            assertEquals("job " + id + " has ended: canceled\n", Tool.run(longshore("cancel", id)));
            assertFalse(script.isAlive());
            assertEquals(0, logs.waitFor());
        }
    }

    @Test
    void livingWorkersJobIsCanceledFromElsewhere() throws Exception {
        String id = submit("wait.sh");
        Process worker = start("work", "--leave");
        Process logs = start("logs", "-f", id);
        try (BufferedReader lines = logs.inputReader(UTF_8)) {
            ProcessHandle script = script(lines.readLine());
            assertEquals("job " + id + " has ended: canceled\n", Tool.run(longshore("cancel", id)));
            assertFalse(script.isAlive());
            assertTrue(worker.isAlive());
            assertEquals(0, logs.waitFor());
            terminate(worker);
            assertEquals(0, worker.waitFor());
        }
    }

    @Test
    void twoWorkersRunEachJobOnce() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < JOBS; i++) {
            Files.writeString(
                    directory.resolve(i + ".sh"),
                    "#!/bin/sh\necho x >> '" + directory.resolve("runs-" + i) + "'\n: > '"
                            + directory.resolve("ran-" + i) + "'\n");
        }
        List<Process> workers = List.of(start("work"), start("work"));
        for (int i = 0; i < JOBS; i++) {
            ids.add(submit(i + ".sh"));
        }
        for (int i = 0; i < JOBS; i++) {
            Marks.await(directory.resolve("ran-" + i));
        }
        for (Process worker : workers) {
            terminate(worker);
            assertEquals(0, worker.waitFor());
        }
        JsonNode jobs = jobs();
        assertEquals(JOBS, jobs.size());
        for (int i = 0; i < JOBS; i++) {
            assertEquals(ids.get(JOBS - 1 - i), jobs.get(i).get("id").textValue());
            assertEquals("completed", jobs.get(i).get("state").textValue());
            assertEquals("x\n", Files.readString(directory.resolve("runs-" + i)));
        }
    }
}
