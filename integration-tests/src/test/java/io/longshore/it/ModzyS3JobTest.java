package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.longshore.api.Counters;
import io.longshore.api.Job;
import io.longshore.api.JobEvent;
import io.longshore.api.JobState;
import io.longshore.storage.s3.S3Server;
import io.longshore.storage.s3.S3Storage;
import io.longshore.testkit.RecordingListener;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Modzy jobs over objects of a real S3 server that checks signatures. */
@Timeout(120)
final class ModzyS3JobTest {
    private static final S3Server SERVER = S3Server.start();

    private static final String WORDS = """
            import json, os, pathlib
            text = pathlib.Path(os.environ["BATCH_INPUT_DIR"], "input.txt").read_bytes()
            pathlib.Path(os.environ["BATCH_OUTPUT_DIR"], "results.json").write_text(json.dumps({"bytes": text.hex()}))
            """;

    private final S3Storage storage = S3Storage.create();
    private final RecordingListener listener = new RecordingListener();
    private final String bucket = SERVER.createBucket();

    @RegisterExtension
    private final Host host =
            new Host(builder -> builder.source(storage).sink(storage).listener(listener));

    @AfterEach
    void closeStorage() throws Exception {
        storage.close();
    }

    private String document(String type, Map<String, Map<String, Map<String, String>>> sources) throws Exception {
        return document(type, sources, SERVER.secretAccessKey());
    }

    private String document(String type, Map<String, Map<String, Map<String, String>>> sources, String secret)
            throws Exception {
        var document = Host.JSON.createObjectNode();
        document.putObject("model").put("identifier", "model").put("version", "1");
        document.putObject("input")
                .put("type", type)
                .put("endpoint", SERVER.endpoint().toString())
                .put("accessKeyID", SERVER.accessKeyId())
                .put("secretAccessKey", host.secret(secret))
                .put("region", "us-east-1")
                .set("sources", Host.JSON.valueToTree(sources));
        return document.toString();
    }

    private Map<String, String> object(String key) {
        return Map.of("bucket", bucket, "key", key);
    }

    private void deployWords() throws Exception {
        host.space()
                .deploy(host.script("model", "model.py", WORDS)
                        .inputs(List.of("input.txt"))
                        .build());
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test // contract 3.3
    void ofFiveItemsThreeAreGoodOneHasAWrongKeyAndOneIsMissing() throws Exception {
        deployWords();
        byte[] odd = {0, (byte) 0xff, '\r', '\n', (byte) 0xc3};
        SERVER.put(bucket, "a.txt", odd);
        SERVER.put(bucket, "2025/06/žluť +b.txt", "second".getBytes(UTF_8));
        SERVER.put(bucket, "empty", new byte[0]);
        Map<String, Map<String, Map<String, String>>> sources = new LinkedHashMap<>();
        sources.put("one", Map.of("input.txt", object("a.txt")));
        sources.put("../two", Map.of("input.txt", object("2025/06/žluť +b.txt"), "more", object("a.txt")));
        sources.put("drei/žluť", Map.of("input.txt", object("empty")));
        sources.put("wrong", Map.of("data.txt", object("a.txt")));
        sources.put("missing", Map.of("input.txt", object("nowhere.txt")));

        Job job = host.run(document("aws-s3", sources));

        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(new Counters(5, 0, 3, 2), job.counters());
        JsonNode document = host.document(job);
        assertEquals("COMPLETED", document.at("/job/status").textValue());
        assertEquals(5, document.at("/job/total").intValue());
        assertEquals(3, document.at("/job/completed").intValue());
        assertEquals(2, document.at("/job/failed").intValue());
        JsonNode results = document.at("/results/results");
        assertEquals(new TreeSet<>(List.of("one", "../two", "drei/žluť")), names(results));
        assertEquals("00ff0d0ac3", results.get("one").at("/results.json/bytes").textValue());
        assertEquals("", results.get("drei/žluť").at("/results.json/bytes").textValue());
        JsonNode failures = document.at("/results/failures");
        assertEquals(new TreeSet<>(List.of("wrong", "missing")), names(failures));
        String wrong = failures.at("/wrong/error").textValue();
        assertTrue(wrong.contains("\"input.txt\" is missing"), wrong);
        String missing = failures.at("/missing/error").textValue();
        assertTrue(missing.contains(bucket) && missing.contains("nowhere.txt"), missing);
        countersAddUpAtEveryLook();
    }

    private void countersAddUpAtEveryLook() {
        int completed = 0;
        for (JobEvent event : listener.events()) {
            if (event instanceof JobEvent.StateChanged changed) {
                Counters counters = changed.snapshot().counters();
                assertEquals(5, counters.total());
                assertTrue(counters.completed() >= completed);
                completed = counters.completed();
            }
        }
    }

    @Test // contract 4
    void javaCallRunsAgainstTheStoreThatTheHostsEnvironmentNames() throws Exception {
        deployWords();
        SERVER.put(bucket, "a.txt", "hello".getBytes(UTF_8));
        String said = Tool.run(Tool.java(
                Map.of(
                        "PATH",
                        Host.PATH,
                        "AWS_ENDPOINT_URL_S3",
                        SERVER.endpoint().toString()),
                List.of(),
                AwsS3Call.class,
                host.home(),
                host.space().directory(),
                bucket,
                "a.txt",
                SERVER.accessKeyId(),
                host.secret(SERVER.secretAccessKey())));
        JsonNode document = Host.JSON.readTree(said);
        assertEquals("COMPLETED", document.at("/job/status").textValue());
        assertEquals(
                hex("hello"),
                document.at("/results/results")
                        .get("my-input")
                        .at("/results.json/bytes")
                        .textValue());
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(UTF_8));
    }

