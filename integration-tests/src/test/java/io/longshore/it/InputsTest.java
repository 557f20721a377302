package io.longshore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Failure;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.Job;
import io.longshore.api.JobState;
import io.longshore.api.Secret;
import io.longshore.storage.local.Asset;
import io.longshore.testkit.MemoryStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is staged for a script, and what it fetches itself (contract 1.6, 1.7, 1.9). */
@Timeout(120)
final class InputsTest {
    @RegisterExtension
    private final Host host = new Host();

    private Probe probe(String... scoring) throws Exception {
        host.deploy("probe", "probe.py", Probe.SCRIPT);
        Job job = host.run(Host.wml("probe", "out", scoring));
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        return Probe.of(host, "out");
    }

    private static String references(String... references) {
        return "\"input_data_references\":[" + String.join(",", references) + "]";
    }

    private Connection connection(String id) throws IOException {
        Connection connection = Connection.builder(id, "s3")
                .property("endpoint", "https://s3.example")
                .property("region", "eu-de")
                .property("bucket", "raw")
                .secret("access_key_id", Secret.of(host.secret("marker-key-id-of-" + id)))
                .secret("secret_access_key", Secret.of(host.secret("marker-secret-of-" + id)))
                .build();
        host.space().save(connection);
        return connection;
    }

    // ---- who brings what

    private static final String REMOTE = """
            {"id":"events","type":"connection_asset","connection":{"id":"%s"},
             "location":{"bucket":"raw","file_name":"2025/06/events.parquet"}%s}""";

    @Test // contract 1.6
    void assetsAreStaged() throws Exception {
        Probe probe = probe(Host.inputs(host.asset("a.csv", "1,2\n"), host.asset("b.bin", "\0\1\2")));
        assertEquals(Map.of("a.csv", "1,2\n", "b.bin", "\0\1\2"), probe.inputs());
        assertFalse(probe.environment().containsKey("LONGSHORE_CONNECTIONS_FILE"));
    }

    @Test // contract 1.6
    void remoteDataIsTheScriptsAndItsConnectionReachesTheScriptAlone() throws Exception {
        connection("cos");
        connection("other");
        Probe probe = probeOfSecrets(references(REMOTE.formatted("cos", "")));
        assertEquals(Map.of(), probe.inputs());
        assertEquals(
                "2025/06/events.parquet",
                probe.json("payload")
                        .at("/scoring/input_data_references/0/location/file_name")
                        .textValue());
        assertEquals("0o600", probe.seen().path("mode").textValue());
        assertEquals(List.of("cos"), List.copyOf(names(probe.json("connections"))));
        assertEquals(Host.JSON.readTree("""
                        {"type":"s3","endpoint":"https://s3.example","region":"eu-de","bucket":"raw",
                         "access_key_id":"marker-key-id-of-cos","secret_access_key":"marker-secret-of-cos"}"""), probe.json("connections").path("cos"));
        assertTrue(probe.variable("LONGSHORE_CONNECTIONS_FILE").startsWith(host.home() + "/work/"));
    }

    /** As the probe writes down secrets too, its output goes to the marks and not into the space. */
    private Probe probeOfSecrets(String... scoring) throws Exception {
        host.deploy(
                "probe", "probe.py", Probe.SCRIPT.replace("os.path.join(output, b\"seen.json\")", "env[b\"MARK\"]"));
        String[] members = java.util.Arrays.copyOf(scoring, scoring.length + 1);
        members[scoring.length] = "\"environment_variables\":{\"MARK\":\"" + host.mark("seen") + "\"}";
        Job job = host.run(Host.wml("probe", "out", members));
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        return new Probe(Host.JSON.readTree(Files.readString(host.mark("seen"))));
    }

    private static Set<String> names(JsonNode object) {
        return new java.util.TreeSet<>(
                object.properties().stream().map(Map.Entry::getKey).toList());
    }

    @Test // contract 1.6
    void connectedAssetIsTheScriptsToo() throws Exception {
        connection("cos");
        Asset asset = host.space()
                .addConnected(
                        "events",
                        DataReference.builder("connection_asset")
                                .connection("cos")
                                .location("bucket", "raw")
                                .location("key", "events.parquet")
                                .build());
        Probe probe = probeOfSecrets(Host.inputs(asset));
        assertEquals(Map.of(), probe.inputs());
        assertEquals(Set.of("cos"), names(probe.json("connections")));
    }

