package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Counters;
import io.longshore.api.Job;
import io.longshore.api.JobState;
import io.longshore.api.Script;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Modzy jobs whose data stands in the submission: items alone, their outputs, their counters (contract 1.8, 1.10, 2.9). */
@Timeout(120)
final class ModzyTextJobTest {
    @RegisterExtension
    private final Host host = new Host();

    private static String document(String type, Map<String, Map<String, String>> sources, String more)
            throws Exception {
        ObjectNode document = Host.JSON.createObjectNode();
        document.putObject("model").put("identifier", "model").put("version", "1");
        document.putObject("input").put("type", type).set("sources", Host.JSON.valueToTree(sources));
        document.setAll((ObjectNode) Host.JSON.readTree("{" + more + "}"));
        return document.toString();
    }

    private void deploy(String text, UnaryOperator<Script.Builder> declarations) throws Exception {
        host.space()
                .deploy(declarations
                        .apply(host.script("model", "model.py", text))
                        .build());
    }

    private JsonNode results(Job job) throws Exception {
        return host.document(job).path("results");
    }

    /** Says which files there are, and what is in them. */
    private static final String SHOW = """
            import json, os
            inputs = os.environb[b"BATCH_INPUT_DIR"]
            seen = {os.fsdecode(n): open(os.path.join(inputs, n), "rb").read().hex() for n in os.listdir(inputs)}
            with open(os.path.join(os.environ["BATCH_OUTPUT_DIR"], "results.json"), "w") as out:
                json.dump(seen, out)
            """;

    @Test // contract 1.8
    void eachItemIsRunAloneWithExactlyItsOwnData() throws Exception {
        deploy(SHOW, b -> b.inputs(List.of("input.txt")));
        host.engine(b -> b.maxItems(4));
        byte[] binary = {0, 1, (byte) 0xff, '\r', '\n'};
        String uri =
                "data:application/octet-stream;base64," + Base64.getEncoder().encodeToString(binary);
        Map<String, Map<String, String>> sources = Map.of(
                "one", Map.of("input.txt", "data:,one", "žluť 🐎.bin", uri),
                "../../two\n", Map.of("input.txt", "data:,two", "extra", "data:,"),
                "three", Map.of("input.txt", "data:,three"),
                "lacking", Map.of("other.txt", "data:,4"));
        Job job = host.run(document("embedded", sources, ""));
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals(new Counters(4, 0, 3, 1), job.counters());
        JsonNode results = results(job).path("results");
        assertEquals(
                Host.JSON.valueToTree(Map.of("input.txt", hex("one"), "žluť 🐎.bin", "0001ff0d0a")),
                results.path("one").path("results.json"));
        assertEquals(
                Host.JSON.valueToTree(Map.of("input.txt", hex("two"), "extra", "")),
                results.path("../../two\n").path("results.json"));
        assertEquals(
                Host.JSON.valueToTree(Map.of("input.txt", hex("three"))),
                results.path("three").path("results.json"));
        String error = results(job).at("/failures/lacking/error").textValue();
        assertTrue(error.contains("\"input.txt\""), error);
    }

    private static String hex(String text) {
        return java.util.HexFormat.of().formatHex(text.getBytes(UTF_8));
    }

