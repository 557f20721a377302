package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Failure;
import io.longshore.api.Job;
import io.longshore.api.JobState;
import io.longshore.api.Phase;
import io.longshore.api.Secret;
import io.longshore.storage.s3.S3Server;
import io.longshore.storage.s3.S3Storage;
import io.longshore.store.jdbc.Forwarder;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** WML jobs whose data is in S3, by a connection of the space. */
@Timeout(120)
final class WmlS3JobTest {
    private static final S3Server SERVER = S3Server.start();

    private final S3Storage storage = S3Storage.create();
    private final String bucket = SERVER.createBucket();

    @RegisterExtension
    private final Host host = new Host(builder -> builder.source(storage).sink(storage));

    @BeforeEach
    void addConnection() throws Exception {
        host.space().save(connection("cos", SERVER.endpoint()).build());
    }

    private Connection.Builder connection(String id, URI endpoint) {
        return Connection.builder(id, "s3")
                .property(Connection.ENDPOINT, endpoint.toString())
                .property(Connection.REGION, "us-east-1")
                .property(Connection.BUCKET, bucket)
                .secret(Connection.ACCESS_KEY_ID, Secret.of(SERVER.accessKeyId()))
                .secret(Connection.SECRET_ACCESS_KEY, Secret.of(host.secret(SERVER.secretAccessKey())));
    }

    @AfterEach
    void closeStorage() throws Exception {
        storage.close();
    }

    private static String reference(String location, String more) {
        return "{\"id\":\"events\",\"type\":\"connection_asset\",\"connection\":{\"id\":\"cos\"},\"location\":{"
                + location + "}" + more + "}";
    }

    private static String job(String input, String output) {
        return "{\"deployment\":{\"id\":\"copy\"},\"scoring\":{\"input_data_references\":[" + input
                + "],\"output_data_reference\":" + output + "}}";
    }

    private void deployCopy() throws Exception {
        host.deploy("copy", "copy.sh", "#!/bin/sh\ncp -r \"$BATCH_INPUT_DIR\"/. \"$BATCH_OUTPUT_DIR\"\n");
    }

