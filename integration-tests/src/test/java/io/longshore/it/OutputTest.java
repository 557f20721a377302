package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.longshore.api.Connection;
import io.longshore.api.Failure;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.Job;
import io.longshore.api.JobState;
import io.longshore.api.Secret;
import io.longshore.storage.local.Asset;
import io.longshore.testkit.MemoryStorage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the output of a WML job (contract 2.1 to 2.8). */
@Timeout(120)
final class OutputTest {
    @RegisterExtension
    private final Host host = new Host();

    /** A script of sh that begins in its output directory. */
    private void deploy(String... lines) throws IOException {
        host.deploy("out", "out.sh", "#!/bin/sh\ncd \"$BATCH_OUTPUT_DIR\"\n" + String.join("\n", lines) + "\n");
    }

    private String warning(Job job) throws IOException {
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        JsonNode message = host.document(job).at("/entity/scoring/status/message");
        assertEquals("warning", message.path("level").textValue(), message::toString);
        return message.path("text").textValue();
    }

    /** A job with another output than an asset by name. */
    private Job run(String output, String longshore) throws Exception {
        return host.run(
                "{\"deployment\":{\"id\":\"out\"},\"longshore\":{" + longshore + "},\"scoring\":{" + output + "}}");
    }

    private static String named(String name) {
        return "\"output_data_reference\":{\"type\":\"data_asset\",\"connection\":{},\"location\":{\"name\":\"" + name
                + "\"}}";
    }

    // ---- one asset

    @Test // contract 2.1
    void allOutputBecomesOneAssetOfExactlyThatName() throws Exception {
        deploy(
                "mkdir -p sub/deeper empty",
                "printf a > a",
                "printf b > sub/b",
                "printf c > sub/deeper/.c",
                "printf d > .d");
        String space = "žluť 1&2";
        Job job = host.run(Host.wml("out", "score 2025/06").replaceFirst("\\{", "{\"space_id\":\"" + space + "\","));
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals(List.of("score 2025/06"), host.assetNames());
        assertEquals(
                Map.of("a", "a", "sub/b", "b", "sub/deeper/.c", "c", ".d", "d", "empty/", ""),
                host.texts("score 2025/06"));
        JsonNode location = host.document(job).at("/entity/scoring/output_data_reference/location");
        Asset asset = host.space().find("score 2025/06").orElseThrow();
        assertEquals("score 2025/06", location.path("name").textValue());
        assertEquals(
                "/v2/assets/" + asset.id() + "?space_id=%C5%BElu%C5%A5+1%262",
                location.path("href").textValue());
        assertEquals("application/zip", asset.mediaType());
        assertEquals(job.items().get(0).outputs().get(0).sizeBytes(), asset.sizeBytes());
    }

    @Test // contract 2.1
    void oneFileIsStillZipped() throws Exception {
        deploy("printf 1 > only.csv");
        Job job = host.run(Host.wml("out", "only.csv"));
        assertEquals(Map.of("only.csv", "1"), host.texts("only.csv"));
        String href = host.document(job)
                .at("/entity/scoring/output_data_reference/location/href")
                .textValue();
        assertEquals(host.space().find("only.csv").orElseThrow().href(), href);
    }

    // ---- remote, none, empty, failed

    private static final String REMOTE_HREF = """
            "output_data_reference":{"type":"data_asset","connection":{},
              "location":{"href":"/v2/assets/no-such-asset?space_id=S"}}""";

    @Test // contract 2.2
    void remoteOutputIsTheScripts() throws Exception {
        deploy(":");
        Job quiet = run(REMOTE_HREF, "");
        assertEquals(JobState.COMPLETED, quiet.state(), quiet.outcome()::toString);
        assertTrue(host.document(quiet).at("/entity/scoring/status/message").isMissingNode());
        assertEquals(
                "/v2/assets/no-such-asset?space_id=S",
                host.document(quiet)
                        .at("/entity/scoring/output_data_reference/location/href")
                        .textValue());
        assertEquals(List.of(), host.assetNames());
    }

