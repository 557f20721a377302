package io.longshore.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.ArchiveFormat;
import io.longshore.api.Connection;
import io.longshore.api.Counters;
import io.longshore.api.DataReference;
import io.longshore.api.Engine;
import io.longshore.api.Failure;
import io.longshore.api.Handling;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobEvent;
import io.longshore.api.JobId;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.Limits;
import io.longshore.api.LogPart;
import io.longshore.api.LogStream;
import io.longshore.api.OutputRequest;
import io.longshore.api.Phase;
import io.longshore.api.Retries;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.api.Secret;
import io.longshore.journal.MemoryJobStore;
import io.longshore.spi.Access;
import io.longshore.spi.Cancellation;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.JobRecord;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.LostClaimException;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import io.longshore.spi.Upload;
import io.longshore.testkit.MemoryStorage;
import io.longshore.testkit.RecordingListener;
import io.longshore.testkit.ScriptedLauncher;
import io.longshore.workspace.Workspace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine over fakes, in memory: what it does whatever the launcher and the stores. */
@Timeout(60)
final class EngineTest {
    private static final Script SCRIPT =
            Script.ofCommand(ScriptRef.of("script", "1"), List.of("script")).build();

    private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());
    private final Path home = files.getPath("/home");
    private final MemoryStorage storage = new MemoryStorage();
    private final RecordingListener listener = new RecordingListener();
    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void nothingIsLeft() throws IOException {
        for (Engine engine : engines) {
            engine.close();
        }
        for (String each : new String[] {"work", "logs"}) {
            try (Stream<Path> left = Files.list(home.resolve(each))) {
                assertEquals(List.of(), left.toList());
            }
        }
        files.close();
    }

    private LongshoreEngine.Builder engine() {
        return LongshoreEngine.builder()
                .home(home)
                .discovery(false)
                .source(storage.source())
                .sink(storage.sink())
                .backoff(Duration.ofMillis(1), Duration.ofMillis(2))
                .listener(listener);
    }

    private Engine engine(ScriptedLauncher.Body body) throws IOException {
        return built(engine().launcher(new ScriptedLauncher(body)));
    }

    private Engine built(LongshoreEngine.Builder builder) throws IOException {
        Engine engine = builder.build();
        engines.add(engine);
        return engine;
    }

    private static JobRequest.Builder request() {
        return JobRequest.builder(SCRIPT)
                .output(OutputRequest.archive(MemoryStorage.reference("out.zip"))
                        .build());
    }

    private Map<String, String> archive(String name) throws IOException {
        Map<String, String> entries = new HashMap<>();
        try (ZipInputStream zip =
                new ZipInputStream(new ByteArrayInputStream(storage.get(name).orElseThrow()))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), new String(zip.readAllBytes(), UTF_8));
            }
        }
        return entries;
    }

    private static Failure failure(Job job) {
        return job.outcome().orElseThrow().failure().orElseThrow();
    }

    // ---- the whole way

    @Test
    void jobGoesFromDataToData() throws Exception {
        DataReference input = storage.put("in/customers.csv", "a,b\n".getBytes(UTF_8));
        Engine engine = engine(script -> {
            String read = Files.readString(script.path("BATCH_INPUT_DIR").resolve("customers.csv"));
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("scores.csv"), read + "1,2\n");
            return 0;
        });
        Job job = engine.await(
                engine.submit(request().inputs(List.of(input)).build()).id());
        assertEquals(Optional.of(new JobOutcome.Completed()), job.outcome());
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(Map.of("scores.csv", "a,b\n1,2\n"), archive("out.zip"));
        assertEquals("memory:out.zip", job.items().get(0).outputs().get(0).href());
        assertEquals(List.of(JobState.QUEUED, JobState.RUNNING, JobState.COMPLETED), statesOf(engine, job));
        assertTrue(job.items().get(0).durations().containsKey(Phase.RUN));
    }

    private List<JobState> statesOf(Engine engine, Job job) throws IOException {
        engine.close(); // delivers the events
        return listener.states(job.id());
    }

    @Test
    void scriptSeesWhatItWasPromised() throws Exception {
        DataReference one = storage.put("x/data.csv", "1".getBytes(UTF_8));
        DataReference two = storage.put("y/DATA.csv", "22".getBytes(UTF_8));
        Map<String, String> seen = new ConcurrentHashMap<>();
        Engine engine =
                built(engine().hostEnvironment(Map.of("PATH", "/bin", "HOME", "/root", "LC_X", "y", "OTHER", "no"))
                        .launcher(new ScriptedLauncher(script -> {
                            seen.putAll(script.spec().environment());
                            seen.put("manifest", Files.readString(script.path("LONGSHORE_INPUTS_FILE")));
                            try (Stream<Path> output = Files.list(script.path("BATCH_OUTPUT_DIR"))) {
                                seen.put("output", Long.toString(output.count()));
                            }
                            return 0;
                        })));
        JobRequest request = request()
                .inputs(List.of(one.toBuilder().id("first").build(), two))
                .environment("EMPTY", "")
                .environment("ODD", "a\nb 'c' \"d\" $X;")
                .environment("BATCH_INPUT_DIR", "elsewhere")
                .environment("PATH", "/mine")
                .build();
        engine.await(engine.submit(request).id());
        assertEquals("0", seen.get("output"));
        assertEquals("", seen.get("EMPTY"));
        assertEquals("a\nb 'c' \"d\" $X;", seen.get("ODD"));
        assertTrue(seen.get("BATCH_INPUT_DIR").startsWith("/home/work/"));
        assertEquals("/mine", seen.get("PATH"));
        assertEquals("y", seen.get("LC_X"));
        assertFalse(seen.containsKey("OTHER"));
        assertFalse(seen.containsKey("LONGSHORE_CONNECTIONS_FILE"));
        assertFalse(seen.containsKey("LONGSHORE_EXPLAIN"));
        assertTrue(seen.get("TMPDIR").startsWith(seen.get("WORKDIR") + "/"));
        JsonNode manifest = new ObjectMapper().readTree(seen.get("manifest"));
        assertEquals("data.csv", manifest.get(0).get("file").textValue());
        assertEquals("first", manifest.get(0).get("id").textValue());
        assertEquals("DATA-2.csv", manifest.get(1).get("file").textValue());
        assertEquals(2, manifest.get(1).get("size").intValue());
        assertEquals(64, manifest.get(1).get("sha256").textValue().length());
    }

    @Test
    void connectionsThatReferencesNameReachTheScriptWhileItRuns() throws Exception {
        Map<String, String> seen = new ConcurrentHashMap<>();
        List<Path> file = Collections.synchronizedList(new ArrayList<>());
        Connection cos = Connection.builder("cos", "s3")
                .property("region", "us-east-1")
                .secret("secret_access_key", Secret.of("marker-secret"))
                .build();
        Engine engine = built(engine().connections(id -> id.equals("cos") ? Optional.of(cos) : Optional.empty())
                .launcher(new ScriptedLauncher(script -> {
                    Path connections = script.path("LONGSHORE_CONNECTIONS_FILE");
                    file.add(connections);
                    seen.put("connections", Files.readString(connections));
                    return 1;
                })));
        DataReference remote = DataReference.builder("connection_asset")
                .connection("cos")
                .location("bucket", "b")
                .handling(Handling.SCRIPT)
                .build();
        Job job = engine.await(engine.submit(request()
                        .inputs(List.of(remote))
                        .keepWorkspace(KeepWorkspace.ON_FAILURE)
                        .build())
                .id());
        assertEquals(
                "{\"cos\":{\"type\":\"s3\",\"region\":\"us-east-1\",\"secret_access_key\":\"marker-secret\"}}",
                seen.get("connections"));
        assertFalse(Files.exists(file.get(0)), "the connections file outlived its script");
        assertTrue(Files.exists(file.get(0).getParent()), "the workspace was not kept");
        assertFalse(engine.document(job.id()).contains("marker-secret"));
        Workspace.deleteTree(home.resolve("work").resolve(job.id().value()));
    }

    // ---- failures

    @Test
    void scriptThatFailsPublishesNothing() throws Exception {
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
            Files.writeString(script.spec().stderr(), "it broke\n");
            return 3;
        });
        Job job = engine.await(engine.submit(request().build()).id());
        assertEquals(JobState.FAILED, job.state());
        assertEquals(3, failure(job).exitCode().orElseThrow());
        assertEquals("it broke\n", failure(job).stderr());
        assertEquals(Failure.EXIT_CODE, failure(job).code());
        assertTrue(storage.names().isEmpty());
    }

    @Test
    void outputThatNobodyElseHoldsIsKeptWhereAskedFor() throws Exception {
        AtomicInteger exitCode = new AtomicInteger(1);
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
            return exitCode.getAndSet(0);
        });
        JobRequest request = request().keepWorkspace(KeepWorkspace.UNPUBLISHED).build();
        Job scriptFailed = engine.await(engine.submit(request).id());
        assertEquals(Optional.empty(), engine.findWorkspace(scriptFailed.id(), 0));
        Job published = engine.await(engine.submit(request).id());
        assertEquals(JobState.COMPLETED, published.state());
        assertEquals(Optional.empty(), engine.findWorkspace(published.id(), 0));
        storage.failNextCommit(new PermanentStorageException("the store is full"));
        Job unpublished = engine.await(engine.submit(request).id());
        assertEquals(Phase.PUBLISH, failure(unpublished).phase());
        assertEquals(List.of(), failure(unpublished).after(), "nothing of the upload was left to clean up");
        Path kept = engine.findWorkspace(unpublished.id(), 0).orElseThrow();
        assertEquals("a", Files.readString(kept.resolve("output").resolve("a")));
        assertThrows(NoSuchElementException.class, () -> engine.findWorkspace(unpublished.id(), 1));
        Workspace.deleteTree(home.resolve("work").resolve(unpublished.id().value()));
    }

    @Test
    void outputThatCouldNotBePublishedIsPublishedLaterWithoutItsScript() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "run " + runs.incrementAndGet());
            return 0;
        });
        JobRequest request =
                request().keepWorkspace(KeepWorkspace.UNPUBLISHED).key("key").build();
        storage.failNextCommit(new PermanentStorageException("the store is full"));
        JobId first = engine.await(engine.submit(request).id()).id();
        storage.failNextCommit(new PermanentStorageException("the store is full still"));
        Job second = engine.await(engine.retryPublish(first).id());
        assertEquals("the store is full still", failure(second).message().replaceFirst(".*: ", ""));
        assertEquals(Optional.empty(), second.request().key());

        Job third = engine.await(engine.retryPublish(second.id()).id());
        assertEquals(JobState.COMPLETED, third.state());
        assertEquals(Map.of("a", "run 1"), archive("out.zip"));
        assertEquals(1, third.items().get(0).outputs().size());
        assertEquals(
                Set.of(Phase.PUBLISH, Phase.SWEEP),
                third.items().get(0).durations().keySet());
        assertEquals(JobState.FAILED, engine.find(first).orElseThrow().state());

        for (JobId published : List.of(first, third.id())) {
            IllegalStateException refusal =
                    assertThrows(IllegalStateException.class, () -> engine.retryPublish(published));
            assertEquals(
                    "job " + published + " has no output that is kept here and was not published",
                    refusal.getMessage());
        }
        assertThrows(NoSuchElementException.class, () -> engine.retryPublish(JobId.random()));
    }

    /** A store in which some outputs cannot be written for now, and leftovers can never be looked for. */
    private static final class PoorSink implements DataSink {
        private final DataSink sink;
        private final List<String> published = Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch some = new CountDownLatch(1);
        private volatile String refused = "";

        PoorSink(DataSink sink) {
            this.sink = sink;
        }

        @Override
        public Set<String> types() {
            return sink.types();
        }

        @Override
        public void check(DataReference target) {
            sink.check(target);
        }

        @Override
        public Upload begin(Publication publication, Access access) throws IOException {
            if (publication.nameSuffix().equals(refused)) {
                awaitPublished();
                throw new PermanentStorageException("no room for " + refused);
            }
            Upload upload = sink.begin(publication, access);
            return new Upload() {
                @Override
                public OutputStream stream() throws IOException {
                    return upload.stream();
                }

                @Override
                public Published commit() throws IOException {
                    boolean again = sink.find(publication, access).isPresent();
                    Published visible = upload.commit();
                    if (!again) {
                        published.add(publication.nameSuffix());
                        some.countDown();
                    }
                    return visible;
                }

                @Override
                public void close() throws IOException {
                    upload.close();
                }
            };
        }

        /** Files go several at once: what is refused must not end the one that the next publish is to find. */
        private void awaitPublished() throws IOException {
            try {
                if (!some.await(30, TimeUnit.SECONDS)) {
                    throw new IOException("nothing was published");
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public Optional<Published> find(Publication publication, Access access) throws IOException {
            return sink.find(publication, access);
        }

        @Override
        public void abandon(Publication publication, Access access) throws IOException {
            throw new PermanentStorageException("uploads may not be listed");
        }
    }

    @Test
    void filesThatWerePublishedAreFoundByALaterPublishWithWriteRightsAlone() throws Exception {
        PoorSink sink = new PoorSink(storage.sink());
        sink.refused = "/b";
        Engine engine = built(LongshoreEngine.builder()
                .home(home)
                .discovery(false)
                .sink(sink)
                .launcher(new ScriptedLauncher(script -> {
                    Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
                    Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("b"), "b");
                    return 0;
                })));
        Job failed = engine.await(engine.submit(JobRequest.builder(SCRIPT)
                        .output(OutputRequest.archive(MemoryStorage.reference("out"))
                                .format(ArchiveFormat.NONE)
                                .build())
                        .keepWorkspace(KeepWorkspace.UNPUBLISHED)
                        .build())
                .id());
        assertEquals("no room for /b", failure(failed).message().replaceFirst(".*: ", ""));
        assertEquals(List.of("/a"), sink.published);
        sink.refused = "";
        Job later = engine.await(engine.retryPublish(failed.id()).id());
        assertEquals(JobState.COMPLETED, later.state(), () -> later.outcome().toString());
        assertEquals(List.of("/a", "/b", "/manifest.json"), List.copyOf(sink.published));
        assertEquals(
                List.of("leftovers of the upload may be in the store: uploads may not be listed"),
                later.items().get(0).warnings());
    }

    @Test
    void failedOutputIsPublishedWhereAskedFor() throws Exception {
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
            return 3;
        });
        OutputRequest output = OutputRequest.archive(MemoryStorage.reference("out.zip"))
                .onFailure(OutputRequest.OnFailure.PUBLISH)
                .build();
        Job job = engine.await(
                engine.submit(JobRequest.builder(SCRIPT).output(output).build()).id());
        assertEquals(JobState.FAILED, job.state());
        assertEquals(Map.of("a", "a"), archive("out.zip.failed-" + job.id()));
    }

    @Test
    void whatAnOlderAttemptLeavesIsAWarning() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Engine engine = engine(script -> {
            Path logs = home.resolve("logs").resolve(script.key().item().job().value());
            if (runs.incrementAndGet() == 1) {
                Files.createFile(logs); // where the sweep makes a directory
                return 1;
            }
            Files.delete(logs);
            return 0;
        });
        Job job = engine.await(engine.submit(
                        request().retries(Retries.builder().run(1).build()).build())
                .id());
        assertEquals(JobState.COMPLETED, job.state());
        List<String> warnings = job.items().get(0).warnings();
        assertTrue(
                warnings.get(1).startsWith("the workspace of attempt 1 could not be removed: "), warnings.toString());
    }

    @Test
    void scriptThatNamesNoInterpreterIsRefused() throws Exception {
        Engine engine = engine(script -> 0);
        Path file = Files.writeString(files.getPath("/script"), "echo 1\n");
        JobRequest request = JobRequest.builder(
                        Script.ofFile(ScriptRef.of("script"), file).build())
                .build();
        InvalidRequestException refused = assertThrows(InvalidRequestException.class, () -> engine.submit(request));
        assertTrue(refused.getMessage().startsWith("script cannot be started: "), refused.getMessage());
    }

    @Test
    void missingInputFailsTheItemBeforeTheScript() throws Exception {
        ScriptedLauncher launcher = new ScriptedLauncher(script -> 0);
        Engine engine = built(engine().launcher(launcher));
        Job job = engine.await(engine.submit(request()
                        .inputs(List.of(MemoryStorage.reference("nowhere.csv")))
                        .build())
                .id());
        assertEquals(Failure.INPUT, failure(job).code());
        assertEquals(Phase.STAGE, failure(job).phase());
        assertTrue(failure(job).message().contains("nowhere.csv"), failure(job).message());
        assertTrue(launcher.launches().isEmpty());
    }

    @Test
    void failuresThatMayPassAreTriedAgainWithoutTheScript() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        DataReference input = storage.put("in.csv", new byte[3]);
        storage.failNextFetch(new IOException("first"));
        storage.failNextFetch(new IOException("second"));
        storage.failNextCommit(new IOException("third"));
        Engine engine = engine(script -> {
            runs.incrementAndGet();
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
            return 0;
        });
        Job job = engine.await(
                engine.submit(request().inputs(List.of(input)).build()).id());
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(1, runs.get());
        assertEquals(
                3,
                job.items().get(0).warnings().size(),
                () -> job.items().get(0).warnings().toString());
        String second = job.items().get(0).warnings().get(1);
        assertTrue(
                second.matches("stage failed, try 2 of 4, and was tried again after \\dms: .* staged: second"), second);
        assertEquals(Map.of("a", "a"), archive("out.zip"));
    }

    @Test
    void hopelessFailuresAreNotTriedAgain() throws Exception {
        storage.failNextCommit(new PermanentStorageException("wrong credentials"));
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
            return 0;
        });
        Job job = engine.await(engine.submit(request().build()).id());
        assertEquals(JobState.FAILED, job.state());
        assertEquals(Phase.PUBLISH, failure(job).phase());
        assertTrue(failure(job).message().contains("wrong credentials"));
    }

    @Test
    void retriesEnd() throws Exception {
        DataReference input = storage.put("in.csv", new byte[3]);
        storage.failNextFetch(new IOException("first"));
        storage.failNextFetch(new IOException("second"));
        Engine engine = engine(script -> 0);
        Job job = engine.await(engine.submit(request()
                        .inputs(List.of(input))
                        .retries(Retries.builder().stage(1).build())
                        .build())
                .id());
        assertEquals(Failure.STORAGE, failure(job).code());
        assertTrue(failure(job).message().contains("second"), failure(job).message());
    }

    @Test
    void scriptRunsAgainOnRequestFromFreshDirectories() throws Exception {
        Engine engine = engine(script -> {
            Path output = script.path("BATCH_OUTPUT_DIR");
            try (Stream<Path> before = Files.list(output)) {
                assertEquals(0, before.count());
            }
            Files.writeString(
                    output.resolve("attempt"), Integer.toString(script.key().attempt()));
            return script.key().attempt() < 3 ? 1 : 0;
        });
        Job job = engine.await(engine.submit(
                        request().retries(Retries.builder().run(2).build()).build())
                .id());
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(3, job.items().get(0).attempts());
        assertEquals(Map.of("attempt", "3"), archive("out.zip"));
    }

    @Test
    void emptyOutputIsAWarningOrAFailure() throws Exception {
        Engine engine = engine(script -> 0);
        Job warned = engine.await(engine.submit(request().build()).id());
        assertEquals(JobState.COMPLETED, warned.state());
        assertTrue(warned.items().get(0).warnings().get(0).contains("BATCH_OUTPUT_DIR"));
        assertTrue(warned.items().get(0).outputs().isEmpty());
        OutputRequest strict = OutputRequest.archive(MemoryStorage.reference("out.zip"))
                .onEmpty(OutputRequest.OnEmpty.FAIL)
                .build();
        Job failed = engine.await(
                engine.submit(JobRequest.builder(SCRIPT).output(strict).build()).id());
        assertEquals(Failure.OUTPUT, failure(failed).code());
        assertTrue(storage.names().isEmpty());
    }

    @Test
    void outputThatNobodyAskedForIsAWarning() throws Exception {
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
            return 0;
        });
        Job none =
                engine.await(engine.submit(JobRequest.builder(SCRIPT).build()).id());
        assertTrue(none.items().get(0).warnings().get(0).contains("BATCH_OUTPUT_DIR"));
        DataReference byScript = MemoryStorage.reference("x").toBuilder()
                .handling(Handling.SCRIPT)
                .build();
        Job remote = engine.await(engine.submit(JobRequest.builder(SCRIPT)
                        .output(OutputRequest.archive(byScript).build())
                        .build())
                .id());
        assertTrue(remote.items().get(0).warnings().get(0).contains("BATCH_OUTPUT_DIR"));
        assertEquals(JobState.COMPLETED, remote.state());
        assertTrue(storage.names().isEmpty());
    }

    // ---- limits and cancel

    @Test
    void runLimitEndsTheScript() throws Exception {
        Engine engine = engine(script -> {
            new CountDownLatch(1).await();
            return 0;
        });
        Job job = engine.await(engine.submit(request()
                        .limits(Limits.builder().run(Duration.ofMillis(20)).build())
                        .build())
                .id());
        assertEquals(JobState.FAILED, job.state());
        assertEquals(Failure.TIMEOUT, failure(job).code());
        assertEquals(Phase.RUN, failure(job).phase());
    }

    @Test
    void timeoutEndsTheJob() throws Exception {
        Engine engine = engine(script -> {
            new CountDownLatch(1).await();
            return 0;
        });
        Job job = engine.await(engine.submit(request()
                        .limits(Limits.builder().job(Duration.ofMillis(50)).build())
                        .build())
                .id());
        assertEquals(JobState.TIMED_OUT, job.state());
        assertEquals(Failure.TIMEOUT, failure(job).code());
    }

    @Test
    void cancelEndsARunningJob() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("a"), "a");
            started.countDown();
            new CountDownLatch(1).await();
            return 0;
        });
        Job job = engine.submit(request().build());
        assertTrue(started.await(20, TimeUnit.SECONDS));
        engine.cancel(job.id());
        engine.cancel(job.id());
        Job ended = engine.await(job.id());
        assertEquals(JobState.CANCELED, ended.state());
        assertEquals(new Counters(1, 0, 0, 1), ended.counters());
        assertTrue(storage.names().isEmpty());
        assertEquals(ended.endedAt(), engine.cancel(job.id()).endedAt());
    }

    @Test
    void laterCancelShortensTheGrace() throws Exception {
        CompletableFuture<ScriptExit> exit = new CompletableFuture<>();
        CountDownLatch begun = new CountDownLatch(1);
        List<Duration> graces = new CopyOnWriteArrayList<>();
        LaunchedScript stubborn = new LaunchedScript() {
            @Override
            public CompletableFuture<ScriptExit> exit() {
                begun.countDown();
                return exit.copy();
            }

            @Override
            public CompletableFuture<Cancellation> cancel(Duration grace) {
                graces.add(grace);
                if (grace.isZero()) {
                    exit.complete(new ScriptExit.Signaled("SIGKILL"));
                }
                return exit.thenApply(end -> Cancellation.clean());
            }
        };
        Engine engine = built(engine().launcher(new ScriptLauncher() {
            @Override
            public LaunchedScript launch(LaunchSpec spec, LaunchKey key) {
                return stubborn;
            }

            @Override
            public Optional<LaunchedScript> attach(LaunchKey key, Path control) {
                return Optional.empty();
            }

            @Override
            public void close() {}
        }));
        Job job = engine.submit(request().build());
        assertTrue(begun.await(20, TimeUnit.SECONDS));
        engine.cancel(job.id(), Duration.ofHours(1));
        engine.cancel(job.id(), Duration.ofHours(2));
        engine.cancel(job.id(), Duration.ZERO);
        assertEquals(JobState.CANCELED, engine.await(job.id()).state());
        assertEquals(List.of(Duration.ofHours(1), Duration.ZERO), graces);
    }

    @Test
    void cancelOfAQueuedJobMeansItNeverStarts() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        ScriptedLauncher launcher = new ScriptedLauncher(script -> {
            release.await();
            return 0;
        });
        Engine engine = built(engine().launcher(launcher).maxItems(1));
        Job first = engine.submit(request().build());
        Job second = engine.submit(request().build());
        assertEquals(JobState.CANCELED, engine.cancel(second.id()).state());
        release.countDown();
        assertEquals(JobState.COMPLETED, engine.await(first.id()).state());
        assertEquals(1, launcher.launches().size());
        assertEquals(Failure.CANCELED, failure(engine.await(second.id())).code());
    }

    @Test
    void cancelDoesNotWaitForTheNextTry() throws Exception {
        DataReference input = storage.put("in.csv", new byte[3]);
        CountDownLatch failed = new CountDownLatch(1);
        storage.failNextFetch(new IOException("first"));
        Engine engine = built(engine().launcher(new ScriptedLauncher(script -> 0))
                .backoff(Duration.ofHours(1), Duration.ofHours(1))
                .listener(event -> {
                    if (event instanceof JobEvent.ItemChanged changed
                            && !changed.item().warnings().isEmpty()) {
                        failed.countDown();
                    }
                }));
        Job job = engine.submit(request().inputs(List.of(input)).build());
        assertTrue(failed.await(20, TimeUnit.SECONDS));
        engine.cancel(job.id());
        assertEquals(JobState.CANCELED, engine.await(job.id()).state());
    }

    @Test
    void atMostTwoJobsOfADeploymentRunAtOnceAndOthersAreNotHeldUp() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch twoRun = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        Engine engine = built(engine().maxItems(10).launcher(new ScriptedLauncher(script -> {
            if (script.spec().argv().get(0).equals("other")) {
                return 0;
            }
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            twoRun.countDown();
            release.await();
            now.decrementAndGet();
            return 0;
        })));
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            jobs.add(engine.submit(request().build()));
        }
        assertTrue(twoRun.await(20, TimeUnit.SECONDS));
        Script other = Script.ofCommand(ScriptRef.of("other"), List.of("other")).build();
        Job free = engine.submit(JobRequest.builder(other).build());
        assertEquals(JobState.COMPLETED, engine.await(free.id()).state());
        release.countDown();
        for (Job job : jobs) {
            assertEquals(JobState.COMPLETED, engine.await(job.id()).state());
        }
        assertEquals(2, most.get());
    }

    // ---- many items

    @Test
    void failedItemsAreCountedAndNamed() throws Exception {
        JobRequest.Builder request = JobRequest.builder(SCRIPT);
        for (int i = 0; i < 20; i++) {
            DataReference input = storage.put("in" + i, new byte[] {(byte) i});
            request.item(ItemRequest.of("../item " + i, List.of(ItemRequest.Input.named("data", input))));
        }
        request.item(ItemRequest.of("lost", List.of(ItemRequest.Input.named("data", MemoryStorage.reference("x")))));
        request.item(ItemRequest.of("evil", List.of(ItemRequest.Input.named("../data", storage.put("y", new byte[] {1
        })))));
        Engine engine = engine(
                script -> Files.readAllBytes(script.path("BATCH_INPUT_DIR").resolve("data"))[0] % 2);
        List<Counters> looks = Collections.synchronizedList(new ArrayList<>());
        engine.addListener(event -> engine.find(event.job()).ifPresent(job -> looks.add(job.counters())));
        Job job = engine.await(engine.submit(request.build()).id());
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(new Counters(22, 0, 10, 12), job.counters());
        assertTrue(job.items()
                .get(21)
                .outcome()
                .orElseThrow()
                .failure()
                .orElseThrow()
                .message()
                .contains("../data"));
        for (int i = 1; i < looks.size(); i++) {
            assertTrue(looks.get(i).completed() >= looks.get(i - 1).completed());
            assertTrue(looks.get(i).failed() >= looks.get(i - 1).failed());
        }
    }

    @Test
    void folderBecomesOneItemForEachObject() throws Exception {
        storage.put("f/a.txt", "a".getBytes(UTF_8));
        storage.put("f/sub/b.txt", "b".getBytes(UTF_8));
        Map<String, String> read = new ConcurrentHashMap<>();
        Engine engine = engine(script -> {
            read.put(
                    script.key().item().toString().substring(37),
                    Files.readString(script.path("BATCH_INPUT_DIR").resolve("input.txt")));
            return 0;
        });
        DataReference folder = DataReference.builder(MemoryStorage.TYPE)
                .location(DataReference.PREFIX, "f/")
                .build();
        DataReference empty = DataReference.builder(MemoryStorage.TYPE)
                .location(DataReference.PREFIX, "g/")
                .build();
        Job job = engine.await(engine.submit(JobRequest.builder(SCRIPT)
                        .item(ItemRequest.forEachObject("in", "input.txt", folder))
                        .item(ItemRequest.forEachObject("none", "input.txt", empty))
                        .build())
                .id());
        assertEquals(new Counters(3, 0, 2, 1), job.counters());
        assertEquals(
                List.of("in/a.txt", "in/sub/b.txt", "none"),
                job.items().stream().map(i -> i.key()).toList());
        assertEquals(Map.of("0", "a", "1", "b"), read);
    }

    @Test
    void filesBecomeOutputsOneByOne() throws Exception {
        Script declaring = Script.ofCommand(ScriptRef.of("d"), List.of("d"))
                .outputs(List.of("results.json"))
                .build();
        Engine engine = engine(script -> {
            Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("extra.txt"), "x");
            if (script.key().item().number() == 0) {
                Files.writeString(script.path("BATCH_OUTPUT_DIR").resolve("results.json"), "{\"a\":1}");
            }
            return 0;
        });
        Job job = engine.await(engine.submit(JobRequest.builder(declaring)
                        .item(ItemRequest.of("good", List.of()))
                        .item(ItemRequest.of("bad", List.of()))
                        .output(OutputRequest.files(DataReference.builder(MemoryStorage.TYPE)
                                        .build())
                                .build())
                        .build())
                .id());
        assertEquals(new Counters(2, 0, 1, 1), job.counters());
        assertEquals(
                Optional.of("{\"a\":1}"), job.items().get(0).outputs().get(0).json());
        assertArrayEquals(
                "{\"a\":1}".getBytes(UTF_8),
                storage.get(job.id() + "/0/results.json").orElseThrow());
        assertEquals(1, storage.names().size());
    }

    // ---- refusals, listeners, ends

    @Test
    void unknownThingsAreRefusedAtSubmission() throws Exception {
        Engine engine = engine(script -> 0);
        InvalidRequestException type = assertThrows(
                InvalidRequestException.class,
                () -> engine.submit(request()
                        .inputs(List.of(DataReference.builder("ftp").build()))
                        .build()));
        assertEquals("items.job.inputs[0].type", type.field());
        assertTrue(type.getMessage().contains("\"ftp\"") && type.getMessage().contains("memory"), type.getMessage());
        assertThrows(
                InvalidRequestException.class,
                () -> engine.submit(JobRequest.builder(ScriptRef.of("nobody")).build()));
        assertThrows(
                InvalidRequestException.class,
                () -> engine.submit(request()
                        .inputs(List.of(MemoryStorage.reference("x").toBuilder()
                                .connection("c")
                                .build()))
                        .build()));
        assertTrue(engine.list().isEmpty());
        assertThrows(NoSuchElementException.class, () -> engine.cancel(JobId.random()));
    }

    @Test
    void listenerCannotHurtTheEngine() throws Exception {
        Engine engine = engine(script -> 0);
        engine.addListener(event -> {
            throw new AssertionError("hurt");
        });
        assertEquals(
                JobState.COMPLETED,
                engine.await(engine.submit(request().build()).id()).state());
    }

    @Test
    void sameKeyIsTheSameJob() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Engine engine = engine(script -> runs.incrementAndGet() - 1);
        Job first = engine.submit(request().key("k").build());
        engine.await(first.id());
        assertEquals(first.id(), engine.submit(request().key("k").build()).id());
        assertEquals(1, runs.get());
    }

    @Test
    void closeLeavesNoScriptBehind() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Engine engine = engine(script -> {
            started.countDown();
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.countDown();
            }
            return 0;
        });
        engine.submit(request().build());
        assertTrue(started.await(20, TimeUnit.SECONDS));
        engine.close();
        assertEquals(0, ended.getCount());
        assertThrows(IllegalStateException.class, () -> engine.submit(request().build()));
    }

    @Test
    void endedJobsAreKeptInBounds() throws Exception {
        Engine engine =
                built(engine().launcher(new ScriptedLauncher(script -> 0)).keepEnded(Duration.ofDays(1), 3));
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            jobs.add(engine.submit(request().build()));
            engine.await(jobs.get(i).id());
        }
        assertEquals(3, engine.list().size());
        assertEquals(Optional.empty(), engine.find(jobs.get(0).id()));
        assertEquals(jobs.get(5).id(), engine.list().get(0).id());
    }

    // ---- a store that fails

    @Test
    void scriptWhoseRunTheStoreCannotTakeIsEndedBeforeItsJob() throws Exception {
        FaultyJobStore store = new FaultyJobStore();
        CountDownLatch ended = new CountDownLatch(1);
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> {
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.countDown();
            }
            return 0;
        })));
        store.failNextItem(Phase.RUN, new IllegalStateException("the store is broken"));
        Job job = engine.await(engine.submit(request().build()).id());
        assertEquals(0, ended.getCount(), "the script outlived its job");
        assertEquals(Failure.ENGINE, failure(job).code());
        assertTrue(storage.names().isEmpty());
    }

    @Test
    void cancelEndsAScriptWhoseRunTheStoreDoesNotTakeYet() throws Exception {
        FaultyJobStore store = new FaultyJobStore();
        CountDownLatch ended = new CountDownLatch(1);
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> {
            try {
                new CountDownLatch(1).await();
            } finally {
                ended.countDown();
            }
            return 0;
        })));
        store.failItems(Phase.RUN, new IOException("the store does not answer"));
        Job job = engine.submit(request().build());
        try {
            assertTrue(store.failed().await(20, TimeUnit.SECONDS));
            engine.cancel(job.id());
            assertTrue(ended.await(20, TimeUnit.SECONDS), "the script runs on");
        } finally {
            store.recover();
        }
        assertEquals(JobState.CANCELED, engine.await(job.id()).state());
    }

    @Test
    void cancelThatTheStoreRefusedCanBeAskedForAgain() throws Exception {
        FaultyJobStore store = new FaultyJobStore();
        CountDownLatch started = new CountDownLatch(1);
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> {
            started.countDown();
            new CountDownLatch(1).await();
            return 0;
        })));
        Job job = engine.submit(request().build());
        assertTrue(started.await(20, TimeUnit.SECONDS));
        store.failNextJob(JobState.CANCELING, new IOException("the store does not answer"));
        assertEquals(JobState.RUNNING, engine.cancel(job.id()).state());
        engine.cancel(job.id());
        assertEquals(JobState.CANCELED, engine.await(job.id()).state());
    }

    @Test
    void endThatTheStoreRefusedIsTriedAnew() throws Exception {
        FaultyJobStore store = new FaultyJobStore();
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> 0)));
        store.failNextItem(Phase.DONE, new IOException("the store does not answer"));
        assertEquals(
                JobState.COMPLETED,
                engine.await(engine.submit(request().build()).id()).state());
        store.failNextJob(JobState.COMPLETED, new IOException("the store does not answer"));
        assertEquals(
                JobState.COMPLETED,
                engine.await(engine.submit(request().build()).id()).state());
    }

    @Test
    void itemLostToAnotherEngineBeforeItsLaunchLeavesNoDirectory() throws Exception {
        FaultyJobStore store = new FaultyJobStore().durable();
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> 0)));
        store.failNextItem(Phase.LAUNCH, new LostClaimException("it is another engine's by now"));
        engine.submit(request().build());
        assertTrue(store.failed().await(20, TimeUnit.SECONDS));
        engine.close();
        try (Stream<Path> work = Files.list(home.resolve("work"))) {
            assertEquals(List.of(), work.toList());
        }
    }

    @Test
    void listingThatTheStoreRefusedIsTriedAnew() throws Exception {
        storage.put("f/a.txt", "a".getBytes(UTF_8));
        FaultyJobStore store = new FaultyJobStore();
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> 0)));
        store.failNextListing(new IOException("the store does not answer"));
        Job job = engine.await(engine.submit(JobRequest.builder(SCRIPT)
                        .item(ItemRequest.forEachObject("in", "input.txt", folder("f/")))
                        .build())
                .id());
        assertEquals(0, store.failed().getCount());
        assertEquals(new Counters(1, 0, 1, 0), job.counters());
    }

    @Test
    void damagedRecordFailsItsJobAndHidesNoOther() throws Exception {
        MemoryJobStore store = new MemoryJobStore();
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        JobId damaged = JobId.random();
        store.create(
                JobRecord.queued(damaged, Optional.empty(), "script", 0, now, Optional.empty(), "{\"items\":"),
                List.of());
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> 0)));
        Job job = engine.await(engine.submit(request().build()).id());
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(JobState.FAILED, store.find(damaged).orElseThrow().state());
        assertEquals(List.of(job.id()), engine.list().stream().map(Job::id).toList());
    }

    // ---- plug-ins that fail as none should

    @Test
    void errorsOfPluginsFailTheirItemsAlone() throws Exception {
        DataSource source = storage.source();
        DataSource broken = (DataSource) Proxy.newProxyInstance(
                EngineTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("resolve")) {
                        throw new StackOverflowError("broken");
                    }
                    return method.invoke(source, arguments);
                });
        Engine engine = built(LongshoreEngine.builder()
                .home(home)
                .discovery(false)
                .source(broken)
                .maxItems(1)
                .launcher(new ScriptedLauncher(script -> 0)));
        Job listed = engine.await(engine.submit(JobRequest.builder(SCRIPT)
                        .item(ItemRequest.forEachObject("in", "input.txt", folder("f/")))
                        .build())
                .id());
        assertEquals(new Counters(1, 0, 0, 1), listed.counters());
        Job staged = engine.await(engine.submit(JobRequest.builder(SCRIPT)
                        .inputs(List.of(storage.put("in", new byte[1])))
                        .build())
                .id());
        assertEquals(Failure.ENGINE, failure(staged).code());
        Job next =
                engine.await(engine.submit(JobRequest.builder(SCRIPT).build()).id());
        assertEquals(JobState.COMPLETED, next.state());
    }

    @Test
    void whatIsAcceptedWhileAnEngineClosesHasAnEnd() throws Exception {
        for (int i = 0; i < 20; i++) {
            Engine engine = engine(script -> 0);
            List<JobId> accepted = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch first = new CountDownLatch(1);
            Thread submitting = new Thread(() -> {
                try {
                    while (true) {
                        accepted.add(engine.submit(request().build()).id());
                        first.countDown();
                    }
                } catch (IllegalStateException e) {
                    // closed
                }
            });
            submitting.start();
            assertTrue(first.await(20, TimeUnit.SECONDS));
            engine.close();
            submitting.join();
            for (JobId id : accepted) {
                engine.find(id).ifPresent(job -> assertTrue(job.state().isTerminal(), () -> "" + job));
            }
        }
    }

    // ---- folders as inputs

    @Test
    void objectsOfAFolderThatShareANameAreAllStaged() throws Exception {
        storage.put("f/sub/a.csv", "1".getBytes(UTF_8));
        storage.put("f/sub/A.csv", "2".getBytes(UTF_8));
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        Engine engine = engine(script -> {
            try (Stream<Path> files = Files.list(script.path("BATCH_INPUT_DIR").resolve("sub"))) {
                files.forEach(file -> seen.add(file.getFileName().toString()));
            }
            return 0;
        });
        Job job = engine.await(engine.submit(
                        JobRequest.builder(SCRIPT).inputs(List.of(folder("f/"))).build())
                .id());
        assertEquals(JobState.COMPLETED, job.state());
        assertEquals(2, Set.copyOf(seen).size());
        assertTrue(seen.stream().anyMatch(name -> name.equalsIgnoreCase("a-2.csv")), seen::toString);
    }

    @Test
    void objectThatIsAFileAndAFolderFailsTheItem() throws Exception {
        storage.put("f/a", "1".getBytes(UTF_8));
        storage.put("f/a/b", "2".getBytes(UTF_8));
        Engine engine = engine(script -> 0);
        Job job = engine.await(engine.submit(
                        JobRequest.builder(SCRIPT).inputs(List.of(folder("f/"))).build())
                .id());
        assertEquals(Failure.INPUT, failure(job).code());
        assertTrue(
                failure(job).message().contains("\"a\" is a file"), failure(job).message());
    }

    private static DataReference folder(String prefix) {
        return DataReference.builder(MemoryStorage.TYPE)
                .location(DataReference.PREFIX, prefix)
                .build();
    }

    @Test
    void jobThatIsSeenToHaveEndedHasItsOutcome() throws Exception {
        FaultyJobStore store = new FaultyJobStore();
        Engine engine = built(engine().store(store).maxItems(4).launcher(new ScriptedLauncher(script -> 0)));
        for (int i = 0; i < 50; i++) {
            Job job = engine.submit(request().build());
            do {
                assertFalse(Thread.currentThread().isInterrupted(), "the job did not end");
                job = engine.find(job.id()).orElseThrow();
            } while (!job.state().isTerminal());
            assertEquals(Optional.of(new JobOutcome.Completed()), job.outcome());
            assertTrue(job.endedAt().isPresent());
            engine.await(job.id());
        }
    }

    @Test
    void whatFailsAfterTheFirstFailureIsAttachedToIt() throws Exception {
        FaultyJobStore store = new FaultyJobStore();
        Engine engine = built(engine().store(store).launcher(new ScriptedLauncher(script -> 3)));
        store.failNextItem(Phase.SWEEP, new IllegalStateException("the store is broken"));
        Job job = engine.await(engine.submit(request().build()).id());
        assertEquals(Failure.EXIT_CODE, failure(job).code());
        assertEquals(
                List.of("the engine failed: java.lang.IllegalStateException: the store is broken"),
                failure(job).after());
    }

    // ---- waits and logs

    @Test
    void waitMayBeLongerThanAnyClockHasRoomFor() throws Exception {
        Engine engine = engine(script -> 0);
        Job job = engine.submit(request().build());
        assertEquals(
                JobState.COMPLETED,
                engine.await(job.id(), Duration.ofSeconds(Long.MAX_VALUE)).state());
    }

    @Test
    void logIsNotReadFromBeforeItsBeginning() throws Exception {
        Engine engine = engine(script -> 0);
        Job job = engine.await(engine.submit(request().build()).id());
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> engine.readLog(job.id(), 0, LogStream.STDOUT, -5, 100));
        assertEquals("offset of a log is negative: -5", refused.getMessage());
    }

    @Test
    void logsAreReadByOffset() throws Exception {
        Engine engine = engine(script -> {
            Files.writeString(script.spec().stdout(), "hello");
            return 0;
        });
        Job job = engine.await(engine.submit(request().build()).id());
        assertArrayEquals(
                "llo".getBytes(UTF_8),
                engine.readLog(job.id(), 0, LogStream.STDOUT, 2, 100).bytes());
        assertTrue(engine.readLog(job.id(), 0, LogStream.STDOUT, 5, 100).isEmpty());
    }

    @Test
    void longLogIsKeptByItsHeadAndTailWhileAFollowerReadsIt() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Engine engine = built(engine().logLimits(4, 3).launcher(new ScriptedLauncher(script -> {
            Files.writeString(script.spec().stdout(), "0123456789");
            Files.writeString(script.spec().stderr(), "0123456789");
            written.countDown();
            release.await();
            return 0;
        })));
        Job job = engine.submit(request().build());
        assertTrue(written.await(20, TimeUnit.SECONDS));
        LogPart before = engine.readLog(job.id(), 0, LogStream.STDOUT, 0, 6);
        assertEquals("012345", new String(before.bytes(), UTF_8));
        release.countDown();
        engine.await(job.id());
        LogPart after = engine.readLog(job.id(), 0, LogStream.STDOUT, before.nextOffset(), 100);
        assertEquals(7, after.offset());
        assertEquals("789", new String(after.bytes(), UTF_8));
        for (LogStream stream : LogStream.values()) {
            assertEquals(
                    "0123",
                    new String(engine.readLog(job.id(), 0, stream, 0, 100).bytes(), UTF_8));
            assertEquals(7, engine.readLog(job.id(), 0, stream, 4, 100).offset());
        }
    }
}
