package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.TinkSealer;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import io.longshore.store.jdbc.PostgresServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two engines with homes of their own share one queue in PostgreSQL and one space (contract 3.6, 3.8). */
@Timeout(900)
final class TwoEnginesTest {
    private static final List<String> ENGINES = List.of("one", "other");
    private static final int DEPLOYMENTS = 10;

    /** Notes who runs the job, outside of all that the engines know, and waits at the gate. */
    private static final String SCRIPT = """
            #!/bin/sh -e
            echo "${HOME##*/}" >>"$PLACE/runs/$JOB"
            : >"$PLACE/began/${HOME##*/}"
            read through <"$PLACE/gate"
            echo "${HOME##*/}" >"$BATCH_OUTPUT_DIR/engine"
            """;

    @TempDir
    private Path place;

    private final List<Process> hosts = new ArrayList<>();

    @BeforeEach
    void makePlaces() throws Exception {
        for (String name : List.of("runs", "began", "space", "documents")) {
            Files.createDirectory(place.resolve(name));
        }
        for (String engine : ENGINES) {
            Files.createDirectory(place.resolve(engine));
        }
        Path script = Files.writeString(place.resolve("note.sh"), SCRIPT);
        for (int i = 0; i < DEPLOYMENTS; i++) {
            space().deploy(Script.ofFile(ScriptRef.of("note-" + i), script).build());
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        for (Process host : hosts) {
            host.destroyForcibly();
            host.waitFor();
        }
        assertEquals(List.of(), Processes.holding(place, List.of()));
    }

    private LocalSpace space() throws IOException {
        return LocalSpace.open(place.resolve("space"), TinkSealer.inMemory());
    }

    @Test
    void twoEnginesRunEachJobOnce() throws Exception {
        run(40);
    }

    @Test
    @Tag("crash")
    void twoEnginesRunEachOfFiveHundredJobsOnce() throws Exception {
        long began = System.nanoTime();
        Map<String, Integer> jobs = run(500);
        Path reports = Files.createDirectories(Path.of("target", "crash"));
        Files.writeString(
                reports.resolve("two-engines.md"),
                "# Crash proof: two engines on one PostgreSQL\n\n500 jobs, each run once; jobs of each engine: " + jobs
                        + "; " + Duration.ofNanos(System.nanoTime() - began).toSeconds() + " s.\n");
    }

    /** Has both engines submit the same jobs under the same keys and run them; returns how many each engine ran. */
    private Map<String, Integer> run(int jobs) throws Exception {
        for (int i = 0; i < jobs; i++) {
            Files.writeString(
                    place.resolve("documents").resolve("job-" + i), """
                    {"deployment":{"id":"note-%d"},"longshore":{"key":"%d"},"scoring":{
                     "environment_variables":{"PLACE":"%s","JOB":"%d"},
                     "output_data_reference":{"type":"data_asset","location":{"name":"%d.zip"}}}}
                    """.formatted(i % DEPLOYMENTS, i, place, i, i));
        }
        String store = PostgresServer.emptySchema();
        try (Gate gate = new Gate(place.resolve("gate"))) {
            for (String engine : ENGINES) {
                hosts.add(host(engine, store));
            }
            for (String engine : ENGINES) {
                Marks.await(place.resolve("began").resolve(engine));
            }
            gate.open(2 * jobs); // a second run of each is let through too, to be counted
            for (Process host : hosts) {
                assertTrue(host.waitFor(600, TimeUnit.SECONDS), this::said);
                assertEquals(0, host.exitValue(), this::said);
            }
        }
        return check(jobs);
    }

    private Process host(String engine, String store) throws IOException {
        return Tool.java(
                        Map.of("PATH", System.getenv("PATH")),
                        List.of("-Xmx128m"),
                        CrashHost.class,
                        place.resolve(engine),
                        place.resolve("space"),
                        place.resolve("documents"),
                        store,
                        0,
                        "KILL")
                .redirectErrorStream(true)
                .redirectOutput(place.resolve(engine + ".txt").toFile())
                .start();
    }

    private List<String> said(String engine) throws IOException {
        return Files.readAllLines(place.resolve(engine + ".txt"));
    }

    private String said() {
        try {
            return said(ENGINES.get(0)) + "; the other one: " + said(ENGINES.get(1));
        } catch (IOException e) {
            return "what they said cannot be read: " + e;
        }
    }

    private List<String> ended(String engine) throws IOException {
        return said(engine).stream().filter(line -> line.startsWith("ended ")).toList();
    }

    private Map<String, Integer> check(int jobs) throws IOException {
        List<String> ended = ended(ENGINES.get(0));
        assertEquals(
                jobs,
                ended.stream()
                        .distinct()
                        .filter(line -> line.startsWith("ended COMPLETED "))
                        .count(),
                this::said);
        assertEquals(ended, ended(ENGINES.get(1)));
        Map<String, Asset> assets = new TreeMap<>();
        for (Asset asset : space().listAll()) {
            assertEquals(null, assets.put(asset.name(), asset), asset.name());
        }
        assertEquals(jobs, assets.size());
        Map<String, Integer> ran = new TreeMap<>();
        for (int i = 0; i < jobs; i++) {
            List<String> runs = Files.readAllLines(place.resolve("runs").resolve(Integer.toString(i)));
            assertEquals(1, runs.size(), "job " + i + " was run by " + runs);
            assertEquals(runs.get(0) + "\n", content(assets.get(i + ".zip")));
            ran.merge(runs.get(0), 1, Integer::sum);
        }
        assertEquals(ENGINES, List.copyOf(ran.keySet()));
        for (String engine : ENGINES) {
            assertEquals(0, place.resolve(engine).resolve("work").toFile().list().length);
        }
        assertEquals(0, place.resolve("space").resolve("tmp").toFile().list().length);
        return ran;
    }

    private String content(Asset asset) throws IOException {
        try (InputStream bytes = space().open(asset);
                ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes.readAllBytes()))) {
            assertEquals("engine", zip.getNextEntry().getName());
            String text = new String(zip.readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(null, zip.getNextEntry());
            return text;
        }
    }
}
