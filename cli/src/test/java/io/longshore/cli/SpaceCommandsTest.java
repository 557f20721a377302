package io.longshore.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.longshore.api.Connection;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.api.Secret;
import io.longshore.engine.TinkSealer;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that fill and read a space. */
class SpaceCommandsTest {
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    @TempDir
    Path directory;

    private Shell shell;

    @BeforeEach
    void open() {
        shell = new Shell(directory);
    }

    private LocalSpace space() throws IOException {
        return LocalSpace.open(
                shell.home().resolve("space"), TinkSealer.ofKeyFile(shell.home().resolve("key")));
    }

    private Shell.Result refused(String... arguments) {
        Shell.Result result = shell.run(arguments);
        assertEquals(2, result.code(), result.toString());
        assertEquals("", result.out());
        assertFalse(result.err().contains("Exception"), result.err());
        assertTrue(result.err().startsWith("longshore: "), result.err());
        return result;
    }

    // ---- assets

    @Test
    void addedFileIsAnAssetWhoseIdIsPrintedAlone() throws IOException {
        shell.file("žluť a b.csv", "1,2\n");
        Shell.Result added = shell.run("asset", "add", "žluť a b.csv");
        assertEquals(0, added.code());
        assertTrue(added.line().matches(UUID), added.out());
        Asset asset = space().find("žluť a b.csv").orElseThrow();
        assertEquals(asset.id(), added.line());
        assertEquals("1,2\n", shell.run("asset", "get", added.line()).out());
    }

    @Test
    void assetMayComeFromStandardInputAndGoToStandardOutput() throws IOException {
        Shell.Result added = shell.input("1,2\n").run("asset", "add", "-", "--name", "data.csv");
        assertEquals(0, added.code(), added.err());
        assertEquals("text/csv", space().find("data.csv").orElseThrow().mediaType());
        assertEquals(
                "1,2\n",
                shell.run("asset", "get", added.line(), "--output", "-").out());
        assertTrue(refused("asset", "add", "-").err().contains("--name is missing"));
        assertTrue(refused("deploy", "s", "--script", "-").err().contains("--script cannot be standard input"));
    }

    @Test
    void nameMeansTheNewestAndListingShowsItAlone() throws Exception {
        shell.file("a", "old");
        shell.file("b", "newer");
        String older = shell.run("asset", "add", "a", "--name", "data").line();
        String newer = shell.run("asset", "add", "b", "--name", "data").line();
        assertNotEquals(older, newer);
        assertEquals("newer", shell.run("asset", "get", "data").out());
        assertEquals("old", shell.run("asset", "get", older).out());

        JsonNode newest =
                new ObjectMapper().readTree(shell.run("asset", "list", "--json").out());
        assertEquals(1, newest.size());
        JsonNode asset = newest.get(0);
        List<String> fields = new ArrayList<>();
        asset.fieldNames().forEachRemaining(fields::add);
        assertEquals(List.of("id", "name", "size", "sha256", "created_at"), fields);
        assertEquals(newer, asset.get("id").textValue());
        assertEquals("data", asset.get("name").textValue());
        assertEquals(5, asset.get("size").longValue());
        assertEquals(
                space().find("data").orElseThrow().sha256(), asset.get("sha256").textValue());

        JsonNode all = new ObjectMapper()
                .readTree(shell.run("asset", "list", "--json", "--all").out());
        assertEquals(2, all.size());
        assertEquals(older, all.get(0).get("id").textValue());
    }

    @Test
    void emptySpaceListsNothing() {
        assertEquals(new Shell.Result(0, "", ""), shell.run("asset", "list"));
        assertEquals("[ ]\n", shell.run("asset", "list", "--json").out());
    }

    @Test
    void listingShowsNoTerminalCodeOfAName() throws IOException {
        shell.file("a", "x");
        shell.run("asset", "add", "a", "--name", "\u001b[31mred\nline");
        String line = shell.run("asset", "list").line();
        assertTrue(line.endsWith("1 byte  \\u001b[31mred\\u000aline"), line);
    }

