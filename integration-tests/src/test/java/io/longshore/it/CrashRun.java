package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Connection;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.api.Secret;
import io.longshore.engine.TinkSealer;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import io.longshore.storage.s3.S3Server;
import io.longshore.store.jdbc.PostgresServer;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipInputStream;

/**
 * One set of jobs in a home of its own, whose hosts are killed again and again, or of whose hosts one is killed or paused
 * while another lives; all choices follow from the seed.
 */
final class CrashRun {
    private static final S3Server S3 = S3Server.start();
    private static final int MOST_POINTS = 330;
    private static final int LONGEST_MILLIS = 2_200;
    private static final long FOR_EVER = 120_000;

    private final String bucket = S3.createBucket();
    private final long seed;
    private final Random random;
    private final Path directory;
    private final String kind;
    private final String store;
    private final List<String> history = new ArrayList<>();
    private int hosts;

    /**
     * Makes the jobs.
     *
     * @param directory empty
     * @param store {@code sqlite} or {@code postgres}
     */
    CrashRun(long seed, Path directory, String store) throws IOException, SQLException {
        this.seed = seed;
        this.random = new Random(seed * 0x9E3779B97F4A7C15L); // as near seeds begin alike
        this.directory = directory;
        this.kind = store;
        this.store = store.equals("sqlite") ? store : PostgresServer.emptySchema();
        prepare();
    }

    /** Runs the jobs through that many kills, and looks whether all is as if there had been none. */
    int run(int kills) throws IOException, InterruptedException {
        int killed = 0;
        for (int i = 0; i < kills; i++) {
            int killAt = random.nextInt(4) == 0 ? 0 : point();
            Host host = start(killAt, "KILL");
            int exit = host.end(killAt == 0 ? 300 + random.nextInt(LONGEST_MILLIS) : FOR_EVER);
            if (exit == 137) {
                killed++;
            } else if (exit != 0) {
                throw failure("host failed with " + exit);
            } else {
                break; // all jobs have ended
            }
        }
        if (start(0, "KILL").end(FOR_EVER) != 0) {
            throw failure("the last host failed");
        }
        check(1);
        return killed;
    }

    /**
     * Runs the jobs by two hosts at once, of which one gets a signal at a point; if it was stopped, it goes on when the other
     * one has ended all jobs. Looks whether all is as if there had been no signal.
     *
     * @param signal {@code KILL} or {@code STOP}
     * @return whether the point was reached before all jobs had ended
     */
    boolean runTwo(String signal) throws IOException, InterruptedException {
        boolean together = random.nextBoolean();
        Host signaled = start(point(), signal);
        Host other = together ? start(0, "KILL") : signaled;
        boolean reached = signaled.awaitPoint();
        if (!together) {
            other = start(0, "KILL");
        }
        if (other.end(FOR_EVER) != 0) {
            throw failure("the other host failed");
        }
        if (reached && signal.equals("STOP")) {
            Tool.shell("kill -CONT $1", signaled.process.pid());
        }
        int expected = reached && signal.equals("KILL") ? 137 : 0;
        if (signaled.end(FOR_EVER) != expected) {
            throw failure("the host that was signaled failed");
        }
        // What was asked for before a pause is done after it, as plain S3 cannot know that it is late.
        check(reached && signal.equals("STOP") ? 2 : 1);
        return reached;
    }

    /** Early ones more often, as each host has less to do than the one before it. */
    private int point() {
        return 1 + random.nextInt(1 + random.nextInt(MOST_POINTS));
    }