    @Test // contract 4
    void folderBecomesOneItemForEachObject() throws Exception {
        deployWords();
        for (int i = 0; i < 12; i++) {
            SERVER.put(bucket, "in/2025/" + i + ".txt", ("text " + i).getBytes(UTF_8));
        }
        SERVER.put(bucket, "in/", new byte[0]);
        SERVER.put(bucket, "other/x", new byte[1]);

        Job job = host.run(document(
                "aws-s3-folder",
                Map.of(
                        "all", Map.of("input.txt", object("in/")),
                        "none", Map.of("input.txt", object("nothing/here/")))));

        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(new Counters(13, 0, 12, 1), job.counters());
        JsonNode document = host.document(job);
        assertEquals(
                hex("text 7"),
                document.at("/results/results")
                        .get("all/2025/7.txt")
                        .at("/results.json/bytes")
                        .textValue());
        assertEquals(new TreeSet<>(List.of("none")), names(document.at("/results/failures")));
    }

    @Test // contract 1.5, 4
    void wrongSecretFailsEachItemAndIsNeverPrinted() throws Exception {
        deployWords();
        SERVER.put(bucket, "a.txt", new byte[1]);
        String wrong = "wrong/secret+0123456789";

        Job job = host.run(document("storage-grid", Map.of("one", Map.of("input.txt", object("a.txt"))), wrong));

        assertEquals(new Counters(1, 0, 0, 1), job.counters());
        String document = host.engine().document(job.id());
        String error =
                Host.JSON.readTree(document).at("/results/failures/one/error").textValue();
        assertTrue(error.contains(bucket) && error.contains("a.txt"), error);
        assertFalse(document.contains(wrong), document);
        assertFalse(listener.events().toString().contains(wrong));
    }

    @Test // contract 1.5
    void payloadHoldsNoCredentialAndOnlyTheItemsOwnSources() throws Exception {
        host.space().deploy(host.script("model", "model.py", """
                                import os, shutil
                                shutil.copy(os.environ["JOBS_PAYLOAD_FILE"], os.environ["BATCH_OUTPUT_DIR"] + "/payload.json")
                                if "LONGSHORE_CONNECTIONS_FILE" in os.environ: raise SystemExit("has credentials")
                                """).build());
        SERVER.put(bucket, "a.txt", new byte[1]);
        Job job = host.run(
                document("aws-s3", Map.of("one", Map.of("x", object("a.txt")), "two", Map.of("y", object("a.txt")))));
        JsonNode payload = host.document(job).at("/results/results/one").get("payload.json");
        assertEquals("one", payload.get("item").textValue());
        assertEquals(new TreeSet<>(List.of("one")), names(payload.at("/input/sources")));
        assertEquals("a.txt", payload.at("/input/sources/one/x/key").textValue());
        assertFalse(payload.toString().contains(SERVER.accessKeyId()), payload.toString());
        assertFalse(payload.toString().contains(SERVER.secretAccessKey()), payload.toString());
    }

    @Test // contract 2.9
    void outputsAreAssetsNamedByJobItemAndFile() throws Exception {
        host.space()
                .deploy(host.script("model", "model.sh", "#!/bin/sh\necho text >\"$BATCH_OUTPUT_DIR/out.txt\"\n")
                        .build());
        Job job = host.run(document("aws-s3", Map.of("one", Map.of())));
        String name = job.id() + "/0/out.txt";
        assertEquals(
                "text\n", Files.readString(host.bytesOf(host.space().find(name).orElseThrow())));
        assertEquals(
                host.space().find(name).orElseThrow().href(),
                host.document(job).at("/results/results/one").get("out.txt").textValue());
    }
}
