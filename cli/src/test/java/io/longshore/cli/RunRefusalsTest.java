package io.longshore.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code longshore run} refuses before a script runs: with 2, naming what is wrong. */
class RunRefusalsTest {
    @TempDir
    Path directory;

    private Shell shell;

    @BeforeEach
    void open() throws IOException {
        shell = new Shell(directory);
        shell.script("s.sh", "touch '" + directory.resolve("ran") + "'");
        shell.file("in.csv", "1,2\n");
    }

    private Shell.Result refused(List<String> arguments) {
        List<String> all = new ArrayList<>(List.of("run"));
        all.addAll(arguments);
        Shell.Result result = shell.run(all.toArray(String[]::new));
        assertEquals(2, result.code(), result.toString());
        assertEquals("", result.out());
        assertTrue(result.err().startsWith("longshore: "), result.err());
        assertFalse(result.err().contains("Exception") || result.err().contains("\tat "), result.err());
        assertFalse(Files.exists(directory.resolve("ran")), "the script ran");
        assertFalse(Files.exists(directory.resolve("output.zip")));
        return result;
    }

    private Shell.Result refused(String... arguments) {
        return refused(List.of(arguments));
    }

    private Shell.Result refusedDocument(String document) {
        shell.input(document);
        Shell.Result result = refused("-", "--json");
        assertTrue(emptyOrMissing(shell.home().resolve("work")), "nothing is half done");
        return result;
    }

    private static boolean emptyOrMissing(Path directory) {
        String[] entries = directory.toFile().list();
        return entries == null || entries.length == 0;
    }