    @Test
    void gotFileReplacesAnOlderOneAndLeavesNothingBeside() throws IOException {
        shell.file("a", "new");
        shell.run("asset", "add", "a");
        Path old = shell.file("out/copy", "old");
        assertEquals(new Shell.Result(0, "", ""), shell.run("asset", "get", "a", "--output", "out/copy"));
        assertEquals("new", Files.readString(old));
        try (Stream<Path> entries = Files.list(directory.resolve("out"))) {
            assertEquals(List.of(old), entries.toList());
        }
    }

    @Test
    void bytesComeThroughStandardOutputAsTheyAre() throws IOException {
        byte[] bytes = new byte[200_000];
        new java.util.Random(7).nextBytes(bytes);
        Files.write(directory.resolve("blob"), bytes);
        shell.run("asset", "add", "blob");
        var out = new java.io.ByteArrayOutputStream();
        assertEquals(
                0,
                Main.run(
                        shell.caller(new Output(out), new Output(new java.io.ByteArrayOutputStream())),
                        "asset",
                        "get",
                        "blob"));
        assertArrayEquals(bytes, out.toByteArray());
    }

    @Test
    void spaceIsTheOneThatIsNamed() throws IOException {
        shell.file("a", "x");
        shell.run("asset", "add", "a", "--space", "other");
        assertEquals("", shell.run("asset", "list").out());
        assertTrue(shell.run("asset", "list", "--space", "other").line().endsWith("  a"));
    }

    @Test
    void wrongAssetCommandsAreRefusedByName() throws IOException {
        shell.file("a", "x");
        Files.createDirectory(directory.resolve("d"));
        shell.run("asset", "add", "a");
        assertTrue(refused("asset", "add").err().contains("FILE is missing"));
        assertTrue(refused("asset", "add", "nowhere").err().contains("\"nowhere\""));
        assertTrue(refused("asset", "add", "d").err().contains("directory"));
        assertTrue(refused("asset", "add", "").err().contains("FILE is empty"));
        assertTrue(refused("asset", "add", "a", "--name", "").err().contains("asset name"));
        assertTrue(refused("asset", "get").err().contains("NAME-OR-ID is missing"));
        assertTrue(refused("asset", "get", "nowhere").err().contains("\"nowhere\""));
        assertTrue(refused("asset", "get", "a", "--output", "d").err().contains("directory"));
        assertTrue(refused("asset", "get", "a", "--output", "no/where").err().contains("\"no/where\""));
        assertTrue(refused("asset", "add", "a", "--key", "k").err().contains("--key needs --connection"));
        assertEquals(1, space().listAll().size(), "nothing was half done");
    }

    @Test
    void connectedAssetKeepsItsAddress() throws Exception {
        addConnection("cos", "--bucket", "usual");
        Shell.Result added = shell.run(
                "asset", "add", "--connection", "cos", "--bucket", "raw", "--key", "2025/events", "--name", "events");
        assertEquals(0, added.code(), added.err());
        assertEquals("", added.err());
        Asset asset = space().find(added.line()).orElseThrow();
        assertEquals("connection_asset", asset.connected().orElseThrow().type());
        assertEquals(Optional.of("raw"), asset.connected().get().location("bucket"));
        assertEquals(Optional.of("2025/events"), asset.connected().get().location("key"));

        String usual = shell.run("asset", "add", "--connection", "cos", "--key", "k", "--name", "n")
                .line();
        assertEquals(
                Optional.of("usual"),
                space().find(usual).orElseThrow().connected().orElseThrow().location("bucket"));

        assertTrue(refused("asset", "get", "events").err().contains("connected"));
        JsonNode listed =
                new ObjectMapper().readTree(shell.run("asset", "list", "--json").out());
        assertTrue(listed.get(0).get("size").isNull());
    }