    @Test // contract 1.6
    void connectionsEndWithTheScript() throws Exception {
        connection("cos");
        host.deploy("fail", "fail.sh", "#!/bin/sh\necho \"$LONGSHORE_CONNECTIONS_FILE\" > \"$MARK\"\nexit 3\n");
        Job job = host.run("""
                {"deployment":{"id":"fail"},"longshore":{"keep_workspace":"always"},
                 "scoring":{%s,"environment_variables":{"MARK":"%s"}}}""".formatted(references(REMOTE.formatted("cos", "")), host.mark("file")));
        assertEquals(JobState.FAILED, job.state());
        Path file = Path.of(Files.readString(host.mark("file")).strip());
        assertTrue(Files.isDirectory(file.getParent()), "the workspace was not kept");
        assertFalse(Files.exists(file), "the connections file outlived its script");
        Host.deleteAll(host.home().resolve("work").resolve(job.id().value()));
    }

    @Test // contract 1.6
    void engineStagesWhatItIsAskedTo() throws Exception {
        MemoryStorage objects = new MemoryStorage();
        objects.put("2025/06/events.parquet", "events".getBytes(UTF_8));
        host.engine(b -> b.source(new RemoteObjects(objects)));
        connection("cos");
        Asset connected = host.space()
                .addConnected(
                        "connected",
                        DataReference.builder("connection_asset")
                                .connection("cos")
                                .location("bucket", "raw")
                                .location("file_name", "2025/06/events.parquet")
                                .build());
        Probe probe = probeOfSecrets(references(
                REMOTE.formatted("cos", ",\"stage\":\"engine\""),
                "{\"type\":\"data_asset\",\"stage\":\"engine\",\"connection\":{},\"location\":{\"href\":\""
                        + connected.href() + "\"}}"));
        assertEquals(Map.of("events.parquet", "events", "events-2.parquet", "events"), probe.inputs());
    }

    @Test // contract 1.6
    void anyReferenceCanBeLeftToTheScript() throws Exception {
        Asset asset = host.asset("a.csv", "1");
        Probe probe = probe(references("{\"type\":\"data_asset\",\"stage\":\"script\",\"connection\":{},\"location\":"
                + "{\"href\":\"" + asset.href() + "\"}}"));
        assertEquals(Map.of(), probe.inputs());
        assertEquals("[]", probe.text("manifest"));
    }

    // ---- names

    @Test // contract 1.7
    void filesAreNamedByTheLastSegmentOfTheAssetsName() throws Exception {
        Asset unnamed = host.asset("folder/", "3");
        Probe probe = probe(Host.inputs(
                host.asset("2025/06/žluť 🐎.csv", "1"),
                host.asset("-rf *", "2"),
                unnamed,
                host.asset("new\nline", "4")));
        assertEquals(Map.of("žluť 🐎.csv", "1", "-rf *", "2", unnamed.id(), "3", "new\nline", "4"), probe.inputs());
    }

    @Test // contract 1.7
    void inputsOfOneNameAreAllStaged() throws Exception {
        Probe probe = probe(Host.inputs(
                host.asset("x/data.csv", "1"),
                host.asset("y/data.csv", "2"),
                host.asset("DATA.CSV", "3"),
                host.asset("caf\u00e9", "4"),
                host.asset("cafe\u0301", "5"),
                host.asset("data-2.csv", "6")));
        assertEquals(6, probe.inputs().size());
        assertEquals("1", probe.inputs().get("data.csv"));
        assertEquals("2", probe.inputs().get("data-2.csv"));
        assertEquals("3", probe.inputs().get("DATA-3.CSV"));
        assertEquals("4", probe.inputs().get("caf\u00e9"));
        assertEquals("5", probe.inputs().get("cafe\u0301-2"));
        assertEquals("6", probe.inputs().get("data-2-2.csv"));
    }

    @Test // contract 1.7
    void manifestTellsEachStagedFileInTheOrderOfTheReferences() throws Exception {
        Asset one = host.asset("b.csv", "bb");
        Asset two = host.asset("a.csv", "a");
        Probe probe = probe(references(
                "{\"id\":\"first\",\"type\":\"data_asset\",\"connection\":{},\"location\":{\"href\":\"" + one.href()
                        + "\"}}",
                "{\"type\":\"data_asset\",\"connection\":{},\"location\":{\"href\":\"" + two.href()
                        + "?space_id=S\"}}"));
        JsonNode manifest = probe.json("manifest");
        assertEquals(2, manifest.size());
        assertEquals("first", manifest.at("/0/id").textValue());
        assertEquals("b.csv", manifest.at("/0/file").textValue());
        assertEquals(2, manifest.at("/0/size").intValue());
        assertEquals(
                "3b64db95cb55c763391c707108489ae18b4112d783300de38e033b4c98c3deaf",
                manifest.at("/0/sha256").textValue());
        assertTrue(manifest.at("/0/source").textValue().contains(one.id()));
        assertFalse(manifest.path(1).has("id"));
        assertEquals("a.csv", manifest.at("/1/file").textValue());
    }

