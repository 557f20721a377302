package io.longshore.dialect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Failure;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.ItemOutput;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.OutputRequest;
import io.longshore.api.Phase;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModzyTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant CREATED = Instant.parse("2021-07-20T01:40:09.560Z");
    private static final Script SCRIPT = Script.ofFile(ScriptRef.of("ed542963de", "0.0.27"), Path.of("model.py"))
            .explainable(true)
            .build();
    private static final String SECRET = "hush/hush+hush";

    private static final String WHOLE = """
            {"explain":"true","timeout":60000,"unknown":[1],
             "input":{"sources":{"my-input":{"input.txt":{"key":"some_key.txt","bucket":"some-bucket","more":1}},
                                 "\u017elu\u0165/..":{"a":{"bucket":"b","key":"k a"},"../x":{"bucket":"b","key":"k"}}},
               "region":"eu-west-1","secretAccessKey":"hush/hush+hush","accessKeyID":"AKIAHUSH","type":"aws-s3"},
             "model":{"version":"0.0.27","identifier":"ed542963de"}}
            """;

    private static JobRequest parse(String document) {
        return Documents.parse(document, Optional.empty());
    }

    private static JobRequest parse(String type, String rest) {
        return parse("{\"model\":{\"identifier\":\"m\",\"version\":\"1\"},\"input\":{\"type\":\"" + type + "\"," + rest
                + "}}");
    }

    @Test
    void eachInputItemBecomesAnItemOfTheRequest() {
        JobRequest request = parse(WHOLE);

        assertEquals(ScriptRef.of("ed542963de", "0.0.27"), request.scriptRef());
        assertTrue(request.explain());
        assertTrue(request.itemsMayFail());
        assertEquals(Optional.of(Duration.ofMinutes(1)), request.limits().job());
        assertEquals(OutputRequest.Kind.FILES, request.output().orElseThrow().kind());
        assertEquals(2, request.items().size());
        ItemRequest second = request.items().get(1);
        assertEquals("\u017elu\u0165/..", second.key());
        assertEquals(Optional.of("../x"), second.inputs().get(1).name());
        DataReference reference = second.inputs().get(0).reference();
        assertEquals("s3", reference.type());
        assertEquals(Map.of("bucket", "b", "key", "k a"), reference.location());
        Connection connection = request.connections().get(reference.connection().orElseThrow());
        assertEquals(Optional.of("eu-west-1"), connection.property(Connection.REGION));
        assertEquals(
                SECRET,
                connection.secret(Connection.SECRET_ACCESS_KEY).orElseThrow().reveal());
    }

    @Test // contract 1.5
    void payloadHoldsTheItemThatRunsAndNoCredentials() throws Exception {
        JobRequest request = parse(WHOLE);
        JsonNode payload = JSON.readTree(
                Documents.payloadFor(request, SCRIPT, request.items().get(0)));
        assertEquals(JSON.readTree("""
                        {"explain":true,"timeout":60000,"unknown":[1],"item":"my-input",
                         "input":{"sources":{"my-input":{"input.txt":{"bucket":"some-bucket","key":"some_key.txt"}}},
                           "region":"eu-west-1","type":"aws-s3"},
                         "model":{"version":"0.0.27","identifier":"ed542963de"}}
                        """), payload);
    }

    @Test // contract 1.10
    void scriptThatIsNotExplainableIsNotAskedTo() throws Exception {
        JobRequest request = parse(WHOLE);
        Script plain = Script.ofFile(ScriptRef.of("m", "1"), Path.of("m.py")).build();
        assertFalse(JSON.readTree(
                        Documents.payloadFor(request, plain, request.items().get(0)))
                .get("explain")
                .booleanValue());
    }

    @Test // contract 4
    void noSecretIsInAnythingThatPrints() {
        JobRequest request = parse(WHOLE);
        String all = request + " " + request.connections() + " " + request.payload() + " "
                + request.payload().orElseThrow().json() + request.items();
        assertFalse(all.contains("hush"), all);
        assertFalse(all.contains("HUSH"), all);
    }

    @Test
    void javaCallIsTheSameSubmission() {
        JobRequest request = Documents.awsS3(
                "ed542963de",
                "0.0.27",
                Map.of("my-input", Map.of("input.txt", Map.of("bucket", "some-bucket", "key", "some_key.txt"))),
                "AKIA",
                SECRET,
                "us-east-1",
                false);
        assertEquals(ScriptRef.of("ed542963de", "0.0.27"), request.scriptRef());
        assertEquals("my-input", request.items().get(0).key());
        assertFalse(request.explain());
    }

    @Test
    void storageGridIsS3WithAnEndpointAndARegion() {
        JobRequest request = parse(
                "storage-grid",
                "\"endpoint\":\"http://127.0.0.1:9\",\"accessKeyID\":\"a\",\"secretAccessKey\":\"b\","
                        + "\"sources\":{\"i\":{\"d\":{\"bucket\":\"b\",\"key\":\"k\"}}}");
        Connection connection = request.connections().values().iterator().next();
        assertEquals(Optional.of("us-east-1"), connection.property(Connection.REGION));
        assertEquals(Optional.of("http://127.0.0.1:9"), connection.property(Connection.ENDPOINT));
    }

    @Test
    void folderStandsForAnItemForEachObject() {
        JobRequest request =
                parse("aws-s3-folder", "\"sources\":{\"in\":{\"input.txt\":{\"bucket\":\"b\",\"key\":\"2025/06/\"}}}");
        ItemRequest item = request.items().get(0);
        assertTrue(item.forEachObject());
        assertEquals(Optional.of("input.txt"), item.inputs().get(0).name());
        assertEquals(
                Map.of("bucket", "b", "prefix", "2025/06/"),
                item.inputs().get(0).reference().location());
    }

    @Test
    void textAndEmbeddedDataTravelInTheSubmission() throws Exception {
        JobRequest text = parse("text", "\"sources\":{\"i\":{\"d\":\"gr\u00fc\u00df\"}}");
        assertEquals(
                Optional.of("gr\u00fc\u00df"),
                text.items().get(0).inputs().get(0).reference().location("text"));
        String bytes = Base64.getEncoder().encodeToString("a b\0c".getBytes(StandardCharsets.UTF_8));
        for (String uri : List.of("data:text/plain;base64," + bytes, "data:text/plain,a%20b%00c")) {
            JobRequest embedded = parse("embedded", "\"sources\":{\"i\":{\"d\":\"" + uri + "\"}}");
            ItemRequest item = embedded.items().get(0);
            assertEquals(Optional.of(bytes), item.inputs().get(0).reference().location("data"));
            assertEquals(
                    "data:text/plain;base64," + bytes,
                    JSON.readTree(Documents.payloadFor(embedded, SCRIPT, item))
                            .at("/input/sources/i/d")
                            .textValue());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "azureblob | \"sources\":{} | input.type is not one of the supported types [aws-s3, aws-s3-folder, storage-grid, text, embedded]: \"azureblob\"",
                "jdbc | \"sources\":{} | input.type is not one of the supported types",
                "aws-s3 | \"x\":1 | input.sources is missing",
                "aws-s3 | \"sources\":{} | input.sources names no input item",
                "aws-s3 | \"sources\":[] | input.sources must be an object",
                "aws-s3 | \"sources\":{\"input.txt\":{\"bucket\":\"b\",\"key\":\"k\"}} | input.sources.input.txt.bucket must be an object with bucket and key: sources has two levels",
                "aws-s3 | \"sources\":{\"i\":\"k\"} | input.sources.i must be an object: sources has two levels",
                "aws-s3 | \"sources\":{\"i\":{\"d\":{\"bucket\":\"b\"}}} | input.sources.i.d.key is missing",
                "aws-s3 | \"sources\":{\"i\":{\"d\":{\"bucket\":\"\",\"key\":\"k\"}}} | input.sources.i.d.bucket must not be empty",
                "aws-s3 | \"accessKeyID\":\"hush\",\"sources\":{\"i\":{}} | input.secretAccessKey is missing",
                "aws-s3 | \"accessKeyId\":\"hush\",\"sources\":{\"i\":{}} | input.accessKeyId is not known: credentials are accessKeyID and secretAccessKey",
                "aws-s3 | \"accessKeyID\":7777,\"secretAccessKey\":\"hush\",\"sources\":{\"i\":{}} | input.accessKeyID must be a string, and is a number",
                "aws-s3-folder | \"sources\":{\"i\":{\"a\":{\"bucket\":\"b\",\"key\":\"k\"},\"b\":{\"bucket\":\"b\",\"key\":\"k\"}}} | input.sources.i must have one data item",
                "storage-grid | \"sources\":{\"i\":{}} | input.endpoint is missing",
                "text | \"sources\":{\"i\":{\"d\":{}}} | input.sources.i.d must be a string, and is an object",
                "embedded | \"sources\":{\"i\":{\"d\":\"hello\"}} | input.sources.i.d must be a data URI",
                "embedded | \"sources\":{\"i\":{\"d\":\"data:;base64,!!\"}} | input.sources.i.d is a data URI whose data is not Base64",
            })
    void refusalNamesFieldAndValue(String type, String rest, String message) {
        String refusal = assertThrows(InvalidRequestException.class, () -> parse(type, rest))
                .getMessage();
        assertTrue(refusal.contains(message), refusal);
        assertFalse(refusal.contains("hush") || refusal.contains("7777"), refusal);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"explain\":\"yes\" | explain must be true or false: \"yes\"",
                "\"timeout\":0 | timeout must be a whole number of at least 1: \"0\"",
                "\"timeout\":\"1h\" | timeout must be a whole number of at least 1: \"1h\"",
                "\"longshore\":{\"format\":\"zip\"} | longshore.format is no setting of this document",
            })
    void refusalNamesWhatIsWrongBesideTheInput(String member, String message) {
        String document = "{\"model\":{\"identifier\":\"m\"}," + member
                + ",\"input\":{\"type\":\"text\",\"sources\":{\"i\":{\"d\":\"t\"}}}}";
        String refusal = assertThrows(InvalidRequestException.class, () -> parse(document))
                .getMessage();
        assertTrue(refusal.contains(message), refusal);
    }

    @Test
    void malformedDocumentIsNotQuoted() {
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> parse("{\"input\":{\"secretAccessKey\":hush/hush}}"));
        assertTrue(refusal.getMessage().startsWith("document is not JSON at line 1, column "), refusal.getMessage());
        assertFalse(refusal.getMessage().contains("hush"), refusal.getMessage());
    }

    // ---- job and results

    private static Job job() {
        JobItem good = JobItem.builder(0, "my-input")
                .phase(Phase.DONE)
                .startedAt(CREATED.plusMillis(10))
                .endedAt(CREATED.plusMillis(30))
                .outcome(new JobOutcome.Completed())
                .output(new ItemOutput(
                        "results.json", "n", "/v2/assets/1", 9, Optional.of("{\"a\":[1.10,12345678901234567890]}")))
                .output(new ItemOutput("image.png", "n", "/v2/assets/2", 9, Optional.empty()))
                .output(new ItemOutput("status", "n", "/v2/assets/3", 9, Optional.empty()))
                .build();
        JobItem bad = JobItem.builder(1, "\u017elu\u0165/..")
                .phase(Phase.DONE)
                .outcome(new JobOutcome.Failed(Failure.of(Phase.STAGE, Failure.INPUT, "s3://b/k is not there")))
                .build();
        return Job.builder(JobId.random(), parse(WHOLE), SCRIPT, CREATED)
                .state(JobState.COMPLETED)
                .runningAt(CREATED.plusMillis(7))
                .endedAt(CREATED.plusMillis(40))
                .modifiedAt(CREATED.plusMillis(40))
                .outcome(new JobOutcome.Completed())
                .items(List.of(good, bad))
                .build();
    }

    @Test
    void jobDocumentHasTheShapeOfModzys() throws Exception {
        Job job = job();
        JsonNode shown = JSON.readTree(Documents.status(job)).get("job");

        assertEquals(job.id().value(), shown.get("jobIdentifier").textValue());
        assertEquals("COMPLETED", shown.get("status").textValue());
        assertEquals("ed542963de", shown.at("/model/identifier").textValue());
        assertEquals("0.0.27", shown.at("/model/version").textValue());
        assertEquals("2021-07-20T01:40:09.560+00:00", shown.get("submittedAt").textValue());
        assertEquals(2, shown.get("total").intValue());
        assertTrue(shown.get("pending").isIntegralNumber());
        assertEquals(1, shown.get("completed").intValue());
        assertEquals(1, shown.get("failed").intValue());
        assertEquals(40, shown.get("elapsedTime").intValue());
        assertEquals(7, shown.get("queueTime").intValue());
        assertEquals("my-input", shown.at("/jobInputs/0/identifier").textValue());
        assertTrue(shown.get("explain").booleanValue());
        assertTrue(shown.at("/user/accessKeys").isArray());
    }

    @Test
    void resultsAndFailuresAreDisjointAndWhole() throws Exception {
        String document = Documents.status(job());
        JsonNode results = JSON.readTree(document).get("results");

        assertTrue(results.get("finished").booleanValue());
        assertTrue(results.get("explained").booleanValue());
        JsonNode good = results.at("/results/my-input");
        assertEquals("SUCCESSFUL", good.get("status").textValue());
        assertEquals(20, good.get("elapsedTime").intValue());
        assertEquals("2021-07-20T01:40:09.570+00:00", good.get("startTime").textValue());
        assertTrue(document.contains("1.10"), document);
        assertEquals(
                "12345678901234567890", good.get("results.json").get("a").get(1).asText());
        assertEquals("/v2/assets/2", good.get("image.png").textValue());
        assertEquals("/v2/assets/3", good.get("./status").textValue());
        assertEquals(1, results.get("results").size());
        assertEquals(1, results.get("failures").size());
        JsonNode bad = results.get("failures").get("\u017elu\u0165/..");
        assertEquals("FAILED", bad.get("status").textValue());
        assertEquals("s3://b/k is not there", bad.get("error").textValue());
    }

    @ParameterizedTest // contract 3
    @CsvSource({
        "QUEUED,SUBMITTED",
        "RUNNING,IN_PROGRESS",
        "CANCELING,IN_PROGRESS",
        "COMPLETED,COMPLETED",
        "FAILED,ERROR",
        "TIMED_OUT,TIMEDOUT",
        "CANCELED,CANCELED"
    })
    void statesAreShownInTheirWords(JobState state, String shown) throws Exception {
        JsonNode document =
                JSON.readTree(Documents.status(job().toBuilder().state(state).build()));
        assertEquals(shown, document.at("/job/status").textValue());
        assertTrue(document.at("/results/results").isObject());
        assertTrue(document.at("/results/failures").isObject());
    }
}
