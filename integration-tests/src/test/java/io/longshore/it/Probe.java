package io.longshore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A script that writes down all it sees, byte for byte, and what it wrote. */
record Probe(JsonNode seen) {
    /** Bytes become the characters of the same numbers, so that JSON carries them whatever they are. */
    static final String SCRIPT = """
            import json, os, stat, sys

            def text(b):
                return b.decode("latin-1")

            def content(path):
                with open(path, "rb") as f:
                    return text(f.read())

            def look(path):
                return {"absolute": os.path.isabs(path), "directory": os.path.isdir(path), "file": os.path.isfile(path),
                        "link": os.path.islink(path), "writable": os.access(path, os.W_OK)}

            env = os.environb
            inputs = env[b"BATCH_INPUT_DIR"]
            output = env[b"BATCH_OUTPUT_DIR"]
            seen = {
                "environment": {text(k): text(v) for k, v in env.items()},
                "arguments": [text(os.fsencode(a)) for a in sys.argv[1:]],
                "stdin": text(sys.stdin.buffer.read()),
                "directory": text(os.getcwdb()),
                "look": {text(n): look(env[n]) for n in (b"BATCH_INPUT_DIR", b"BATCH_OUTPUT_DIR", b"JOBS_PAYLOAD_FILE")},
                "inputs": {text(n): content(os.path.join(inputs, n)) for n in os.listdir(inputs)},
                "output": [text(n) for n in os.listdir(output)],
                "payload": content(env[b"JOBS_PAYLOAD_FILE"]),
                "manifest": content(env[b"LONGSHORE_INPUTS_FILE"]),
            }
            if b"LONGSHORE_CONNECTIONS_FILE" in env:
                seen["connections"] = content(env[b"LONGSHORE_CONNECTIONS_FILE"])
                seen["mode"] = oct(stat.S_IMODE(os.stat(env[b"LONGSHORE_CONNECTIONS_FILE"]).st_mode))
            for n in (b"WORKDIR", b"TMPDIR", b"BATCH_INPUT_DIR"):
                with open(os.path.join(env[n], b"written-by-the-script"), "w") as f:
                    f.write("x")
            with open(os.path.join(output, b"seen.json"), "w") as f:
                json.dump(seen, f)
            """;

    /** What the script of a job saw, whose output has that name. */
    static Probe of(Host host, String output) throws IOException {
        return new Probe(Host.JSON.readTree(host.archive(output).get("seen.json")));
    }

    Map<String, String> environment() {
        return texts("environment");
    }

    String variable(String name) {
        return Optional.ofNullable(environment().get(name))
                .orElseThrow(() -> new AssertionError("the script had no variable " + name));
    }

    /** The staged files by name. */
    Map<String, String> inputs() {
        return texts("inputs");
    }

    String text(String member) {
        return decoded(seen.path(member).textValue());
    }

    JsonNode json(String member) throws IOException {
        return Host.JSON.readTree(text(member));
    }

    private Map<String, String> texts(String member) {
        Map<String, String> texts = new LinkedHashMap<>();
        seen.path(member)
                .properties()
                .forEach(each -> texts.put(
                        decoded(each.getKey()), decoded(each.getValue().textValue())));
        return texts;
    }

    static String decoded(String bytes) {
        return new String(bytes.getBytes(ISO_8859_1), UTF_8);
    }
}
