package io.longshore.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code longshore run} with real scripts. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RunCommandTest {
    @TempDir
    Path directory;

    private Shell shell;

    @BeforeEach
    void open() {
        shell = new Shell(directory);
    }

    private static Map<String, String> entries(Path zip) throws IOException {
        Map<String, String> entries = new TreeMap<>();
        try (InputStream in = Files.newInputStream(zip);
                ZipInputStream archive = new ZipInputStream(in)) {
            for (ZipEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                entries.put(entry.getName(), new String(archive.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return entries;
    }

    private static JsonNode json(Shell.Result result) throws IOException {
        return new ObjectMapper().readTree(result.out());
    }

    private void assertNothingIsLeft() throws IOException {
        for (String name : new String[] {"work", "logs", "tmp"}) {
            try (Stream<Path> left = Files.list(shell.home().resolve(name))) {
                assertEquals(List.of(), left.toList(), name);
            }
        }
    }

    // ---- a script without a document

    @Test
    void scriptOverFilesLeavesOneArchive() throws IOException {
        shell.file("in/a b.csv", "first");
        shell.file("žluť.csv", "second");
        shell.script("my script.sh", "cd \"$BATCH_INPUT_DIR\" && cp * \"$BATCH_OUTPUT_DIR\" && echo hidden");
        Shell.Result result = shell.run(
                "run", "--script", "my script.sh", "--input", "in/a b.csv", "--input", "žluť.csv", "--output", "ž.zip");
        assertEquals(0, result.code(), result.err());
        assertEquals("", result.out());
        Path archive = directory.resolve("ž.zip");
        assertEquals(Map.of("a b.csv", "first", "žluť.csv", "second"), entries(archive));

        List<String> lines = result.err().lines().toList();
        assertEquals(List.of("staging 2 inputs", "running my script.sh", "publishing the output"), lines.subList(0, 3));
        assertTrue(lines.get(3).startsWith("completed after "), result.err());
        assertEquals("output: " + archive + " (" + Files.size(archive) + " bytes)", lines.get(4));
        assertTrue(
                lines.get(5).matches("(queued [^,]+, )?stage .* s, launch .* s, run .* s, publish .* s, sweep .* s"),
                result.err());
        assertEquals(6, lines.size(), result.err());
        assertFalse(result.err().contains("\u001b") || result.err().contains("\r"), "no terminal codes");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"o.tar.gz, 1f8b", "o.TGZ, 1f8b", "o.tar.zst, 28b52ffd", "o.zip, 504b0304", "o, 504b0304"})
    void formatIsWhatTheNameOfTheOutputSays(String name, String magic) throws IOException {
        shell.script("s.sh", "echo x > \"$BATCH_OUTPUT_DIR/x\"");
        assertEquals(0, shell.run("run", "--script", "s.sh", "--output", name).code());
        String content = HexFormat.of().formatHex(Files.readAllBytes(directory.resolve(name)));
        assertEquals(magic, content.substring(0, magic.length()));
    }

    @Test
    void outputInSharedMemoryIsReplaced() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory));
        Path output = Files.createTempFile(memory, "longshore", ".zip");
        try {
            shell.script("s.sh", "echo x > \"$BATCH_OUTPUT_DIR/x\"");
            assertEquals(
                    0,
                    shell.run("run", "--script", "s.sh", "--output", output.toString())
                            .code());
            assertEquals(Map.of("x", "x\n"), entries(output));
        } finally {
            Files.delete(output);
        }
    }

    @Test
    void archiveIsOutputZipUnlessNamed() throws IOException {
        shell.script("s.sh", "echo x > \"$BATCH_OUTPUT_DIR/x\"");
        assertEquals(0, shell.run("run", "--script", "s.sh").code());
        assertEquals(Map.of("x", "x\n"), entries(directory.resolve("output.zip")));
        try (Stream<Path> entries = Files.list(directory)) {
            assertEquals(3, entries.count(), "the script, the home and the archive");
        }
    }

    @Test
    void variablesAndArgumentsReachTheScriptAsTheyAre() throws IOException {
        shell.script("s.sh", "printf '[%s]' \"$A\" \"${E-unset}\" \"$Q\" \"$@\" > \"$BATCH_OUTPUT_DIR/x\"");
        Shell.Result result = shell.run(
                "run",
                "--script",
                "s.sh",
                "--env",
                "A=1=2",
                "--env",
                "E=",
                "--env",
                "Q='$HOME' ž\n",
                "--",
                "--json",
                "a b",
                "--",
                "",
                "@x",
                "$y");
        assertEquals(0, result.code(), result.err());
        assertEquals(
                Map.of("x", "[1=2][]['$HOME' ž\n][--json][a b][--][][@x][$y]"),
                entries(directory.resolve("output.zip")));
    }

    @Test
    void scriptSeesTheCallersLocaleAndNothingOfTheLaunchers() throws IOException {
        shell.environment.put("LC_ALL", "C.UTF-8");
        shell.environment.put("LONGSHORE_CALLER_LC_ALL", "cs_CZ.UTF-8");
        shell.environment.put("SECRET_OF_THE_HOST", "x");
        shell.script("s.sh", "env > \"$BATCH_OUTPUT_DIR/env\"");
        assertEquals(0, shell.run("run", "--script", "s.sh").code());
        List<String> variables =
                entries(directory.resolve("output.zip")).get("env").lines().toList();
        assertTrue(variables.contains("LC_ALL=cs_CZ.UTF-8"), variables.toString());
        assertTrue(
                variables.stream().noneMatch(v -> v.startsWith("LONGSHORE_CALLER") || v.startsWith("SECRET_OF")),
                variables.toString());
    }

    @Test
    void failedScriptShowsTheEndOfItsStandardError() throws IOException {
        shell.script("s.sh", "echo 'no such column' >&2", "exit 7");
        Path old = shell.file("output.zip", "old");
        Shell.Result result = shell.run("run", "--script", "s.sh");
        assertEquals(1, result.code());
        assertEquals("", result.out());
        assertTrue(result.err().contains("exit code 7"), result.err());
        assertTrue(result.err().contains("\nno such column\n"), result.err());
        assertFalse(result.err().contains("output: "), result.err());
        assertEquals("old", Files.readString(old), "nothing was published");
        assertNothingIsLeft();
    }

    @Test
    void jobThatTakesTooLongIsEnded() throws IOException {
        shell.script("s.sh", "exec sleep 600");
        Shell.Result result = shell.run("run", "--script", "s.sh", "--timeout", "300ms");
        assertEquals(1, result.code(), result.err());
        assertTrue(result.err().contains("\ntimed out after "), result.err());
        assertNothingIsLeft();
    }

    @Test
    void emptyOutputIsAWarning() throws IOException {
        shell.script("s.sh", "exit 0");
        Shell.Result result = shell.run("run", "--script", "s.sh");
        assertEquals(0, result.code());
        assertTrue(
                result.err().contains("warning: nothing was published, as the script left BATCH_OUTPUT_DIR empty\n"),
                result.err());
        assertFalse(Files.exists(directory.resolve("output.zip")));
    }

    @Test
    void olderFileIsNotTakenForTheOutput() throws IOException {
        shell.script("s.sh", "exit 0");
        Path old = shell.file("output.zip", "old");
        Shell.Result result = shell.run("run", "--script", "s.sh");
        assertEquals(0, result.code());
        assertTrue(
                result.err()
                        .contains("warning: no output: nothing was written to \"" + old
                                + "\", and the file there is older\n"),
                result.err());
        assertEquals("old", Files.readString(old));
    }

    // ---- workspaces

    @Test
    void outputThatCouldNotBePublishedIsKept() throws IOException {
        Path into = Files.createDirectory(directory.resolve("into"));
        shell.script("s.sh", "echo result > \"$BATCH_OUTPUT_DIR/r\"", "rmdir '" + into + "'");
        Shell.Result result = shell.run("run", "--script", "s.sh", "--output", "into/o.zip", "--json");
        assertEquals(1, result.code(), result.err());
        Path kept = Path.of(after("not published, and kept until you remove it: ", result));
        assertEquals("result\n", Files.readString(kept.resolve("r")));
        assertFalse(result.err().contains("leftovers"), "no upload was begun: " + result.err());
    }

    @ParameterizedTest
    @CsvSource({"'', true", "', \"keep_workspace\": \"never\"', false"})
    void outputOfADocumentIsKeptUnlessItSaysOtherwise(String setting, boolean isKept) throws IOException {
        Path space = shell.home().resolve("space");
        shell.script(
                "s.sh", "echo result > \"$BATCH_OUTPUT_DIR/r\"", "rm -r '" + space + "/tmp'", "> '" + space + "/tmp'");
        shell.file("job.json", """
                {"deployment": {"id": "d"}, "scoring": {"output_data_reference":
                 {"type": "data_asset", "location": {"name": "o.zip"}}}, "longshore": {"retries": {"publish": 0}%s}}
                """.formatted(setting));
        Shell.Result result = shell.run("run", "job.json", "--script", "s.sh");
        assertEquals(1, result.code(), result.err());
        assertEquals(isKept, result.err().contains("not published, and kept until you remove it: "), result.err());
    }

    @Test
    void secondInputOfANameIsRenamedWithAWarning() throws IOException {
        Files.createDirectory(directory.resolve("b"));
        shell.file("in.txt", "1");
        shell.file("b/in.txt", "2");
        shell.script("s.sh", "cat \"$BATCH_INPUT_DIR/in.txt\" \"$BATCH_INPUT_DIR/in-2.txt\"");
        Shell.Result result =
                shell.run("run", "--script", "s.sh", "--input", "in.txt", "--input", "b/in.txt", "--logs");
        assertEquals("12", result.out());
        assertTrue(
                result.err()
                        .contains("warning: input \"in.txt\" was staged as \"in-2.txt\","
                                + " as an earlier one has its name\n"),
                result.err());
    }

    @Test
    void variablesOfTheEngineKeepItsValues() throws IOException {
        shell.script("s.sh", "echo \"$WORKDIR $LONGSHORE_INPUTS_FILE $(pwd -P)\"");
        Shell.Result result = shell.run(
                "run", "--script", "s.sh", "--logs", "--env", "WORKDIR=/tmp/w", "--env", "LONGSHORE_INPUTS_FILE=x");
        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().matches("(\\S+) \\S+/control/inputs.json \\1\\n"), result.out());
    }

    @Test
    void workspaceIsKeptWhereAskedFor() throws IOException {
        shell.script("s.sh", "echo x > \"$WORKDIR/left\"");
        Shell.Result result = shell.run("run", "--script", "s.sh", "--keep-workspace");
        assertEquals(0, result.code(), result.err());
        Path kept = Path.of(after("workspace: ", result));
        assertEquals("x\n", Files.readString(kept.resolve("scratch/left")));
    }

    private static String after(String beginning, Shell.Result result) {
        return result.err()
                .lines()
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .orElseThrow(() -> new AssertionError(result.err()))
                .substring(beginning.length());
    }

    @Test
    void missingInterpreterIsSaid() throws IOException {
        Path script = shell.script("s.sh", "exit 0");
        Files.writeString(script, "#!/no/such/interpreter\n");
        Shell.Result result = shell.run("run", "--script", "s.sh");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("/no/such/interpreter"), result.err());
    }

    // ---- logs

    @Test
    void logsGoWhereTheScriptWroteThem() throws IOException {
        shell.script("s.sh", "echo to out; echo to err >&2; printf 'no end'");
        Shell.Result result = shell.run("run", "--script", "s.sh", "--logs");
        assertEquals(0, result.code());
        assertEquals("to out\nno end", result.out());
        assertTrue(result.err().contains("to err\n"), result.err());
    }

    @Test
    void logsLeaveStandardOutputToTheDocument() throws IOException {
        shell.script("s.sh", "echo to out; echo to err >&2; exit 3");
        Shell.Result result = shell.run("run", "--script", "s.sh", "--logs", "--json");
        assertEquals(1, result.code());
        assertEquals("failed", json(result).at("/entity/scoring/status/state").textValue(), result.out());
        assertTrue(result.err().contains("to out\n"), result.err());
        assertTrue(result.err().contains("to err\n"), result.err());
        assertEquals(1, result.err().split("to err", -1).length - 1, "shown once");
    }

    @Test
    void logsAreShownWhileTheScriptRuns() throws Exception {
        Path go = directory.resolve("go");
        shell.script("s.sh", "echo begun", "while [ ! -e '" + go + "' ]; do sleep 0.05; done", "echo went");
        CompletableFuture<String> begun = new CompletableFuture<>();
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                super.write(bytes, offset, length);
                begun.complete(toString(StandardCharsets.UTF_8));
            }
        };
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> Main.run(
                shell.caller(new Output(out), new Output(new ByteArrayOutputStream())),
                "run",
                "--script",
                "s.sh",
                "--logs"));
        assertEquals("begun\n", begun.get());
        assertFalse(code.isDone());
        Files.createFile(go);
        assertEquals(0, code.get());
        assertEquals("begun\nwent\n", out.toString(StandardCharsets.UTF_8));
    }

    // ---- interrupts

    @ParameterizedTest
    @ValueSource(strings = {"--json", "--logs"})
    void interruptEndsTheScriptFirst(String option) throws Exception {
        Path pid = directory.resolve("pid");
        shell.script("s.sh", "echo $$ > '" + pid + ".new'; mv '" + pid + ".new' '" + pid + "'", "exec sleep 600");
        CompletableFuture<Shell.Result> result =
                CompletableFuture.supplyAsync(() -> shell.run("run", "--script", "s.sh", option));
        ProcessHandle script = awaitProcess(pid);
        shell.signal.send();
        assertFalse(script.isAlive(), "the script was ended before the command said its last word");
        assertEquals(130, result.get().code());
        assertTrue(result.get().err().contains("interrupted"), result.get().err());
        assertEquals(option.equals("--json"), result.get().out().contains("\"canceled\""), result.toString());
        assertNothingIsLeft();
    }

    private ProcessHandle awaitProcess(Path pid) throws Exception {
        try (var watch = directory.getFileSystem().newWatchService()) {
            directory.register(watch, java.nio.file.StandardWatchEventKinds.ENTRY_CREATE);
            while (!Files.exists(pid)) {
                watch.take().reset();
            }
        }
        return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();
    }

    // ---- documents

    private static String wml(String id, String scoring) {
        return "{\"deployment\":{\"id\":\"" + id + "\"},\"scoring\":" + scoring + "}";
    }

    @Test
    void documentRunsItsDeploymentOverAssets() throws IOException {
        shell.script("s.sh", "tr a-z A-Z < \"$BATCH_INPUT_DIR/in.txt\" > \"$BATCH_OUTPUT_DIR/$NAME\"");
        shell.run("deploy", "upper", "--script", "s.sh");
        shell.file("in.txt", "shout");
        String id = shell.run("asset", "add", "in.txt").line();
        shell.file("job.json", wml("upper", """
                {"input_data_references":[{"type":"data_asset","connection":{},
                  "location":{"href":"/v2/assets/%s?space_id=S"}}],
                 "output_data_reference":{"type":"data_asset","connection":{},"location":{"name":"loud.zip"}},
                 "environment_variables":{"NAME":"out.txt"}}
                """.formatted(id)));
        Shell.Result result = shell.run("run", "job.json", "--json");
        assertEquals(0, result.code(), result.err());
        assertEquals("", result.err());
        JsonNode scoring = json(result).at("/entity/scoring");
        assertEquals("completed", scoring.at("/status/state").textValue(), result.out());
        String href = scoring.at("/output_data_reference/location/href").textValue();
        String asset = href.replaceFirst("\\?.*", "").replaceFirst("/v2/assets/", "");
        assertEquals(0, shell.run("asset", "get", asset, "--output", "got.zip").code());
        assertEquals(Map.of("out.txt", "SHOUT"), entries(directory.resolve("got.zip")));

        Shell.Result lines = shell.run("run", "job.json");
        assertEquals(0, lines.code());
        assertTrue(lines.err().contains("output: asset \"loud.zip\", /v2/assets/"), lines.err());
    }

    @Test
    void documentMayComeFromStandardInputAndRunAnotherScript() throws IOException {
        shell.script("s.sh", "echo \"$1\" > \"$BATCH_OUTPUT_DIR/x\"");
        Shell.Result result = shell.input(wml(
                        "none-such",
                        "{\"output_data_reference\":{\"type\":\"data_asset\",\"location\":{\"name\":\"x\"}}}"))
                .run("run", "-", "--script", "s.sh", "--json", "--", "argument");
        assertEquals(0, result.code(), result.err());
        shell.run("asset", "get", "x", "--output", "x.zip");
        assertEquals(Map.of("x", "argument\n"), entries(directory.resolve("x.zip")));
    }

    @Test
    void timeoutOfTheCommandGoesBeforeTheDocuments() throws IOException {
        shell.script("s.sh", "exec sleep 600");
        Shell.Result result = shell.input(
                        "{\"deployment\":{\"id\":\"x\"},\"scoring\":{},\"longshore\":{\"timeout\":\"1h\"}}")
                .run("run", "-", "--script", "s.sh", "--json", "--timeout", "300ms");
        assertEquals(1, result.code(), result.err());
        assertEquals(
                "timeout",
                json(result).at("/entity/scoring/status/failure/errors/0/code").textValue(),
                result.out());
    }

    @Test
    void severalItemsAreCountedAndTheFailedOnesNamed() throws IOException {
        shell.script(
                "s.sh",
                "echo seen",
                "grep -q good \"$BATCH_INPUT_DIR/d\" || { echo is bad >&2; exit 4; }",
                "echo '{}' > \"$BATCH_OUTPUT_DIR/r.json\"");
        shell.run("deploy", "m", "--version", "1", "--script", "s.sh");
        shell.file("job.json", """
                {"model":{"identifier":"m","version":"1"},
                 "input":{"type":"text","sources":{"one":{"d":"good"},"two":{"d":"evil"},"three":{"d":"good"}}}}
                """);
        Shell.Result result = shell.run("run", "job.json", "--logs");
        assertEquals(3, result.code(), result.err());
        assertEquals(
                List.of("one: seen", "three: seen", "two: seen"),
                result.out().lines().sorted().toList());
        assertTrue(result.err().contains("item \"two\" failed: script ended with exit code 4\n"), result.err());
        assertTrue(result.err().contains("two: is bad\n"), result.err());
        assertTrue(result.err().contains(": 2 of 3 items completed, 1 failed\n"), result.err());

        Shell.Result document = shell.run("run", "job.json", "--json");
        assertEquals(3, document.code());
        assertEquals("COMPLETED", json(document).at("/job/status").textValue(), document.out());
        assertEquals(1, json(document).at("/results/failures").size(), document.out());
        assertTrue(json(document).at("/results/results/one/r.json").isObject(), document.out());
        assertTrue(document.err().contains("item \"two\" failed"), document.err());
    }

    // ---- terminals

    @Test
    void transfersHaveBarsOnATerminal() throws IOException {
        List<String> arguments = new ArrayList<>(List.of("run", "--script", "s.sh"));
        for (int i = 0; i < 3; i++) {
            shell.file("in" + i, "x".repeat(100_000));
            arguments.addAll(List.of("--input", "in" + i));
        }
        shell.script("s.sh", "cp \"$BATCH_INPUT_DIR\"/* \"$BATCH_OUTPUT_DIR\"");
        Shell.Result result = shell.terminal(60).run(arguments.toArray(String[]::new));
        assertEquals(0, result.code());
        assertTrue(result.err().contains("\rstage "), result.err());
        assertTrue(result.err().contains("100%"), result.err());
        assertTrue(result.err().contains("\rpublish "), result.err());
        assertTrue(result.err().lines().allMatch(line -> line.length() < 60 || !line.contains("%")), result.err());
        assertTrue(result.err().contains("\ncompleted after "), result.err());
        assertFalse(result.err().contains("\u001b"), "no colours");
    }
}