    @Test
    void connectedAssetOfAnUnknownConnectionIsKeptWithAWarning() {
        Shell.Result added =
                shell.run("asset", "add", "--connection", "cos", "--bucket", "b", "--key", "k", "--name", "n");
        assertEquals(0, added.code());
        assertTrue(added.err().contains("no connection \"cos\""), added.err());
    }

    @Test
    void incompleteConnectedAssetsAreRefused() {
        assertTrue(refused("asset", "add", "--connection", "c", "--bucket", "b", "--name", "n")
                .err()
                .contains("--key is missing"));
        assertTrue(refused("asset", "add", "--connection", "c", "--bucket", "b", "--key", "k")
                .err()
                .contains("--name is missing"));
        assertTrue(refused("asset", "add", "--connection", "c", "--key", "k", "--name", "n")
                .err()
                .contains("--bucket is missing"));
        assertTrue(refused("asset", "add", "file", "--connection", "c", "--key", "k", "--name", "n")
                .err()
                .contains("exclude one another"));
    }

    // ---- connections

    private Shell.Result addConnection(String id, String... more) throws IOException {
        shell.file("secret", "s3cr3t-k3y\n");
        List<String> arguments = new ArrayList<>(List.of(
                "connection",
                "add",
                id,
                "--endpoint",
                "https://s3.example.com",
                "--region",
                "eu-1",
                "--access-key-id",
                "AKIDEXAMPLE",
                "--secret-key-file",
                "secret"));
        arguments.addAll(List.of(more));
        Shell.Result result = shell.run(arguments.toArray(String[]::new));
        assertEquals(0, result.code(), result.err());
        return result;
    }