    @Test // contract 1.6, 2.2
    void engineStagesAndPublishesWhereAsked() throws Exception {
        deployCopy();
        SERVER.put(bucket, "2025/06/events.csv", "a,b\n".getBytes(UTF_8));

        Job job = host.run(job(
                reference("\"file_name\":\"2025/06/events.csv\"", ",\"stage\":\"engine\""),
                reference("\"file_name\":\"out/result.zip\"", ",\"publish\":\"engine\"")));

        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(
                "s3://" + bucket + "/out/result.zip",
                job.items().get(0).outputs().get(0).href());
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(SERVER.get(bucket, "out/result.zip")))) {
            ZipEntry entry = zip.getNextEntry();
            assertEquals("events.csv", entry.getName());
            assertArrayEquals("a,b\n".getBytes(UTF_8), zip.readAllBytes());
        }
        assertEquals(List.of(), SERVER.incompleteUploads(bucket));
    }

    @Test // contract 2.7
    void outputOutlivesAStoreThatIsDownForLongerThanAllRetries() throws Exception {
        host.deploy(
                "copy",
                "copy.sh",
                "#!/bin/sh\necho ran >> '" + host.mark("runs") + "'\necho a > \"$BATCH_OUTPUT_DIR/a\"\n");
        try (Forwarder way = new Forwarder()) {
            host.space()
                    .save(connection("way", URI.create("http://127.0.0.1:" + way.port()))
                            .build());
            String output = reference("\"file_name\":\"out.zip\"", ",\"publish\":\"engine\"");
            Job failed = host.run("{\"deployment\":{\"id\":\"copy\"},\"scoring\":{\"output_data_reference\":"
                    + output.replace("\"cos\"", "\"way\"")
                    + "},\"longshore\":{\"keep_workspace\":\"unpublished\",\"retries\":{\"publish\":2}}}");
            assertEquals(Phase.PUBLISH, Host.failure(failed).phase());
            assertEquals(List.of(), SERVER.keys(bucket));

            way.leadTo(SERVER.endpoint().getPort());
            Job job =
                    host.engine().await(host.engine().retryPublish(failed.id()).id());
            assertEquals(JobState.COMPLETED, job.state(), () -> job.outcome().toString());
            assertEquals(List.of("out.zip"), SERVER.keys(bucket));
            assertEquals("ran\n", Files.readString(host.mark("runs")));
        }
    }

    @Test // contract 1.6, 2.2
    void scriptIsHandedTheConnectionAndMovesTheDataItself() throws Exception {
        host.deploy("copy", "copy.py", """
                import json, os
                cos = json.load(open(os.environ["LONGSHORE_CONNECTIONS_FILE"]))["cos"]
                payload = json.load(open(os.environ["JOBS_PAYLOAD_FILE"]))
                reference = payload["scoring"]["input_data_references"][0]
                assert sorted(cos) == ["access_key_id", "bucket", "endpoint", "region", "secret_access_key", "type"], cos
                assert reference["location"] == {"bucket": cos["bucket"], "file_name": "in.csv"}, reference
                assert os.listdir(os.environ["BATCH_INPUT_DIR"]) == []
                """);
        Job job = host.run(job(
                reference("\"bucket\":\"" + bucket + "\",\"file_name\":\"in.csv\"", ""),
                reference("\"file_name\":\"out.zip\"", "")));
        assertEquals(JobState.COMPLETED, job.state(), () -> job.outcome().toString());
        assertEquals(List.of(), SERVER.keys(bucket));
    }

    @Test // contract 1.9
    void missingObjectFailsTheJobBeforeTheScript() throws Exception {
        host.deploy("copy", "copy.sh", "#!/bin/sh\ntouch '" + host.mark("ran") + "'\n");
        Job job = host.run(job(
                reference("\"file_name\":\"nowhere\"", ",\"stage\":\"engine\""),
                "{\"type\":\"data_asset\",\"location\":{\"name\":\"out\"}}"));
        Failure failure = Host.failure(job);
        assertEquals(Failure.INPUT, failure.code());
        assertTrue(
                failure.message().contains("events")
                        && failure.message().contains(bucket)
                        && failure.message().contains("nowhere"),
                failure.message());
        assertTrue(Files.notExists(host.mark("ran")));
    }

    @Test // contract 1.6
    void connectedAssetIsTheScriptsUnlessTheEngineIsAskedTo() throws Exception {
        host.deploy("copy", "copy.sh", "#!/bin/sh\nls \"$BATCH_INPUT_DIR\" >\"$BATCH_OUTPUT_DIR/list\"\n");
        SERVER.put(bucket, "deep/in.csv", "x".getBytes(UTF_8));
        String href = host.space()
                .addConnected("remote.csv", DataReference.s3("cos", bucket, "deep/in.csv"))
                .href();
        String asset = "{\"type\":\"data_asset\",\"location\":{\"href\":\"" + href + "\"}";
        String output = "{\"type\":\"data_asset\",\"location\":{\"name\":\"%s\"}}";

        assertEquals(
                JobState.COMPLETED,
                host.run(job(asset + "}", output.formatted("left"))).state());
        assertEquals("", host.texts("left").get("list"));
        assertEquals(
                JobState.COMPLETED,
                host.run(job(asset + ",\"stage\":\"engine\"}", output.formatted("staged")))
                        .state());
        assertEquals("in.csv\n", host.texts("staged").get("list"));
    }

    @Test // contract 2.1
    void statusKeepsARemoteReferenceAsItWas() throws Exception {
        deployCopy();
        String output = reference("\"file_name\":\"out.zip\"", ",\"publish\":\"engine\"");
        SERVER.put(bucket, "in", new byte[1]);
        Job job = host.run(job(reference("\"file_name\":\"in\"", ",\"stage\":\"engine\""), output));
        JsonNode shown = host.document(job).at("/entity/scoring/output_data_reference");
        assertEquals(Host.JSON.readTree(output), shown);
    }
}