    @ParameterizedTest
    @CsvSource({
        "'', job document",
        "--script, --script",
        "--script nowhere, \"nowhere\"",
        "--script ., directory",
        "--script s.sh --input nowhere.csv, --input is not there: \"nowhere.csv\"",
        "--script s.sh --input ., --input is a directory",
        "--script s.sh --input /dev/null, --input is no regular file",
        "--script s.sh --input https://host/x, \"https://host/x\"",
        "--script s.sh --input s3://, \"s3://\"",
        "--script s.sh --input s3://bucket, \"s3://bucket\"",
        "--script s.sh --input s3:///key, \"s3:///key\"",
        "--script s.sh --output s3://bucket/folder/, \"s3://bucket/folder/\"",
        "--script s.sh --output ., --output is a directory",
        "--script s.sh --output new/, --output is a directory",
        "--script s.sh --output no/where.zip, \"no/where.zip\"",
        "--script s.sh --output in.csv/x, \"in.csv/x\"",
        "--script s.sh --output /dev/null, --output is no regular file",
        "--script s.sh --output /proc/x.zip, cannot be written to",
        "--script -, --script cannot be standard input",
        "--script s.sh --input -, --input cannot be standard input",
        "--script s.sh --output -, --output cannot be standard output",
        "--script s.sh --env K, --env must be NAME=VALUE: \"K\"",
        "--script s.sh --env =V, --env must be NAME=VALUE: \"=V\"",
        "--script text, script cannot be started: script is no .py and has no #! line",
        "--script crlf.sh, script cannot be started: script's #! line ends in a carriage return",
        "nowhere.json, \"nowhere.json\"",
        "s.sh, did you mean --script \"s.sh\"?",
        "s.py, did you mean --script \"s.py\"?",
        "blank.json, JOB.json is empty: \"blank.json\"",
        "nul.json, JOB.json holds a NUL character: \"nul.json\"",
        "/dev/zero, JOB.json is larger than 16.0 MiB: \"/dev/zero\"",
        "., \".\"",
        "job.json --input in.csv, --input goes with --script alone",
        "job.json --output x.zip, --output goes with --script alone",
        "job.json --env K=V, --env goes with --script alone",
        "job.json -- argument, go with --script",
        "a.json b.json, 'b.json'",
        "--script s.sh --script s.sh, --script",
    })
    void wrongUsageIsRefusedBeforeAnythingIsMade(String arguments, String reason) throws IOException {
        shell.file("job.json", "{}");
        shell.file("s.py", "print(1)\n");
        shell.file("blank.json", " \n");
        shell.file("nul.json", "{\0}");
        shell.file("text", "echo\n");
        shell.file("crlf.sh", "#!/bin/sh\r\n");
        Shell.Result result = refused(
                Stream.of(arguments.split(" ")).filter(a -> !a.isEmpty()).toList());
        assertTrue(result.err().contains(reason), result.err());
        assertFalse(Files.exists(shell.home()), "no home was made");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "5",
                "s",
                "0s",
                "-1s",
                "1.5s",
                "1 s",
                "5w",
                "5S",
                "٣s",
                "1h30m",
                "99999999999999999999s",
                "36501d",
                "999999999999999999h"
            })
    void durationThatIsNoneIsRefused(String timeout) {
        Shell.Result result = refused("--script", "s.sh", "--timeout=" + timeout);
        assertTrue(result.err().contains("--timeout"), result.err());
        assertTrue(result.err().contains("\"" + timeout + "\""), result.err());
    }

    @Test
    void directoryThatIsNotWritableIsFoundBeforeTheScriptRuns() throws IOException {
        Path file = shell.file("locked/old.zip", "old");
        // Root writes where the mode forbids it: then this directory is as good as any other.
        directory.resolve("locked").toFile().setWritable(false);
        if (Files.isWritable(directory.resolve("locked"))) {
            assertEquals(file.toRealPath(), Outputs.file(shell.caller(null, null), "locked/old.zip"));
        } else {
            assertTrue(refused("--script", "s.sh", "--output", "locked/new.zip")
                    .err()
                    .contains("cannot be written to"));
        }
        directory.resolve("locked").toFile().setWritable(true);
    }

    @Test
    void outputThroughALinkIsTheFileThatItLeadsTo() throws IOException {
        Path file = shell.file("real/out.zip", "old");
        Files.createSymbolicLink(directory.resolve("link.zip"), file);
        assertEquals(file.toRealPath(), Outputs.file(shell.caller(null, null), "link.zip"));
    }

    @Test
    void outputDoesNotReplaceWhatTheJobReads() throws IOException {
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("in.csv"));
        for (String output : List.of("in.csv", "link", "./in.csv")) {
            assertTrue(refused("--script", "s.sh", "--input", "in.csv", "--output", output)
                    .err()
                    .contains("is the file that --input names"));
        }
        assertTrue(refused("--script", "s.sh", "--output", "s.sh").err().contains("is the file that --script names"));
        assertEquals("1,2\n", Files.readString(directory.resolve("in.csv")));
        assertTrue(refused("--script", "s.sh", "--output", "/dev/stdout").err().contains("is no regular file"));
    }

    // ---- documents

    @Test
    void malformedDocumentIsNamedByLineAndColumn() {
        String err = refusedDocument("{\n  \"scoring\": {,}\n}").err();
        assertTrue(err.contains("line 2"), err);
        assertTrue(err.contains("column"), err);
    }

    @Test
    void documentThatIsNotUtf8IsRefused() throws IOException {
        Files.write(directory.resolve("job.json"), new byte[] {'{', (byte) 0xff, '}'});
        assertTrue(refused("job.json").err().contains("is not UTF-8: \"job.json\""));
    }

    @Test
    void documentThatCannotBeReadIsNamed() throws IOException {
        Path socket = directory.resolve("socket.json");
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(socket)); // which no user can open as a file, not even root
            assertEquals(
                    "longshore: JOB.json cannot be read: \"socket.json\"\n",
                    refused("socket.json").err());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "1", "{}"})
    void documentThatIsNoJobIsRefused(String document) {
        refusedDocument(document);
    }

    private static String wml(String scoring) {
        return "{\"deployment\":{\"id\":\"s\"},\"scoring\":" + scoring + "}";
    }

    @Test
    void unknownDeploymentIsNamed() {
        String err = refusedDocument(wml("{}")).err();
        assertTrue(err.contains("deployment.id") && err.contains("\"s\""), err);
    }

    @Test
    void unknownModelIsNamed() {
        String err = refusedDocument("""
                {"model":{"identifier":"m","version":"7"},"input":{"type":"aws-s3","accessKeyID":"AKIDEXAMPLE",
                 "secretAccessKey":"s3cr3t","region":"us-east-1","sources":{"i":{"d":{"bucket":"b","key":"k"}}}}}
                """).err();
        assertTrue(err.contains("model.identifier") && err.contains("m@7"), err);
        assertFalse(err.contains("s3cr3t"), err);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"input_data_references\":[{\"type\":\"ftp\",\"location\":{\"href\":\"/x\"}}]}"
                        + " | scoring.input_data_references[0].type | \"ftp\"",
                "{\"output_data_reference\":{\"type\":\"data_asset\",\"location\":{\"name\":\"a\",\"href\":\"/v2/assets/b\"}}}"
                        + " | scoring.output_data_reference.location | name \"a\" and href \"/v2/assets/b\"",
                "{\"environment_variables\":{\"A=B\":\"c\"}} | environment_variables | \"A=B\"",
                "{\"environment_variables\":{\"\":\"c\"}} | environment_variables | \"\"",
                "{\"environment_variables\":{\"A\":1}} | environment_variables.A | 1",
                "{\"input_data_references\":[{\"type\":\"file\",\"location\":{\"path\":\"/etc/passwd\"}}]}"
                        + " | scoring.input_data_references[0] | \"file\"",
                "{\"input_data_references\":[{\"type\":\"connection_asset\",\"connection\":{\"id\":\"cos\"},"
                        + "\"location\":{\"bucket\":\"b\",\"file_name\":\"f\"}}]}"
                        + " | scoring.input_data_references[0].connection.id | \"cos\"",
            })
    void wrongFieldsAreNamedWithTheirValues(String scoring, String field, String value) {
        assertEquals("s@1", shell.run("deploy", "s", "--script", "s.sh").line());
        String err = refusedDocument(wml(scoring)).err();
        assertTrue(err.contains(field), err);
        assertTrue(err.contains(value), err);
    }

    @Test
    void endpointWithAUserIsRefusedAndNotQuoted() {
        assertEquals("m@1", shell.run("deploy", "m", "--script", "s.sh").line());
        String err = refusedDocument("""
                {"model":{"identifier":"m"},"input":{"type":"storage-grid","endpoint":"http://user:s3cr3t@127.0.0.1:9",
                 "accessKeyID":"AKIDEXAMPLE","secretAccessKey":"s3cr3t","sources":{"i":{"d":{"bucket":"bucket","key":"k"}}}}}
                """).err();
        assertTrue(err.contains("input.endpoint is no http or https address without a user"), err);
        assertFalse(err.contains("s3cr3t"), err);
    }

    @Test
    void oneLevelSourcesAreRefused() {
        assertEquals(
                "m@1",
                shell.run("deploy", "m", "--version", "1", "--script", "s.sh").line());
        String err = refusedDocument("""
                {"model":{"identifier":"m","version":"1"},"input":{"type":"aws-s3","accessKeyID":"AKIDEXAMPLE",
                 "secretAccessKey":"s3cr3t","region":"us-east-1","sources":{"d":{"bucket":"b","key":"k"}}}}
                """).err();
        assertTrue(err.contains("input.sources.d"), err);
        assertFalse(err.contains("s3cr3t"), err);
    }
}