    @Test
    void connectionIsKeptWithItsSecretsSealed() throws IOException {
        Shell.Result result = addConnection("cos", "--bucket", "raw");
        assertEquals("", result.out());
        Files.delete(directory.resolve("secret"));

        Connection kept = space().connections().find("cos").orElseThrow();
        assertEquals("s3", kept.type());
        assertEquals(Optional.of("https://s3.example.com"), kept.property("endpoint"));
        assertEquals(Optional.of("eu-1"), kept.property("region"));
        assertEquals(Optional.of("raw"), kept.property("bucket"));
        assertEquals(Optional.of("AKIDEXAMPLE"), kept.secret("access_key_id").map(Secret::reveal));
        assertEquals(Optional.of("s3cr3t-k3y"), kept.secret("secret_access_key").map(Secret::reveal));

        try (Stream<Path> files = Files.walk(shell.home()).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                assertFalse(text.contains("s3cr3t") || text.contains("AKID"), file + " holds a secret");
            }
        }
    }

    @Test
    void secretMayComeFromStandardInput() throws IOException {
        Shell.Result result = shell.input("from-a-pipe\n")
                .run("connection", "add", "c", "--access-key-id", "k", "--secret-key-file", "-");
        assertEquals(0, result.code(), result.err());
        assertEquals(
                Optional.of("from-a-pipe"),
                space().connections()
                        .find("c")
                        .orElseThrow()
                        .secret("secret_access_key")
                        .map(Secret::reveal));
    }

    @Test
    void accessKeyIdNeedNotBeAnArgument() throws IOException {
        shell.file("secret", "s3cr3t");
        Shell.Result result = shell.input("AKIDEXAMPLE\r\n")
                .run("connection", "add", "c", "--access-key-id-file", "-", "--secret-key-file", "secret");
        assertEquals(0, result.code(), result.err());
        assertEquals(
                Optional.of("AKIDEXAMPLE"),
                space().connections()
                        .find("c")
                        .orElseThrow()
                        .secret("access_key_id")
                        .map(Secret::reveal));
    }

    @ParameterizedTest
    @CsvSource({
        "'', ID is missing",
        "c --secret-key-file secret, --access-key-id is missing",
        "c --access-key-id k, --secret-key-file is missing",
        "c --access-key-id k --secret-key-file nowhere, \"nowhere\"",
        "c --access-key-id k --secret-key-file empty, --secret-key-file is empty",
        "c --access-key-id k --secret-key-file large, --secret-key-file is larger than 4.0 KiB: \"large\"",
        "c --access-key-id k --secret-key-file /dev/zero, --secret-key-file is larger than 4.0 KiB: \"/dev/zero\"",
        "c --access-key-id k --secret-key-file nul, --secret-key-file holds a NUL character: \"nul\"",
        "c --access-key-id k --access-key-id-file secret --secret-key-file secret, exclude one another",
        "c --access-key-id-file - --secret-key-file -, cannot both be standard input",
        "c --access-key-id-file empty --secret-key-file secret, --access-key-id-file is empty",
        "c --access-key-id k --secret-key-file secret --endpoint s3.example.com, --endpoint is no http or https URL",
        "c --access-key-id k --secret-key-file secret --endpoint http://, endpoint is no http or https address",
        "c --access-key-id k --secret-key-file secret --endpoint http://u:p@h/, endpoint is no http or https address",
        "c --access-key-id k --secret-key-file secret --endpoint http://h/?s3cr3t, endpoint is no http or https address",
        "c --access-key-id k --secret-key-file secret --region s3cr3t/k3y, region is no name of a region",
    })
    void incompleteConnectionsAreRefused(String arguments, String reason) throws IOException {
        shell.file("secret", "s3cr3t");
        shell.file("empty", "\n");
        shell.file("large", "x".repeat(5000));
        shell.file("nul", "a\0b");
        List<String> all = new ArrayList<>(List.of("connection", "add"));
        Stream.of(arguments.split(" ")).filter(a -> !a.isEmpty()).forEach(all::add);
        Shell.Result result = refused(all.toArray(String[]::new));
        assertTrue(result.err().contains(reason), result.err());
        assertFalse(result.err().contains("s3cr3t") || result.err().contains("u:p"), result.err());
        assertFalse(Files.exists(shell.home().resolve("space/connections")));
    }

    // ---- scripts

    @Test
    void deployedScriptIsKeptWithWhatItDeclares() throws IOException {
        Path file = shell.script("s.sh", "echo 1");
        Shell.Result result = shell.run(
                "deploy",
                "words",
                "--script",
                "s.sh",
                "--version",
                "1.0.0",
                "--input",
                "a.txt",
                "--input",
                "b.txt",
                "--output",
                "r.json",
                "--explainable");
        assertEquals("words@1.0.0", result.line());
        String content = Files.readString(file);
        Files.delete(file);
        Script script = space().scripts().find(ScriptRef.of("words", "1.0.0")).orElseThrow();
        assertEquals(content, Files.readString(script.file().orElseThrow()));
        assertEquals(List.of("a.txt", "b.txt"), script.inputs());
        assertEquals(List.of("r.json"), script.outputs());
        assertTrue(script.explainable());
    }

    @Test
    void versionsAreCountedAndTheSameAgainIsTheSame() throws IOException {
        shell.script("s.sh", "echo 1");
        assertEquals("w@1", shell.run("deploy", "w", "--script", "s.sh").line());
        assertEquals("w@1", shell.run("deploy", "w", "--script", "s.sh").line());
        shell.script("s.sh", "echo 2");
        assertEquals("w@2", shell.run("deploy", "w", "--script", "s.sh").line());
        assertTrue(refused("deploy", "w", "--script", "s.sh", "--version", "1")
                .err()
                .contains("a version never changes"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "deploy --script s.sh",
                "deploy w",
                "deploy w --script nowhere",
                "deploy w --script .",
                "deploy w --script text"
            })
    void incompleteDeploymentsAreRefused(String arguments) throws IOException {
        shell.script("s.sh", "echo 1");
        shell.file("text", "echo 1\n");
        refused(arguments.split(" "));
        assertFalse(Files.exists(shell.home()));
    }
}