    @Test // contract 2.2
    void filesBesideARemoteOutputAreAWarning() throws Exception {
        deploy(": > a");
        assertTrue(warning(run(REMOTE_HREF, "")).contains("BATCH_OUTPUT_DIR"));
        assertEquals(List.of(), host.assetNames());
    }

    @ParameterizedTest // contract 2.2
    @ValueSource(strings = {"file_name", "key"})
    void engineUploadsToRemoteDataOnRequest(String member) throws Exception {
        MemoryStorage objects = new MemoryStorage();
        host.engine(b -> b.sink(new RemoteObjects(objects)));
        host.space()
                .save(Connection.builder("cos", "s3")
                        .secret("secret_access_key", Secret.of("x"))
                        .build());
        deploy("printf 1 > a");
        String reference = """
                "output_data_reference":{"type":"connection_asset","connection":{"id":"cos"},
                  "location":{"bucket":"b","%s":"r/out.zip"}%s}""";
        Job job = run(reference.formatted(member, ",\"publish\":\"engine\""), "");
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals(Map.of("a", "1"), entries(objects.get("r/out.zip").orElseThrow()));
        assertTrue(warning(run(reference.formatted(member, ""), "")).contains("BATCH_OUTPUT_DIR"));
        assertEquals(1, objects.names().size());
    }

