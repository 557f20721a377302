package io.longshore.it;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.LongshoreEngine;
import io.longshore.engine.TinkSealer;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs the probe in the one directory in args[0], whose name no JVM of the POSIX locale can write. */
final class PosixLocaleMain {
    static final String WORDS = "žluťoučký 🐎";

    private PosixLocaleMain() {}

    public static void main(String[] args) throws Exception {
        Path base;
        try (DirectoryStream<Path> only = Files.newDirectoryStream(Path.of(args[0]))) {
            base = only.iterator().next();
        }
        LocalSpace space = LocalSpace.open(base.resolve("space"), TinkSealer.inMemory());
        Asset input = space.add(
                new ByteArrayInputStream(WORDS.getBytes(StandardCharsets.UTF_8)), "2025/" + WORDS + ".csv", "text/csv");
        space.deploy(Script.ofFile(ScriptRef.of("probe"), Files.writeString(base.resolve("probe.py"), script()))
                .arguments(List.of(WORDS, "ž"))
                .build());
        try (Engine engine = LongshoreEngine.builder()
                .home(base.resolve("home"))
                .discovery(false)
                .scripts(space.scripts())
                .source(space.source())
                .sink(space.sink())
                .build()) {
            Job job = engine.await(
                    engine.submit("""
                    {"deployment":{"id":"probe"},"scoring":{
                      "input_data_references":[{"type":"data_asset","connection":{},"location":{"href":"%s"}}],
                      "output_data_reference":{"type":"data_asset","connection":{},"location":{"name":"%s"}},
                      "environment_variables":{"WORDS":"%s","Ž":"ž"}}}""".formatted(input.href(), WORDS, WORDS)).id());
            System.out.println(job.state());
            job.outcome()
                    .flatMap(outcome -> outcome.failure())
                    .ifPresent(failure -> System.out.println(failure + failure.stderr()));
        }
    }

    /** The probe, that leaves files of odd names as well. */
    private static String script() {
        return Probe.SCRIPT + """
                for name in ("\\u017elu\\u0165/\\U0001f40e.txt".encode(), b"\\xff"):
                    path = os.path.join(output, name)
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, "wb") as f:
                        f.write(name)
                """;
    }
}