    @Test // contract 1.8
    void dataNameThatIsNoFileNameFailsItsItemAndWritesNothing() throws Exception {
        deploy(SHOW, b -> b);
        Map<String, String> names = new java.util.LinkedHashMap<>();
        for (String name : new String[] {"../x", "/x", "a/b", ".", "..", "", "a\0b", "x".repeat(256)}) {
            names.put("item " + names.size(), name);
        }
        Map<String, Map<String, String>> sources = new java.util.LinkedHashMap<>();
        names.forEach((item, name) -> sources.put(item, Map.of(name, "evil")));
        sources.put("good", Map.of("fine", "good"));
        Job job = host.run(document("text", sources, ""));
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(new Counters(9, 0, 1, 8), job.counters());
        assertEquals(
                "good",
                results(job).path("results").properties().iterator().next().getKey());
        try (var files = Files.walk(host.home())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertFalse(Files.readString(file).contains("evil"), file::toString);
            }
        }
    }

    @Test // contract 1.10
    void explanationReachesOnlyScriptsThatCanExplain() throws Exception {
        String script = """
                import json, os
                with open(os.environ["JOBS_PAYLOAD_FILE"]) as f:
                    payload = json.load(f)
                with open(os.path.join(os.environ["BATCH_OUTPUT_DIR"], "results.json"), "w") as out:
                    json.dump([os.environ.get("LONGSHORE_EXPLAIN"), payload["explain"]], out)
                """;
        deploy(script, b -> b.explainable(true));
        host.space().deploy(host.script("plain", "plain.py", script).build());
        String asked = document("text", Map.of("i", Map.of("a", "1")), "\"explain\":\"true\"");
        String not = document("text", Map.of("i", Map.of("a", "1")), "");
        assertEquals("[\"true\",true]", explained(asked, true));
        assertEquals("[null,false]", explained(not, false));
        assertEquals("[null,false]", explained(asked.replace("\"model\",", "\"plain\","), false));
    }

    private String explained(String document, boolean explained) throws Exception {
        JsonNode results = results(host.run(document));
        assertEquals(explained, results.path("explained").booleanValue());
        return results.at("/results/i/results.json").toString();
    }

    // ---- outputs

    private static final String WRITES = """
            import os
            out = os.environ["BATCH_OUTPUT_DIR"]
            name = open(os.path.join(os.environ["BATCH_INPUT_DIR"], "name")).read()
            os.mkdir(os.path.join(out, "sub"))
            for file, text in (("results.json", '{"big": 12345678901234567890123, "z": 1, "a": 1.0}'), ("žluť.txt", "text"),
                               ("broken.json", "{"), ("sub/inner", "x"), ("status", "mine")):
                if file != name:
                    open(os.path.join(out, file), "w").write(text)
            """;

    @Test // contract 2.9
    void filesAtTheTopAreOutputsEachAnAsset() throws Exception {
        deploy(WRITES, b -> b);
        Job job = host.run(document("text", Map.of("i/../x", Map.of("name", "none")), ""));
        assertEquals(new Counters(1, 0, 1, 0), job.counters());
        String prefix = job.id() + "/0/";
        assertEquals(
                new TreeSet<>(List.of(
                        prefix + "results.json", prefix + "žluť.txt", prefix + "broken.json", prefix + "status")),
                new TreeSet<>(host.assetNames()));
        JsonNode result = results(job).path("results").path("i/../x");
        assertEquals("SUCCESSFUL", result.path("status").textValue());
        assertEquals(
                "{\"big\":12345678901234567890123,\"z\":1,\"a\":1.0}",
                result.path("results.json").toString());
        assertEquals(
                host.space().find(prefix + "žluť.txt").orElseThrow().href(),
                result.path("žluť.txt").textValue());
        assertEquals(
                host.space().find(prefix + "broken.json").orElseThrow().href(),
                result.path("broken.json").textValue());
        assertTrue(result.path("./status").textValue().startsWith("/v2/assets/"));
        assertEquals(
                "text",
                Files.readString(
                        host.bytesOf(host.space().find(prefix + "žluť.txt").orElseThrow())));
        assertTrue(job.items().get(0).warnings().stream().anyMatch(w -> w.contains("sub")), job.items()::toString);
    }

    @Test // contract 2.9
    void onlyDeclaredOutputsAreTakenAndAMissingOneFailsItsItem() throws Exception {
        deploy(WRITES, b -> b.outputs(List.of("results.json", "žluť.txt")));
        Job job = host.run(
                document("text", Map.of("good", Map.of("name", "none"), "bad", Map.of("name", "žluť.txt")), ""));
        assertEquals(new Counters(2, 0, 1, 1), job.counters());
        assertEquals(2, host.assetNames().size(), host.assetNames()::toString);
        String error = results(job).at("/failures/bad/error").textValue();
        assertTrue(error.contains("\"žluť.txt\""), error);
        assertNull(results(job).path("results").get("bad"));
    }

    // ---- counters

    @Test // contract 3.3
    void jobCompletesAlthoughItemsFailedAndEachSaysWhy() throws Exception {
        deploy(
                "import os, sys\nsys.exit(int(open(os.environ['BATCH_INPUT_DIR'] + '/code').read()))\n",
                b -> b.inputs(List.of("code")));
        Map<String, Map<String, String>> sources = Map.of(
                "a", Map.of("code", "0"),
                "b", Map.of("code", "0"),
                "c", Map.of("code", "0"),
                "wrong-key", Map.of("cod", "0"),
                "bad", Map.of("code", "9"));
        Job job = host.run(document("text", sources, ""));
        JsonNode document = host.document(job);
        assertEquals("COMPLETED", document.at("/job/status").textValue());
        assertEquals(5, document.at("/job/total").intValue());
        assertEquals(0, document.at("/job/pending").intValue());
        assertEquals(3, document.at("/job/completed").intValue());
        assertEquals(2, document.at("/job/failed").intValue());
        assertTrue(document.at("/results/finished").booleanValue());
        assertTrue(document.at("/results/failures/wrong-key/error").textValue().contains("code"));
        assertTrue(document.at("/results/failures/bad/error").textValue().contains("9"));
        assertEquals(3, document.at("/results/results").size());
    }
}
