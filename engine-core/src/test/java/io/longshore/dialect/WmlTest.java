package io.longshore.dialect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.longshore.api.ArchiveFormat;
import io.longshore.api.DataReference;
import io.longshore.api.Failure;
import io.longshore.api.Handling;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.ItemOutput;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.OutputRequest;
import io.longshore.api.Phase;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WmlTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant CREATED = Instant.parse("2025-06-30T01:40:09.560Z");
    private static final Script SCRIPT =
            Script.ofFile(ScriptRef.of("churn", "1"), Path.of("score.py")).build();

    private static final String WHOLE = """
            {"name":"score-2025-06","description":"monthly","tags":["fin"],"space_id":"SPACE 1","deployment":{"id":"churn"},
             "hardware_spec":{"name":"S","num_nodes":1},"ours":{"b":1,"a":12345678901234567890.1234567890,"z":1.10},
             "scoring":{
              "input_data_references":[
               {"id":"customers","type":"data_asset","connection":{},"location":{"href":"/v2/assets/04f74392?space_id=SPACE"}},
               {"id":"events","type":"connection_asset","connection":{"id":"cos"},"location":{"bucket":"raw","file_name":"2025/06/events.parquet"}}],
              "output_data_reference":{"type":"data_asset","connection":{},"location":{"name":"score-2025-06.zip"}},
              "environment_variables":{"RUN_DATE":"2025-06-30","EMPTY":"","ODD":" a\\n\\"$X;\u017elu\u0165 "}},
             "longshore":{"on_empty":"fail","on_failure":"publish","format":"tar.zst","timeout":"1h",
              "limits":{"stage":"10m","run":"500ms","publish":"3s"},"retries":{"stage":2,"run":1,"publish":4},
              "on_lost":"rerun","keep_workspace":"on_failure","key":"client-key","priority":-7}}
            """;

    private static JobRequest parse(String document) {
        return Documents.parse(document, Optional.empty());
    }

    @Test
    void wholeSubmissionBecomesARequest() {
        JobRequest request = parse(WHOLE);

        assertEquals(ScriptRef.of("churn"), request.scriptRef());
        assertEquals(Optional.of("score-2025-06"), request.name());
        List<ItemRequest.Input> inputs = request.items().get(0).inputs();
        assertEquals(2, inputs.size());
        assertEquals(Optional.empty(), inputs.get(0).name());
        assertEquals(Handling.AUTO, inputs.get(0).reference().handling());
        assertEquals(Handling.SCRIPT, inputs.get(1).reference().handling());
        assertEquals(Optional.of("cos"), inputs.get(1).reference().connection());
        OutputRequest output = request.output().orElseThrow();
        assertEquals(Map.of("name", "score-2025-06.zip"), output.target().location());
        assertEquals(OutputRequest.OnEmpty.FAIL, output.onEmpty());
        assertEquals(OutputRequest.OnFailure.PUBLISH, output.onFailure());
        assertEquals(ArchiveFormat.TAR_ZST, output.format());
        assertEquals(
                Map.of("RUN_DATE", "2025-06-30", "EMPTY", "", "ODD", " a\n\"$X;\u017elu\u0165 "),
                request.environment());
        assertEquals(Optional.of(Duration.ofHours(1)), request.limits().job());
        assertEquals(Optional.of(Duration.ofMinutes(10)), request.limits().stage());
        assertEquals(Optional.of(Duration.ofMillis(500)), request.limits().run());
        assertEquals(Optional.of(Duration.ofSeconds(3)), request.limits().publish());
        assertEquals(2, request.retries().stage());
        assertEquals(1, request.retries().run());
        assertEquals(4, request.retries().publish());
        assertEquals(Optional.of(KeepWorkspace.ON_FAILURE), request.keepWorkspace());
        assertEquals(Optional.of("client-key"), request.key());
        assertEquals(-7, request.priority());
        assertFalse(request.itemsMayFail());
    }

    @Test // contract 1.5
    void payloadIsWhatWasSubmittedToTheLetter() {
        JobRequest request = parse(WHOLE);
        assertEquals(
                WHOLE, Documents.payloadFor(request, SCRIPT, request.items().get(0)));
    }

    @Test // contract 1.5
    void emptyListOfInputsIsLeftOutOfThePayloadAndNothingElseChanges() throws Exception {
        String document =
                "{\"deployment\":{\"id\":\"d\"},\"n\":1.10,\"big\":1e400,\"scoring\":{\"input_data_references\":[],\"x\":null}}";
        JobRequest request = parse(document);
        assertEquals(
                "{\"deployment\":{\"id\":\"d\"},\"n\":1.10,\"big\":1E+400,\"scoring\":{\"x\":null}}",
                Documents.payloadFor(request, SCRIPT, request.items().get(0)));
    }

    @Test // contract 1.6, 2.2
    void referencesSayWhoMovesTheData() {
        JobRequest request = parse("""
                {"deployment":{"id":"d"},"scoring":{"input_data_references":[
                  {"type":"connection_asset","connection":{"id":"cos"},"stage":"engine","location":{"bucket":"b","key":"k"}},
                  {"type":"data_asset","stage":"script","location":{"href":"/v2/assets/1"}}],
                 "output_data_reference":{"type":"s3","publish":"engine","location":{"bucket":"b","file_name":"k"}}}}
                """);
        List<ItemRequest.Input> inputs = request.items().get(0).inputs();
        assertEquals(Handling.ENGINE, inputs.get(0).reference().handling());
        assertEquals(Handling.SCRIPT, inputs.get(1).reference().handling());
        assertEquals(Handling.ENGINE, request.output().orElseThrow().target().handling());
    }

    @ParameterizedTest // contract 2.2
    @ValueSource(
            strings = {
                "{\"type\":\"data_asset\",\"location\":{\"href\":\"/v2/assets/none\"}}",
                "{\"type\":\"connection_asset\",\"location\":{\"bucket\":\"b\",\"file_name\":\"f\"}}"
            })
    void remoteOutputIsTheScripts(String reference) {
        JobRequest request =
                parse("{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"output_data_reference\":" + reference + "}}");
        assertEquals(Handling.SCRIPT, request.output().orElseThrow().target().handling());
    }

    @Test
    void handedScriptStandsInForTheDeployment() {
        JobRequest request = Documents.parse("{\"scoring\":{}}", Optional.of(SCRIPT));
        assertEquals(Optional.of(SCRIPT), request.script());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"scoring\":{}} | deployment is missing",
                "{\"deployment\":{\"id\":\"\"},\"scoring\":{}} | deployment.id must not be empty",
                "{\"deployment\":{\"id\":\"d\"}} | scoring is missing",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":[]} | scoring must be an object, and is an array",
                "{} | document is no job",
                "[] | document must be an object",
                "{\"scoring\":{},\"input\":{}} | document is of two kinds",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"input_data\":[1]}} | scoring.input_data is not for scripts",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"input_data_references\":{}}} | scoring.input_data_references must be an array",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"input_data_references\":[{\"location\":{}}]}} | scoring.input_data_references[0].type is missing",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"input_data_references\":[{\"type\":\"data_asset\"}]}} | scoring.input_data_references[0].location is missing",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"input_data_references\":[{\"type\":\"data_asset\",\"location\":{\"href\":7}}]}} | scoring.input_data_references[0].location.href must be a string, and is a number: \"7\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"input_data_references\":[{\"type\":\"s3\",\"location\":{\"bucket\":\"b\"}}]}} | scoring.input_data_references[0].location.file_name is missing",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"input_data_references\":[{\"type\":\"s3\",\"stage\":\"me\",\"location\":{\"key\":\"b\"}}]}} | scoring.input_data_references[0].stage must be one of [engine, script]: \"me\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"output_data_reference\":{\"type\":\"data_asset\",\"location\":{\"name\":\"n\",\"href\":\"h\"}}}} | has name \"n\" and href \"h\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"output_data_reference\":{\"type\":\"data_asset\",\"location\":{}}}} | it has neither",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"output_data_references\":[{}]}} | is written output_data_reference",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"environment_variables\":{\"A\":1}}} | scoring.environment_variables.A must be a string, and is a number: \"1\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"environment_variables\":{\"A=B\":\"1\"}}} | scoring.environment_variables has a name that is empty or holds = or NUL: \"A=B\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"environment_variables\":{\"\":\"1\"}}} | scoring.environment_variables has a name that is empty",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"environment_variables\":{\"A\":\"\\u0000\"}}} | scoring.environment_variables.A must not hold a NUL",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"environment_variables\":{\"A\":\"\\ud800\"}}} | no Unicode text",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{},\"longshore\":{\"timeot\":\"1h\"}} | longshore.timeot is no setting",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{},\"longshore\":{\"timeout\":\"1 hour\"}} | longshore.timeout must be a duration such as 500ms, 3s, 2m, 1h or 1d: \"1 hour\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{},\"longshore\":{\"timeout\":\"0s\"}} | longshore.timeout must be longer than nothing",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{},\"longshore\":{\"timeout\":\"999999999999999999d\"}} | longshore.timeout must be at most 36500d",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{},\"longshore\":{\"retries\":{\"run\":-1}}} | longshore.retries.run must be a whole number of at least 0: \"-1\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{},\"longshore\":{\"limits\":{\"runs\":\"1s\"}}} | longshore.limits.runs is no setting",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{\"output_data_reference\":{\"type\":\"data_asset\",\"location\":{\"name\":\"n\"}}},\"longshore\":{\"format\":\"rar\"}} | longshore.format must be one of [zip, tar.gz, tar.zst, none]: \"rar\"",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{},\"scoring\":{}} | Duplicate field 'scoring'",
                "{\"deployment\":{\"id\":\"d\"},\"scoring\":{}} x | line 1, column 40",
            })
    void refusalNamesFieldAndValue(String document, String message) {
        String refusal = assertThrows(InvalidRequestException.class, () -> parse(document))
                .getMessage();
        assertTrue(refusal.contains(message), refusal);
    }

    @Test
    void malformedDocumentIsRefusedWithLineAndColumn() {
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> parse("{\n \"deployment\": {\n  \"id\" \"d\"}}"));
        assertTrue(refusal.getMessage().startsWith("document is not JSON at line 3, column "), refusal.getMessage());
    }

    @Test
    void documentThatIsTooDeepIsRefusedInOurWords() {
        String refusal = assertThrows(InvalidRequestException.class, () -> parse("[".repeat(2_000)))
                .getMessage();
        assertTrue(refusal.endsWith("nesting depth (1001) exceeds the maximum allowed (1000)"), refusal);
    }

    @Test
    void refusalNeverQuotesACredential() {
        InvalidRequestException refusal = assertThrows(InvalidRequestException.class, () -> parse("""
                        {"deployment":{"id":"d"},"scoring":{"input_data_references":[{"type":"s3",
                         "connection":{"endpoint_url":"e","secret_access_key":"hush"},"location":{"key":"k"}}]}}
                        """));
        assertEquals("scoring.input_data_references[0].connection.secret_access_key", refusal.field());
        assertFalse(refusal.getMessage().contains("hush"), refusal.getMessage());
    }

    // ---- status

    private static Job.Builder job(JobRequest request) {
        return Job.builder(JobId.random(), request, SCRIPT, CREATED);
    }

    private static JsonNode status(Job job) throws Exception {
        return JSON.readTree(Documents.status(job));
    }

    @Test // contract 2.1, 4
    void completedJobHasTheAddressOfItsOutput() throws Exception {
        Job job = job(parse(WHOLE))
                .state(JobState.COMPLETED)
                .runningAt(CREATED.plusMillis(5))
                .endedAt(CREATED.plusSeconds(1))
                .outcome(new JobOutcome.Completed())
                .items(List.of(JobItem.builder(0, "job")
                        .phase(Phase.DONE)
                        .outcome(new JobOutcome.Completed())
                        .output(new ItemOutput("", "score-2025-06.zip", "/v2/assets/77", 9, Optional.empty()))
                        .warning("first")
                        .warning("second")
                        .build()))
                .build();

        JsonNode status = status(job);

        assertEquals(job.id().value(), status.at("/metadata/id").textValue());
        assertEquals("SPACE 1", status.at("/metadata/space_id").textValue());
        assertEquals(
                "2025-06-30T01:40:09.560Z", status.at("/metadata/created_at").textValue());
        assertEquals("churn", status.at("/entity/deployment/id").textValue());
        assertEquals("S", status.at("/entity/hardware_spec/name").textValue());
        JsonNode scoring = status.at("/entity/scoring");
        assertEquals(
                JSON.readTree("{\"name\":\"score-2025-06.zip\",\"href\":\"/v2/assets/77?space_id=SPACE+1\"}"),
                scoring.at("/output_data_reference/location"));
        assertEquals(JSON.readTree(WHOLE).at("/scoring/input_data_references"), scoring.get("input_data_references"));
        assertEquals("2025-06-30", scoring.at("/environment_variables/RUN_DATE").textValue());
        assertEquals("completed", scoring.at("/status/state").textValue());
        assertEquals(
                "2025-06-30T01:40:09.565Z", scoring.at("/status/running_at").textValue());
        assertEquals(
                "2025-06-30T01:40:10.560Z", scoring.at("/status/completed_at").textValue());
        assertEquals(
                JSON.readTree("{\"level\":\"warning\",\"text\":\"first; second\"}"), scoring.at("/status/message"));
        assertTrue(scoring.at("/status/failure").isMissingNode());
    }

    @Test // contract 3.2
    void failedJobSaysWhy() throws Exception {
        Failure failure = Failure.builder(Phase.RUN, Failure.SIGNAL, "script was ended by signal SIGKILL")
                .signal("SIGKILL")
                .stderr("the end\n")
                .after("sweep failed too")
                .build();
        Job job = job(parse(WHOLE))
                .state(JobState.FAILED)
                .outcome(new JobOutcome.Failed(failure))
                .build();

        JsonNode scoring = status(job).at("/entity/scoring");

        assertEquals("failed", scoring.at("/status/state").textValue());
        assertEquals("error", scoring.at("/status/message/level").textValue());
        assertEquals(job.id().value(), scoring.at("/status/failure/trace").textValue());
        assertEquals(
                JSON.readTree(
                        "{\"code\":\"signal\",\"message\":\"script was ended by signal SIGKILL\",\"signal\":\"SIGKILL\",\"stderr\":\"the end\\n\"}"),
                scoring.at("/status/failure/errors/0"));
        assertEquals(
                "sweep failed too",
                scoring.at("/status/failure/errors/1/message").textValue());
        assertTrue(scoring.at("/output_data_reference/location/href").isMissingNode());
    }

    @ParameterizedTest // contract 3
    @CsvSource({
        "QUEUED,queued",
        "RUNNING,running",
        "CANCELING,running",
        "COMPLETED,completed",
        "FAILED,failed",
        "TIMED_OUT,failed",
        "CANCELED,canceled"
    })
    void statesAreShownInTheirWords(JobState state, String shown) throws Exception {
        assertEquals(
                shown,
                status(job(parse(WHOLE)).state(state).build())
                        .at("/entity/scoring/status/state")
                        .textValue());
    }

    @Test
    void requestMadeInJavaIsShownInTheSameForm() throws Exception {
        JobRequest request = JobRequest.builder(ScriptRef.of("churn"))
                .inputs(List.of(DataReference.asset("42")))
                .output(OutputRequest.archive(DataReference.assetNamed("out")).build())
                .environment("A", "b")
                .build();
        JsonNode entity = status(job(request).build()).get("entity");
        assertEquals("churn", entity.at("/deployment/id").textValue());
        assertEquals(
                "/v2/assets/42",
                entity.at("/scoring/input_data_references/0/location/href").textValue());
        assertEquals(
                "out", entity.at("/scoring/output_data_reference/location/name").textValue());
        assertEquals("b", entity.at("/scoring/environment_variables/A").textValue());
    }
}