    private static Map<String, String> entries(byte[] archive) throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(archive))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), new String(zip.readAllBytes(), UTF_8));
            }
        }
        return entries;
    }

    @Test // contract 2.3
    void withoutAnOutputReferenceNothingIsCollected() throws Exception {
        deploy("[ -n \"$QUIET\" ] || : > a");
        Job quiet = run("\"environment_variables\":{\"QUIET\":\"1\"}", "");
        assertEquals(JobState.COMPLETED, quiet.state(), quiet.outcome()::toString);
        assertTrue(host.document(quiet).at("/entity/scoring/status/message").isMissingNode());
        assertTrue(warning(run("\"environment_variables\":{}", "")).contains("BATCH_OUTPUT_DIR"));
        assertEquals(List.of(), host.assetNames());
    }

    @Test // contract 2.4
    void emptyOutputIsAWarning() throws Exception {
        deploy(": > \"$WORKDIR/elsewhere\"");
        Job job = host.run(Host.wml("out", "out.zip"));
        assertTrue(warning(job).contains("BATCH_OUTPUT_DIR"));
        JsonNode location = host.document(job).at("/entity/scoring/output_data_reference/location");
        assertEquals("{\"name\":\"out.zip\"}", location.toString());
        assertEquals(List.of(), host.assetNames());
    }

    @Test // contract 2.4
    void emptyOutputIsAFailureOnRequest() throws Exception {
        deploy(":");
        Job job = run(named("out.zip"), "\"on_empty\":\"fail\"");
        assertEquals(JobState.FAILED, job.state());
        assertEquals(Failure.OUTPUT, Host.failure(job).code());
        assertTrue(Host.failure(job).message().contains("BATCH_OUTPUT_DIR"), Host.failure(job)::message);
    }

    @Test // contract 2.5
    void scriptThatFailsPublishesNothing() throws Exception {
        deploy("printf 1 > a", "exit 7");
        Job job = host.run(Host.wml("out", "out.zip"));
        assertEquals(JobState.FAILED, job.state());
        assertEquals(List.of(), host.assetNames());
        assertFalse(host.document(job)
                .at("/entity/scoring/output_data_reference/location")
                .has("href"));
    }

    @Test // contract 2.5
    void failedOutputIsPublishedUnderAnotherNameOnRequest() throws Exception {
        deploy("printf 1 > a", "exit 7");
        Job job = run(named("out.zip"), "\"on_failure\":\"publish\"");
        assertEquals(JobState.FAILED, job.state());
        assertEquals(7, Host.failure(job).exitCode().orElseThrow());
        String name = "out.zip.failed-" + job.id();
        assertEquals(List.of(name), host.assetNames());
        assertEquals(Map.of("a", "1"), host.texts(name));
        assertFalse(host.document(job)
                .at("/entity/scoring/output_data_reference/location")
                .has("href"));
    }

    // ---- the archive

    @Test // contract 2.6
    void sameTreeGivesTheSameBytes() throws Exception {
        deploy(
                "case $ORDER in",
                "up) printf 1 > a; mkdir d; printf 2 > d/b; printf 3 > ž;;",
                "down) printf 3 > ž; mkdir d; printf 2 > d/b; printf 1 > a; touch -d 2001-01-01 a d/b d; chmod 0600 a;;",
                "esac");
        for (String order : new String[] {"up", "down"}) {
            host.run(Host.wml("out", order, "\"environment_variables\":{\"ORDER\":\"" + order + "\"}"));
        }
        assertArrayEquals(bytes("up"), bytes("down"));
    }

    private byte[] bytes(String name) throws IOException {
        return Files.readAllBytes(host.bytesOf(host.space().find(name).orElseThrow()));
    }

    @Test // contract 2.6
    void modesAreKeptAsOneOfTwoAndNamesAreUtf8() throws Exception {
        deploy(
                "printf 1 > ž; chmod 0600 ž",
                "printf 2 > run; chmod 0711 run",
                "ln -s run link",
                "mkdir d; ln -s ../ž d/up");
        host.run(Host.wml("out", "out.zip"));
        Map<String, Integer> modes = new LinkedHashMap<>();
        var file = host.bytesOf(host.space().find("out.zip").orElseThrow());
        try (var zip = org.apache.commons.compress.archivers.zip.ZipFile.builder()
                .setPath(file)
                .get()) {
            for (ZipArchiveEntry entry : java.util.Collections.list(zip.getEntries())) {
                modes.put(new String(entry.getRawName(), UTF_8), entry.getUnixMode() & 0777);
                assertFalse(entry.isUnixSymlink(), entry::getName);
            }
        }
        assertEquals(Map.of("ž", 0644, "run", 0755, "link", 0755, "d/up", 0644), modes);
        assertEquals("2", host.texts("out.zip").get("link"));
        assertEquals("1", host.texts("out.zip").get("d/up"));
    }

    @ParameterizedTest // contract 2.6
    @ValueSource(strings = {"unzip -tqq", "python3 -m zipfile -t", "bsdtar -tf"})
    void otherToolsReadTheArchive(String reader) throws Exception {
        deploy("mkdir sub empty", "seq 100000 > sub/numbers", "head -c 300000 /dev/urandom > noise", ": > nothing");
        host.run(Host.wml("out", "out.zip"));
        Tool.shell(
                reader + " \"$1\" >/dev/null",
                host.bytesOf(host.space().find("out.zip").orElseThrow()));
    }

    @ParameterizedTest // contract 2.6
    @ValueSource(strings = {"tar.gz", "tar.zst"})
    void outputIsATarFileOnRequest(String format) throws Exception {
        deploy("mkdir sub empty", "seq 100000 > sub/numbers", "seq 9 > few");
        Job job = run(named("out." + format), "\"format\":\"" + format + "\"");
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        Tool.shell(
                "test \"$(tar -tf \"$1\" | tr '\\n' ' ')\" = 'empty/ few sub/ sub/numbers '; "
                        + "tar -xOf \"$1\" sub/numbers | { seq 100000 | cmp - /dev/fd/3; } 3<&0",
                host.bytesOf(host.space().find("out." + format).orElseThrow()));
    }

    @Test // contract 2.6
    void outputIsFilesAndAManifestOnRequest() throws Exception {
        deploy("mkdir sub", "printf 1 > sub/a", "printf 22 > b");
        Job job = run(named("out"), "\"format\":\"none\"");
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals(
                List.of("out/b", "out/manifest.json", "out/sub/a"),
                host.assetNames().stream().sorted().toList());
        JsonNode manifest = new ObjectMapper().readTree(bytes("out/manifest.json"));
        assertEquals(List.of("b", "sub/a"), manifest.findValuesAsText("name"));
        assertEquals(List.of("2", "1"), manifest.findValuesAsText("size"));
        assertEquals(
                "/v2/assets/"
                        + host.space().find("out/manifest.json").orElseThrow().id(),
                host.document(job)
                        .at("/entity/scoring/output_data_reference/location/href")
                        .textValue());
    }

    @ParameterizedTest // contract 2.6
    @ValueSource(strings = {"rar", "ZIP", ""})
    void unknownFormatIsRefused(String format) throws Exception {
        deploy(":");
        InvalidRequestException refusal = assertThrows(
                InvalidRequestException.class, () -> run(named("out.zip"), "\"format\":\"" + format + "\""));
        assertEquals("longshore.format", refusal.field());
    }

    // ---- all or nothing

    @Test // contract 2.7
    void outputIsSeenWholeOrNotAtAll() throws Exception {
        GatedSink sink = new GatedSink(host.space().sink(), 0);
        host.engine(b -> b.sink(sink));
        deploy("head -c 1000000 /dev/urandom > a");
        Job job = host.submit(Host.wml("out", "out.zip"));
        sink.awaitUpload(); // all bytes are with the store
        assertEquals(List.of(), host.assetNames());
        assertTrue(host.space().find("out.zip").isEmpty());
        sink.open();
        assertEquals(JobState.COMPLETED, host.ended(job).state());
        assertEquals(1_000_000, host.archive("out.zip").get("a").length);
    }

    @Test // contract 2.7
    void failedUploadIsTriedAgainWithoutTheScript() throws Exception {
        GatedSink sink = new GatedSink(host.space().sink(), 2);
        sink.open();
        host.engine(b -> b.sink(sink));
        deploy("echo run >> \"$MARK\"", "printf 1 > a");
        Job job = host.run(
                Host.wml("out", "out.zip", "\"environment_variables\":{\"MARK\":\"" + host.mark("runs") + "\"}"));
        assertTrue(warning(job).contains("the store is busy"));
        assertEquals("run\n", Files.readString(host.mark("runs")));
        assertEquals(List.of("out.zip"), host.assetNames());
        assertEquals(Map.of("a", "1"), host.texts("out.zip"));
    }

    @Test // contract 2.7
    void uploadThatNeverSucceedsFailsTheJobAndLeavesNothing() throws Exception {
        host.engine(b -> b.sink(new GatedSink(host.space().sink(), Integer.MAX_VALUE)));
        deploy("echo run >> \"$MARK\"", "printf 1 > a");
        Job job = run(
                named("out.zip") + ",\"environment_variables\":{\"MARK\":\"" + host.mark("runs") + "\"}",
                "\"retries\":{\"publish\":3}");
        assertEquals(JobState.FAILED, job.state());
        assertEquals(Failure.STORAGE, Host.failure(job).code());
        assertEquals(3, job.items().get(0).warnings().size());
        assertEquals("run\n", Files.readString(host.mark("runs")));
        assertEquals(List.of(), host.assetNames());
        try (var left = Files.list(host.space().directory().resolve("tmp"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test // contract 2.8
    void sameNameTwiceGivesTwoAssets() throws Exception {
        deploy("printf \"$VALUE\" > a");
        String[] hrefs = new String[2];
        for (int i = 0; i < 2; i++) {
            Job job = host.run(Host.wml("out", "out.zip", "\"environment_variables\":{\"VALUE\":\"" + i + "\"}"));
            hrefs[i] = job.items().get(0).outputs().get(0).href();
        }
        assertNotEquals(hrefs[0], hrefs[1]);
        assertEquals(List.of("out.zip", "out.zip"), host.assetNames());
        assertEquals(hrefs[1], host.space().find("out.zip").orElseThrow().href());
        assertEquals(Map.of("a", "1"), host.texts("out.zip"));
        Asset first =
                host.space().find(hrefs[0].substring("/v2/assets/".length())).orElseThrow();
        assertEquals(Map.of("a", "0"), entries(Files.readAllBytes(host.bytesOf(first))));
    }
}
