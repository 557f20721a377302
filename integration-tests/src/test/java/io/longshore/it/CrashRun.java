package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.KeyFileSealer;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipInputStream;

/** One set of jobs in a home of its own, whose host is killed again and again; all choices follow from the seed. */
final class CrashRun {
    private static final int MOST_POINTS = 260;
    private static final int LONGEST_MILLIS = 1_800;

    private final long seed;
    private final Random random;
    private final Path directory;
    private final String store;
    private final List<String> history = new ArrayList<>();

    CrashRun(long seed, Path directory, String store) {
        this.seed = seed;
        this.random = new Random(seed);
        this.directory = directory;
        this.store = store;
    }

    /** Runs the jobs through that many kills, and looks whether all is as if there had been none. */
    int run(int kills) throws IOException, InterruptedException {
        prepare();
        int killed = 0;
        for (int i = 0; i < kills; i++) {
            int killAt = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(MOST_POINTS);
            long millis = killAt == 0 ? 300 + random.nextInt(LONGEST_MILLIS) : Long.MAX_VALUE;
            int exit = host(killAt, millis);
            if (exit == 137) {
                killed++;
            } else if (exit != 0) {
                throw failure("host failed with " + exit);
            } else {
                break; // all jobs have ended
            }
        }
        if (host(0, Long.MAX_VALUE) != 0) {
            throw failure("the last host failed");
        }
        check();
        return killed;
    }

    private AssertionError failure(String what) throws IOException {
        return new AssertionError(what + " (seed " + seed + ", store " + store + "): " + history);
    }

    // ---- the jobs

    private void prepare() throws IOException {
        for (String name : List.of("home", "space", "documents", "runs", "scripts")) {
            Files.createDirectory(directory.resolve(name));
        }
        LocalSpace space = space();
        Asset input = space.add(
                new ByteArrayInputStream("the input\n".getBytes(StandardCharsets.UTF_8)), "in.txt", "text/plain");
        deploy(space, "copy", "cp \"$BATCH_INPUT_DIR/in.txt\" \"$BATCH_OUTPUT_DIR\"; sleep 0.05");
        deploy(space, "slow", "sleep 0.4; echo $$ >>\"$RUNS/slow-pid\"; echo done >\"$BATCH_OUTPUT_DIR/done\"");
        deploy(space, "fail", "echo no >&2; exit 3");
        deploy(space, "words", "cat \"$BATCH_INPUT_DIR/t\" >\"$BATCH_OUTPUT_DIR/o.txt\"");
        String wml = """
                {"deployment":{"id":"%s"},"scoring":{%s"environment_variables":{"RUNS":"%s","NAME":"%s"},
                 "output_data_reference":{"type":"data_asset","location":{"name":"%s.zip"}}},
                 "longshore":{"key":"%s"%s}}
                """;
        String reference = "\"input_data_references\":[{\"type\":\"data_asset\",\"location\":{\"href\":\""
                + input.href() + "\"}}],";
        document("1-copy", wml.formatted("copy", reference, runs(), "copy", "copy", "copy", ""));
        document("2-slow", wml.formatted("slow", "", runs(), "slow", "slow", "slow", ""));
        document("3-fail", wml.formatted("fail", "", runs(), "fail", "fail", "fail", ",\"retries\":{\"run\":1}"));
        document("4-words", """
                {"model":{"identifier":"words"},"input":{"type":"text","sources":{"a":{"t":"A"},"b":{"t":"B"},"c":{"x":"C"}}},
                 "longshore":{"key":"words"}}
                """);
    }

    private Path runs() {
        return directory.resolve("runs");
    }

    /** Each script notes that it ran, outside of all that the engine knows. */
    private void deploy(LocalSpace space, String id, String body) throws IOException {
        Path script = directory.resolve("scripts").resolve(id + ".sh");
        String name = id.equals("words") ? "words-$(basename \"$(dirname \"$(dirname \"$BATCH_INPUT_DIR\")\")\")" : id;
        Files.writeString(script, "#!/bin/sh\nRUNS='" + runs() + "'\necho $$ >>\"$RUNS/" + name + "\"\n" + body + "\n");
        space.deploy(Script.ofFile(ScriptRef.of(id, "1"), script)
                .inputs(id.equals("words") ? List.of("t") : List.of())
                .build());
    }

    private void document(String name, String text) throws IOException {
        Files.writeString(directory.resolve("documents").resolve(name), text);
    }

    private LocalSpace space() throws IOException {
        return LocalSpace.open(
                directory.resolve("space"),
                KeyFileSealer.open(directory.resolve("home").resolve("key")));
    }

    // ---- hosts that die

    private int host(int killAt, long millis) throws IOException, InterruptedException {
        Path said = directory.resolve("said-" + history.size() + ".txt");
        Process host = Tool.java(
                        Map.of("PATH", System.getenv("PATH")),
                        List.of("-Xmx128m"),
                        CrashHost.class,
                        directory.resolve("home"),
                        directory.resolve("space"),
                        directory.resolve("documents"),
                        store,
                        killAt)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        boolean ended = host.waitFor(Math.min(millis, 60_000), TimeUnit.MILLISECONDS);
        if (!ended) {
            host.destroyForcibly();
            if (millis > 60_000) {
                throw failure("host hung: " + Files.readString(said));
            }
        }
        int exit = host.waitFor();
        history.add((killAt > 0 ? "point " + killAt : millis < Long.MAX_VALUE ? millis + " ms" : "to the end") + " → "
                + exit + (exit == 0 || exit == 137 ? "" : ": " + Files.readString(said)));
        return exit;
    }

    // ---- what must be true at the end

    private void check() throws IOException, InterruptedException {
        assertEquals(
                Map.of("copy", 1, "slow", 1, "slow-pid", 1, "fail", 2, "words-0", 1, "words-1", 1),
                runCounts(),
                this::told);
        assertEquals(
                Files.readString(runs().resolve("slow")), Files.readString(runs().resolve("slow-pid")), this::told);
        Map<String, Integer> names = new TreeMap<>();
        for (Asset asset : space().listAll()) {
            names.merge(asset.name().replaceAll("^[0-9a-f-]{36}/", "JOB/"), 1, Integer::sum);
            try (InputStream content = space().open(asset)) {
                byte[] bytes = content.readAllBytes();
                assertEquals(asset.sizeBytes(), bytes.length, this::told);
                if (asset.name().endsWith(".zip")) {
                    assertWhole(bytes);
                }
            }
        }
        assertEquals(
                Map.of("in.txt", 1, "copy.zip", 1, "slow.zip", 1, "JOB/0/o.txt", 1, "JOB/1/o.txt", 1),
                names,
                this::told);
        assertEquals(List.of(), entries(directory.resolve("home").resolve("work")), this::told);
        assertEquals(List.of(), entries(directory.resolve("space").resolve("tmp")), this::told);
        assertEquals(List.of(), Processes.holding(directory, List.of()), this::told);
    }

    private String told() {
        return "seed " + seed + ", store " + store + ": " + history;
    }

    private static void assertWhole(byte[] zip) throws IOException {
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
            int entries = 0;
            while (in.getNextEntry() != null) {
                in.readAllBytes();
                entries++;
            }
            assertTrue(entries > 0);
        }
    }

    private Map<String, Integer> runCounts() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        for (String name : entries(runs())) {
            counts.put(name, Files.readAllLines(runs().resolve(name)).size());
        }
        return counts;
    }

    private static List<String> entries(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