    private AssertionError failure(String what) {
        return new AssertionError(what + " (" + told() + ")");
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
        deploy(
                space,
                "large",
                "cp \"$BATCH_INPUT_DIR/in.txt\" \"$BATCH_OUTPUT_DIR\""
                        + "; head -c 9000000 /dev/urandom >\"$BATCH_OUTPUT_DIR/large\"");
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
        space.save(Connection.builder("cos", "s3")
                .property(Connection.ENDPOINT, S3.endpoint().toString())
                .property(Connection.REGION, "us-east-1")
                .property(Connection.BUCKET, bucket)
                .secret(Connection.ACCESS_KEY_ID, Secret.of(S3.accessKeyId()))
                .secret(Connection.SECRET_ACCESS_KEY, Secret.of(S3.secretAccessKey()))
                .build());
        S3.put(bucket, "in.txt", "the object\n".getBytes(StandardCharsets.UTF_8));
        document("5-large", """
                {"deployment":{"id":"large"},"scoring":{
                 "input_data_references":[{"type":"connection_asset","connection":{"id":"cos"},
                  "location":{"file_name":"in.txt"},"stage":"engine"}],
                 "output_data_reference":{"type":"connection_asset","connection":{"id":"cos"},
                  "location":{"file_name":"large.zip"},"publish":"engine"}},
                 "longshore":{"key":"large"}}
                """);
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
                TinkSealer.ofKeyFile(directory.resolve("home").resolve("key")));
    }

    // ---- hosts that die

    /** A process of {@link CrashHost}, and all that it said. */
    private final class Host {
        private final Path said;
        private final String what;
        private final Process process;
        private final BufferedReader lines;

        Host(Path said, String what, Process process) {
            this.said = said;
            this.what = what;
            this.process = process;
            this.lines = process.inputReader(StandardCharsets.UTF_8);
        }

        /** Waits until it says that it reached its point, or has nothing more to say. */
        boolean awaitPoint() throws IOException {
            String line = lines.readLine();
            while (line != null && !line.equals(KillPoints.REACHED)) {
                line = lines.readLine();
            }
            return line != null;
        }

        /** Waits for its end and returns its exit code; kills it after that time, which must suffice if it is for ever. */
        int end(long millis) throws IOException, InterruptedException {
            boolean ended = process.waitFor(millis, TimeUnit.MILLISECONDS);
            process.destroyForcibly();
            int exit = process.waitFor();
            history.add(what + " → " + exit + (exit == 0 || exit == 137 ? "" : ": " + Files.readString(said)));
            if (!ended && millis == FOR_EVER) {
                throw failure("host hung: " + Files.readString(said));
            }
            return exit;
        }
    }

    private Host start(int point, String signal) throws IOException {
        Path said = directory.resolve("said-" + hosts++ + ".txt");
        Process process = Tool.java(
                        Map.of("PATH", System.getenv("PATH")),
                        List.of("-Xmx128m"),
                        CrashHost.class,
                        directory.resolve("home"),
                        directory.resolve("space"),
                        directory.resolve("documents"),
                        store,
                        point,
                        signal)
                .redirectError(said.toFile())
                .start();
        return new Host(said, point == 0 ? "host" : signal + " at point " + point, process);
    }

    // ---- what must be true at the end

    private void check(int mostWrites) throws IOException {
        assertEquals(
                Map.of("copy", 1, "slow", 1, "slow-pid", 1, "fail", 2, "words-0", 1, "words-1", 1, "large", 1),
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
        assertEquals(List.of("in.txt", "large.zip"), S3.keys(bucket), this::told);
        assertWhole(S3.get(bucket, "large.zip"));
        int writes = S3.writes(bucket, "large.zip");
        assertTrue(writes >= 1 && writes <= mostWrites, () -> "written " + writes + " times: " + told());
        assertEquals(
                List.of(), S3.incompleteUploadsWithParts(bucket), this::told); // nobody can tell whose an empty one is
        S3.keys(bucket).forEach(key -> S3.delete(bucket, key)); // as the server keeps them in memory
        assertEquals(List.of(), entries(directory.resolve("home").resolve("work")), this::told);
        assertEquals(List.of(), entries(directory.resolve("space").resolve("tmp")), this::told);
        assertEquals(List.of(), Processes.holding(directory, List.of()), this::told);
    }

    private String told() {
        return "seed " + seed + ", store " + kind + ": " + history;
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