    @ParameterizedTest // contract 1.7
    @ValueSource(strings = {"..", "a/..", "."})
    void nameThatLeavesItsDirectoryIsRefused(String name) throws Exception {
        requireRefused(name);
    }

    @Test // contract 1.7
    void nameThatNoFileCanHaveIsRefused() throws Exception {
        requireRefused("x".repeat(256));
        requireRefused("ž".repeat(128));
        assertThrows(InvalidRequestException.class, () -> host.asset("a\0b", "1"));
    }

    private void requireRefused(String name) throws Exception {
        host.deploy("mark", "mark.sh", "#!/bin/sh\n: > \"$MARK\"\n");
        Job job = host.run(Host.wml("mark", "out", marked(), Host.inputs(host.asset(name, "1"))));
        assertEquals(JobState.FAILED, job.state());
        assertEquals(Failure.INPUT, Host.failure(job).code());
        assertFalse(Files.exists(host.mark("started")));
    }

    @Test // contract 1.7
    void longestNameThatAFileCanHaveIsKept() throws Exception {
        String longest = "ž".repeat(125) + ".csvx";
        assertEquals(255, longest.getBytes(UTF_8).length);
        Probe probe = probe(Host.inputs(host.asset(longest, "1"), host.asset(longest, "2")));
        assertEquals(Map.of(longest, "1", "ž".repeat(124) + "-2.csvx", "2"), probe.inputs());
    }

    // ---- whole or not at all

    @Test // contract 1.9
    void missingInputFailsTheItemBeforeItsScript() throws Exception {
        host.deploy("mark", "mark.sh", "#!/bin/sh\n: > \"$MARK\"\n");
        String href = "/v2/assets/00000000-0000-0000-0000-000000000000";
        Job job = host.run(Host.wml(
                "mark",
                "out",
                marked(),
                "\"input_data_references\":[{\"id\":\"customers\",\"type\":\"data_asset\",\"connection\":{},"
                        + "\"location\":{\"href\":\"" + href + "\"}}]"));
        assertEquals(JobState.FAILED, job.state());
        assertTrue(Host.failure(job).message().contains("customers"), Host.failure(job)::message);
        assertTrue(Host.failure(job).message().contains(href), Host.failure(job)::message);
        assertFalse(Files.exists(host.mark("started")));
    }

    private String marked() {
        return "\"environment_variables\":{\"MARK\":\"" + host.mark("started") + "\"}";
    }

    @ParameterizedTest // contract 1.9
    @ValueSource(strings = {"short", "longer than it was", "other byteS"})
    void damagedInputFailsTheItemBeforeItsScript(String instead) throws Exception {
        host.deploy("mark", "mark.sh", "#!/bin/sh\n: > \"$MARK\"\n");
        var asset = host.asset("customers.csv", "other bytes");
        overwrite(host.bytesOf(asset), instead);
        Job job = host.run(Host.wml("mark", "out", marked(), Host.inputs(asset)));
        assertEquals(JobState.FAILED, job.state());
        assertTrue(Host.failure(job).message().contains(asset.href()), Host.failure(job)::message);
        assertFalse(Files.exists(host.mark("started")));
    }

    private static void overwrite(Path file, String content) throws IOException {
        Files.delete(file); // which may be read-only
        Files.writeString(file, content);
    }

    @Test // contract 1.9
    void archivesAmongTheInputsAreStagedAsTheyAre() throws Exception {
        host.deploy("zipper", "zipper.sh", "#!/bin/sh\necho text > \"$BATCH_OUTPUT_DIR/in.txt\"\n");
        host.run(Host.wml("zipper", "inner.zip"));
        var inner = host.space().find("inner.zip").orElseThrow();
        Probe probe = probe(Host.inputs(inner));
        assertEquals(Set.of("inner.zip"), probe.inputs().keySet());
        assertArrayEquals(
                Files.readAllBytes(host.bytesOf(inner)),
                probe.seen().at("/inputs/inner.zip").textValue().getBytes(ISO_8859_1));
    }
}
