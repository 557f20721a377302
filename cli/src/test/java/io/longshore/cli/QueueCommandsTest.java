package io.longshore.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The queue in one process; what only processes of their own show is in integration-tests. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class QueueCommandsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NOBODY = "00000000-0000-0000-0000-000000000000";

    @TempDir
    Path directory;

    private Shell shell;

    @BeforeEach
    void open() {
        shell = new Shell(directory);
    }

    private String submit(String document, String... options) {
        String[] arguments = new String[options.length + 2];
        arguments[0] = "submit";
        arguments[1] = "-";
        System.arraycopy(options, 0, arguments, 2, options.length);
        Shell.Result result = shell.input(document).run(arguments);
        assertEquals(0, result.code(), result.err());
        assertEquals("", result.err());
        return result.line();
    }

    /** Runs the queue until a job has ended, and then what else runs; returns what the job's script said. */
    private String work(String id, String... logs) {
        Shell worker = new Shell(directory);
        CompletableFuture<Shell.Result> working = CompletableFuture.supplyAsync(() -> worker.run("work"));
        String[] arguments = new String[logs.length + 3];
        arguments[0] = "logs";
        arguments[1] = "-f";
        arguments[2] = id;
        System.arraycopy(logs, 0, arguments, 3, logs.length);
        Shell.Result said = shell.run(arguments);
        worker.signal.send();
        Shell.Result worked = working.join();
        assertEquals(0, worked.code(), worked.err());
        assertEquals("", worked.out());
        assertEquals(0, said.code(), said.err());
        assertEquals("", said.err());
        return said.out();
    }

    private JsonNode shown(String id) throws IOException {
        Shell.Result result = shell.run("show", id, "--json");
        assertEquals(0, result.code(), result.err());
        return JSON.readTree(result.out());
    }

    private String state(String id) throws IOException {
        return shown(id).at("/entity/scoring/status/state").textValue();
    }

    private void refused(String message, String... arguments) {
        Shell.Result result = shell.run(arguments);
        assertEquals(Main.REFUSED, result.code(), result.err());
        assertEquals("", result.out());
        assertTrue(result.err().contains(message), result.err());
    }

    @Test
    void submittedJobWaitsForAWorker() throws Exception {
        shell.script("s.sh", "echo \"$1\"", "echo x > \"$BATCH_OUTPUT_DIR/x\"");
        String id = submit("""
                {"name":"one","scoring":{"output_data_reference":{"type":"data_asset","location":{"name":"o.zip"}}}}
                """, "--script", "s.sh", "--", "two  words");
        assertEquals("queued", state(id));
        assertEquals("two  words\n", work(id));
        assertEquals("completed", state(id));
        assertTrue(shell.run("show", id).out().contains("\noutput: asset \"o.zip\", /v2/assets/"));
        assertTrue(shell.run("asset", "list").out().contains("o.zip"));
        assertEquals("two  words\n", shell.run("logs", id).out());
        assertEquals(0, shell.home().resolve("work").toFile().list().length);
    }

    @Test
    void jobsAreListedNewestFirst() throws Exception {
        shell.script("s.sh", "exit 0");
        String first = submit("{\"name\":\"a\",\"scoring\":{}}", "--script", "s.sh");
        String second = submit("{\"scoring\":{}}", "--script", "s.sh");
        String table = shell.run("jobs").out();
        assertTrue(
                table.matches("(?s)" + second + "  queued     [^ ]+Z  0/1  s\\.sh\n" + first + ".*a \\(s\\.sh\\)\n"),
                table);
        JsonNode jobs = JSON.readTree(shell.run("jobs", "--json").out());
        assertEquals(second, jobs.at("/0/id").textValue());
        assertEquals("a", jobs.at("/1/name").textValue());
        assertEquals(1, jobs.at("/1/pending").intValue());
    }

    @Test
    void outputThatCouldNotBePublishedIsPublishedLater() throws Exception {
        shell.script("s.sh", "echo run", "echo x > \"$BATCH_OUTPUT_DIR/x\"");
        String id = submit("""
                {"scoring":{"output_data_reference":{"type":"data_asset","location":{"name":"o.zip"}}},
                 "longshore":{"retries":{"publish":0}}}
                """, "--script", "s.sh");
        refused("has not ended", "retry-publish", id);
        Path tmp = shell.home().resolve("space").resolve("tmp");
        Files.delete(tmp);
        Files.createFile(tmp); // where outputs are written to before they are assets
        assertEquals("run\n", work(id));
        assertEquals("failed", state(id));
        Files.delete(tmp);
        Files.createDirectory(tmp);
        String again = shell.run("retry-publish", id).line();
        assertEquals("", work(again));
        assertEquals("completed", state(again));
        assertTrue(shell.run("asset", "list").out().contains("o.zip"));
        assertEquals(0, shell.home().resolve("work").toFile().list().length);
        refused("has no output that is kept here and was not published", "retry-publish", id);
        refused("the queue has no job of this id", "retry-publish", NOBODY);
    }

    @Test
    void keyIsOneJob() throws Exception {
        shell.script("s.sh", "exit 0");
        String id = submit("{\"scoring\":{}}", "--script", "s.sh", "--key", "k");
        assertEquals(id, submit("{\"scoring\":{}}", "--script", "s.sh", "--key", "k"));
        assertEquals(1, shell.run("jobs").out().lines().count());
    }

    @Test
    void jobRemembersItsSpace() throws Exception {
        Path secret = shell.file("secret", "s3cr3t");
        for (String space : new String[] {"one", "other"}) {
            shell.run(
                    "connection",
                    "add",
                    "cos",
                    "--endpoint",
                    "http://127.0.0.1:9/" + space,
                    "--access-key-id",
                    "k",
                    "--secret-key-file",
                    secret.toString(),
                    "--space",
                    space);
        }
        shell.script(
                "s.sh",
                "cat \"$BATCH_INPUT_DIR\"/*",
                "cat \"$LONGSHORE_CONNECTIONS_FILE\"",
                "cp \"$JOBS_PAYLOAD_FILE\" \"$BATCH_OUTPUT_DIR/payload\"");
        shell.file("in.txt", "the input\n");
        assertEquals(
                "d@1",
                shell.run("deploy", "d", "--script", "s.sh", "--space", "other").line());
        String asset = shell.run("asset", "add", "in.txt", "--space", "other").line();
        String connected = shell.run(
                        "asset",
                        "add",
                        "--connection",
                        "cos",
                        "--bucket",
                        "b",
                        "--key",
                        "k",
                        "--name",
                        "c",
                        "--space",
                        "other")
                .line();
        String document = """
                {"deployment":{"id":"d"},"scoring":{"input_data_references":[
                  {"type":"data_asset","connection":{},"location":{"href":"/v2/assets/%s"}},
                  {"type":"data_asset","connection":{},"location":{"href":"/v2/assets/%s"}},
                  {"type":"connection_asset","connection":{"id":"cos"},"location":{"bucket":"b","file_name":"f"}}],
                 "output_data_reference":{"type":"data_asset","connection":{},"location":{"name":"o.zip"}}}}
                """.formatted(asset, connected);
        String id = submit(document, "--space", "other");
        String said = work(id);
        assertTrue(
                said.startsWith("the input\n{\"cos\":{\"type\":\"s3\",\"endpoint\":\"http://127.0.0.1:9/other\""),
                said);
        assertEquals(1, said.split("\"cos\"", -1).length - 1);
        JsonNode shown = shown(id);
        assertEquals("completed", shown.at("/entity/scoring/status/state").textValue(), shown.toString());
        assertFalse(shown.toString().contains("other"), shown.toString());
        assertTrue(shell.run("asset", "get", "o.zip", "--space", "other", "--output", "o.zip")
                        .code()
                == 0);
        try (var zip = new java.util.zip.ZipFile(directory.resolve("o.zip").toFile())) {
            assertEquals(
                    document,
                    new String(
                            zip.getInputStream(zip.getEntry("payload")).readAllBytes(),
                            java.nio.charset.StandardCharsets.UTF_8));
        }
        assertEquals("", shell.run("asset", "list").out());
    }

    @Test
    void spaceThatIsGoneFailsTheJobAndIsNotMadeAnew() throws Exception {
        shell.script("s.sh", "exit 0");
        shell.file("in.txt", "x");
        String asset = shell.run("asset", "add", "in.txt", "--space", "gone").line();
        String id = submit(
                "{\"scoring\":{\"input_data_references\":[{\"id\":\"i\",\"type\":\"data_asset\",\"location\":{\"href\":\"/v2/assets/"
                        + asset + "\"}}]}}",
                "--script",
                "s.sh",
                "--space",
                "gone");
        Files.move(directory.resolve("gone"), directory.resolve("elsewhere"));
        assertEquals("", work(id));
        String text = shown(id).at("/entity/scoring/status/message/text").textValue();
        assertTrue(
                text.startsWith("input data_asset reference \"i\" {href=/v2/assets/" + asset
                        + "} could not be staged: the space of the job is gone"),
                text);
        assertFalse(Files.exists(directory.resolve("gone")));
    }

    @Test
    void connectionsOfAnotherSpaceAreOutOfReach() throws Exception {
        shell.script("s.sh", "exit 0");
        shell.file("secret", "s3cr3t");
        shell.run(
                "connection", "add", "cos", "--access-key-id", "k", "--secret-key-file", "secret", "--space", "other");
        for (String connection : new String[] {"cos", directory.resolve("other") + "//cos"}) {
            shell.input("{\"scoring\":{\"input_data_references\":[{\"type\":\"s3\",\"connection\":{\"id\":\""
                    + connection + "\"},\"location\":{\"bucket\":\"b\",\"key\":\"k\"}}]}}");
            refused(
                    "connection.id names no connection that is known here: \"" + connection + "\"",
                    "submit",
                    "-",
                    "--script",
                    "s.sh");
        }
    }

    @Test
    void whatWasLeftOutOfALogIsSaidOnStderrAlone() throws Exception {
        shell.script("s.sh", "echo 0123456789");
        String id = submit("{\"scoring\":{}}", "--script", "s.sh");
        assertEquals("0123456789\n", work(id));
        Path log = shell.home().resolve("logs").resolve(id).resolve("0").resolve("1.stdout.log");
        Files.writeString(log, "0123789\n");
        Files.writeString(log.resolveSibling("1.stdout.log.gap"), "4 7 cut\n");
        for (String[] arguments : new String[][] {{"logs", id}, {"logs", "-f", id}}) {
            Shell.Result said = shell.run(arguments);
            assertEquals("0123789\n", said.out());
            assertEquals("[3 bytes left out]\n", said.err());
        }
    }

    @Test
    void logsOfSeveralItemsAreAskedForByNumber() throws Exception {
        shell.script("s.sh", "cat \"$BATCH_INPUT_DIR/t\"; echo oops >&2");
        assertEquals("w@1", shell.run("deploy", "w", "--script", "s.sh").line());
        String id = submit(
                "{\"model\":{\"identifier\":\"w\"},\"input\":{\"type\":\"text\",\"sources\":{\"a\":{\"t\":\"A\"},\"b\":{\"t\":\"B\"}}}}");
        refused("--item is missing: the job has several, numbered 0 to 1", "logs", id);
        refused("--item is no number of an item, of which there are 2, from 0: \"2\"", "logs", id, "--item", "2");
        assertEquals("B", work(id, "--item", "1"));
        assertEquals("A", shell.run("logs", id, "--item", "0").out());
        assertEquals("oops\n", shell.run("logs", "--stderr", id, "--item", "0").out());
        assertTrue(shell.run("show", id).out().contains("\nitem 1 \"b\": completed\n"));
        assertTrue(JSON.readTree(shell.run("show", id, "--json").out()).has("results"));
    }

    @Test
    void waitingJobIsCanceledWithoutAWorker() throws Exception {
        shell.script("s.sh", "exit 0");
        String id = submit("{\"scoring\":{}}", "--script", "s.sh");
        Shell.Result canceled = shell.run("cancel", id);
        assertEquals(0, canceled.code(), canceled.err());
        assertEquals("", canceled.out());
        assertEquals("job " + id + " has ended: canceled\n", canceled.err());
        assertEquals(
                "job " + id + " had ended before: canceled\n",
                shell.run("cancel", id).err());
        assertEquals("canceled", state(id));
        assertEquals("", shell.run("logs", "-f", id).out());
    }

    @Test
    void failedJobIsShownAndThatIsNoFailure() throws Exception {
        shell.script("s.sh", "echo why >&2", "exit 7");
        String id = submit("{\"scoring\":{}}", "--script", "s.sh");
        assertEquals("why\n", work(id, "--stderr"));
        Shell.Result result = shell.run("show", id);
        assertEquals(0, result.code());
        assertTrue(result.out().contains("exit code 7"), result.out());
        assertTrue(result.out().contains("the script's standard error ended with:\nwhy\n"), result.out());
        assertEquals("failed", state(id));
    }

    @Test
    void failureOfTheOnlyItemOfACompletedJobIsShown() throws Exception {
        shell.script("s.sh", "echo no good >&2", "exit 4");
        assertEquals(
                0,
                shell.run("deploy", "m", "--version", "1", "--script", "s.sh").code());
        String id = submit("""
                {"model":{"identifier":"m","version":"1"},"input":{"type":"text","sources":{"a":{"t":"x"}}}}
                """);
        assertEquals("", work(id));
        String shown = shell.run("show", id).out();
        assertTrue(
                shown.contains("\nitem \"a\" failed: script ended with exit code 4\n")
                        && shown.contains("\nno good\n")
                        && shown.contains("\ncompleted after "),
                shown);
    }

    @Test
    void unknownJobsAreRefused() throws Exception {
        for (String command : new String[] {"show", "logs", "cancel"}) {
            refused("the queue has no job of this id: \"" + NOBODY + "\"", command, NOBODY);
            refused("job id is no job id: \"7\"", command, "7");
            refused("ID is missing", command);
        }
        assertEquals("", shell.run("jobs").out());
        assertEquals("[ ]\n", shell.run("jobs", "--json").out());
    }

    @Test
    void submissionThatIsWrongLeavesNoJob() throws Exception {
        refused("JOB.json is missing", "submit");
        shell.input("{\"scoring\":{},\"deployment\":{\"id\":\"none\"}}");
        refused("deployment.id names no script that is known here: \"none\"", "submit", "-");
        assertEquals("", shell.run("jobs").out());
    }
}
