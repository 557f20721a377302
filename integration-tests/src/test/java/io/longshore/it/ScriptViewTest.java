package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.Job;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Retries;
import io.longshore.api.Script;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a script finds: directories, environment and payload (contract 1.1 to 1.5). */
@Timeout(120)
final class ScriptViewTest {
    @RegisterExtension
    private final Host host = new Host();

    private Probe probe(String... scoring) throws Exception {
        host.deploy("probe", "probe.py", Probe.SCRIPT);
        Job job = host.run(Host.wml("probe", "out", scoring));
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        return Probe.of(host, "out");
    }

    // ---- directories

    @Test // contract 1.1
    void directoriesAndPayloadFileAreThereAndAbsolute() throws Exception {
        Probe probe = probe();
        for (String name : new String[] {"BATCH_INPUT_DIR", "BATCH_OUTPUT_DIR"}) {
            JsonNode look = probe.seen().path("look").path(name);
            assertTrue(
                    look.path("absolute").booleanValue()
                            && look.path("directory").booleanValue(),
                    name + look);
            assertTrue(look.path("writable").booleanValue(), name);
        }
        JsonNode payload = probe.seen().path("look").path("JOBS_PAYLOAD_FILE");
        assertTrue(
                payload.path("absolute").booleanValue() && payload.path("file").booleanValue());
        assertFalse(payload.path("link").booleanValue());
        assertTrue(probe.seen().path("output").isEmpty());
    }

    @Test // contract 1.1
    void outputDirectoryIsEmptyOnEveryAttempt() throws Exception {
        Script script = host.script("again", "again.py", """
                import os, sys
                out = os.environ["BATCH_OUTPUT_DIR"]
                first = not os.path.exists(os.environ["MARK"])
                with open(os.path.join(out, "first" if first else "second"), "w") as f:
                    f.write(" ".join(sorted(os.listdir(out))))
                for name in ("WORKDIR", "BATCH_INPUT_DIR"):
                    junk = os.path.join(os.environ[name], "junk")
                    if os.path.exists(junk):
                        sys.exit(name + " was not fresh")
                    open(junk, "w").close()
                open(os.environ["MARK"], "w").close()
                sys.exit(1 if first else 0)
                """).build();
        Job job = host.run(host.engine().parse(Host.wml("any", "out"), script).toBuilder()
                .environment("MARK", host.mark("first").toString())
                .retries(Retries.builder().run(1).build())
                .build());
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals(Map.of("second", "second"), host.texts("out"));
    }

    // ---- environment

    @Test // contract 1.2
    void environmentArrivesByteForByte() throws Exception {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("EMPTY", "");
        values.put("SPACES", "  a  b ");
        values.put("LINES", "a\n\nb\r\n");
        values.put("QUOTES", "'\"`\\ \\n");
        values.put("DOLLAR", "$HOME ${HOME} $(id) %PATH% ~ *");
        values.put("SEMICOLON", ";&|<>#!");
        values.put("UNICODE", "žluťoučký 🐎 e\u0301 \u00e9");
        values.put("EQUALS", "=a=b=");
        values.put("CONTROL", "\u0001\u001b\t\u007f");
        values.put("lower-case.and ž", "name");
        values.put("LONG", "x".repeat(100_000));
        Probe probe = probe("\"environment_variables\":" + Host.JSON.writeValueAsString(values));
        values.forEach((name, value) -> assertEquals(value, probe.environment().get(name), name));
    }

    @Test // contract 1.2
    void reservedNamesAlwaysHaveTheEnginesValue() throws Exception {
        Probe probe = probe("""
                "environment_variables":{"BATCH_INPUT_DIR":"/a","BATCH_OUTPUT_DIR":"/b","JOBS_PAYLOAD_FILE":"/c"}""");
        for (String name : JobRequest.RESERVED_VARIABLES) {
            assertTrue(probe.variable(name).startsWith(host.home() + "/work/"), () -> probe.variable(name));
        }
    }

    @ParameterizedTest // contract 1.3
    @ValueSource(
            strings = {
                "{\"\":\"x\"}",
                "{\"A=B\":\"x\"}",
                "{\"A\\u0000\":\"x\"}",
                "{\"A\":\"x\\u0000y\"}",
                "{\"A\":1}",
                "{\"A\":null}",
                "{\"A\":true}",
                "{\"A\":[\"x\"]}",
                "[]"
            })
    void variablesThatNoProcessCanHaveAreRefused(String variables) throws Exception {
        host.deploy("probe", "probe.py", Probe.SCRIPT);
        String document = Host.wml("probe", "out", "\"environment_variables\":" + variables);
        InvalidRequestException refusal = assertThrows(InvalidRequestException.class, () -> host.submit(document));
        assertTrue(refusal.field().startsWith("scoring.environment_variables"), refusal::getMessage);
        assertTrue(host.engine().list().isEmpty());
    }

    @Test // contract 1.4
    void onlyListedVariablesOfTheHostAreInherited() throws Exception {
        host.engine(b -> b.hostEnvironment(Map.of(
                "PATH",
                Host.PATH,
                "HOME",
                "/nowhere",
                "LANG",
                "C.UTF-8",
                "LC_TIME",
                "C",
                "TZ",
                "UTC",
                "AWS_SECRET",
                "no",
                "LD_BIND_NOW",
                "no",
                "PYTHONHASHSEED",
                "7")));
        Probe probe = probe("\"environment_variables\":{\"MINE\":\"1\"}");
        Set<String> names = new TreeSet<>(probe.environment().keySet());
        names.remove("LONGSHORE_LAUNCH_KEY"); // by which the engine finds what a script left running
        assertEquals(
                new TreeSet<>(Set.of(
                        "PATH",
                        "HOME",
                        "LANG",
                        "LC_TIME",
                        "TZ",
                        "MINE",
                        "WORKDIR",
                        "TMPDIR",
                        "PYTHONUNBUFFERED",
                        "LONGSHORE_INPUTS_FILE",
                        "BATCH_INPUT_DIR",
                        "BATCH_OUTPUT_DIR",
                        "JOBS_PAYLOAD_FILE")),
                names);
        assertEquals("/nowhere", probe.variable("HOME"));
    }

    @Test // contract 1.4
    void whatIsInheritedIsConfigurable() throws Exception {
        host.engine(b -> b.hostEnvironment(Map.of("PATH", Host.PATH, "HOME", "/nowhere", "CUDA_HOME", "/cuda"))
                .inherited(Set.of("PATH", "CUDA_HOME")::contains));
        Probe probe = probe();
        assertEquals("/cuda", probe.variable("CUDA_HOME"));
        assertFalse(probe.environment().containsKey("HOME"));
    }

    @Test // contract 1.4
    void scriptWorksInAScratchDirectoryThatIsNeverPublished() throws Exception {
        Probe probe = probe();
        assertEquals(probe.variable("WORKDIR"), probe.text("directory"));
        assertTrue(probe.variable("TMPDIR").startsWith(probe.variable("WORKDIR") + "/"));
        assertEquals("1", probe.variable("PYTHONUNBUFFERED"));
        assertEquals("", probe.text("stdin"));
        assertEquals(Set.of("seen.json"), host.archive("out").keySet()); // and not what it wrote to the others
    }

    @Test // contract 1.4
    void bufferingIsTheJobsIfItSaysSo() throws Exception {
        assertEquals(
                "",
                probe("\"environment_variables\":{\"PYTHONUNBUFFERED\":\"\"}").variable("PYTHONUNBUFFERED"));
    }

    // ---- payload

    @Test // contract 1.5
    void payloadIsWhatWasSubmittedToTheLetter() throws Exception {
        host.deploy("probe", "probe.py", Probe.SCRIPT);
        String one = host.asset("one.csv", "1").href();
        String two = host.asset("two.csv", "2").href();
        String document = """
                { "zebra": {"b": 1, "a": [123456789012345678901234567890, 0.1000, 1e400]},
                  "deployment": {"id": "probe"}, "space_id": "žluť 🐎",
                  "scoring": {
                    "unknown": null,
                    "input_data_references": [
                      {"type":"data_asset","connection":{},"location":{"href":"%s"},"extra":"\\u017elu\\u0165"},
                      {"type":"data_asset","connection":{},"location":{"href":"%s"}}],
                    "output_data_reference": {"type":"data_asset","connection":{},"location":{"name":"out"}}}}
                """.formatted(two, one);
        host.run(document);
        assertEquals(document, Probe.of(host, "out").text("payload"));
    }

    @Test // contract 1.5
    void whatWasNotSubmittedIsAbsentAndAnEmptyListIsLeftOut() throws Exception {
        JsonNode payload = probe("\"input_data_references\":[]").json("payload");
        assertEquals(List.of("deployment", "scoring"), names(payload));
        assertEquals(List.of("output_data_reference"), names(payload.path("scoring")));
    }

    private static List<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }

    @ParameterizedTest // contract 1.5
    @ValueSource(
            strings = {"> \"$JOBS_PAYLOAD_FILE\"", "rm \"$JOBS_PAYLOAD_FILE\"", "echo '{}' > \"$JOBS_PAYLOAD_FILE\""})
    void whatTheScriptDoesToThePayloadChangesNothing(String act) throws Exception {
        host.deploy("act", "act.sh", "#!/bin/sh\n" + act + "\necho 1 > \"$BATCH_OUTPUT_DIR/a\"\n");
        Job job = host.run(Host.wml("act", "out", "\"unknown\":[1]"));
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals("[1]", host.document(job).at("/entity/scoring/unknown").toString());
        assertEquals(Map.of("a", "1\n"), host.texts("out"));
    }

    @Test // contract 1.5
    void payloadOfAModzyJobHoldsItsOwnItemAndNoCredential() throws Exception {
        host.deploy("probe", "probe.py", Probe.SCRIPT);
        String secret = host.secret("marker-of-a-secret-key");
        Job job = host.run("""
                {"model":{"identifier":"probe","version":"1"},"custom":7,
                 "input":{"type":"text","secretAccessKey":"%s","accessKeyID":"%s",
                          "sources":{"one":{"in.txt":"text of one"},"two":{"in.txt":"text of two"}}}}""".formatted(secret, secret));
        assertEquals(2, job.counters().completed(), job.items()::toString);
        JsonNode seen = host.document(job).at("/results/results/two/seen.json");
        ObjectNode payload = (ObjectNode) new Probe(seen).json("payload");
        assertEquals("two", payload.path("item").textValue());
        assertEquals(
                "{\"two\":{\"in.txt\":\"text of two\"}}",
                payload.at("/input/sources").toString());
        assertEquals(7, payload.path("custom").intValue());
        assertFalse(seen.toString().contains(secret));
        assertFalse(host.engine().document(job.id()).contains(secret));
    }
}
