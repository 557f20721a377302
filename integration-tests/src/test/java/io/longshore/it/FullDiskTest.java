package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Engine;
import io.longshore.api.Failure;
import io.longshore.api.Job;
import io.longshore.api.JobState;
import io.longshore.api.Phase;
import io.longshore.engine.LongshoreEngine;
import io.longshore.engine.TinkSealer;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.JobStore;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import io.longshore.store.jdbc.JdbcJobStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The disk is full in one phase after another: the failure names what could not be written, nothing is kept that is not whole,
 * and the next job succeeds once there is room. Where the home is on that disk, so is the SQLite journal (contract 1.9, 2.7,
 * 3.8).
 */
@Timeout(120)
final class FullDiskTest {
    private static final String FULL = "No space left on device";
    private static final String ONCE = "\"longshore\":{\"retries\":{\"stage\":0,\"publish\":0}}";

    @RegisterExtension
    @Order(1)
    private final SmallDisk disk = new SmallDisk();

    @RegisterExtension
    @Order(2)
    private final Host host = new Host();

    private Optional<JobStore> store = Optional.empty();

    @BeforeEach
    void mountDisk() throws Exception {
        disk.mount();
    }

    @AfterEach
    void closeStore() throws Exception {
        host.engine().close();
        if (store.isPresent()) {
            store.get().close();
        }
    }

    /** An engine whose home, with its journal, is on the small disk. */
    private void homeOnTheDisk(UnaryOperator<LongshoreEngine.Builder> parts) throws IOException {
        // SQLite's library lies where the first store of a JVM is, and a disk that has it stays mounted.
        JdbcJobStore.inDirectory(host.mark("elsewhere")).close();
        Path home = Files.createDirectory(disk.place().resolve("home"));
        Files.createSymbolicLink(host.home(), home);
        JobStore opened = JdbcJobStore.inDirectory(home);
        store = Optional.of(opened);
        host.engine(builder -> parts.apply(builder.store(opened)));
    }

    /** An engine that publishes to a space on the small disk. */
    private LocalSpace spaceOnTheDisk(UnaryOperator<DataSink> sink) throws IOException {
        LocalSpace space = LocalSpace.open(disk.place().resolve("space"), TinkSealer.inMemory());
        host.engine(builder -> builder.sink(sink.apply(space.sink())));
        return space;
    }

    private void deploy(String body) throws IOException {
        host.deploy("script", "script.sh", "#!/bin/sh -e\necho ran >>'" + host.mark("runs") + "'\n" + body + "\n");
    }

    private int runs() throws IOException {
        Path runs = host.mark("runs");
        return Files.exists(runs) ? Files.readAllLines(runs).size() : 0;
    }

    private static String once(String document) {
        return "{" + ONCE + "," + document.strip().substring(1);
    }

    private static Job completed(Job job) {
        assertEquals(JobState.COMPLETED, job.state(), () -> job.outcome().toString());
        return job;
    }

    /** The first cause, and nothing after it; the workspace is gone. */
    private void assertFailed(Job job, Phase phase, String... parts) throws IOException {
        Failure failure = Host.failure(job);
        assertEquals(phase, failure.phase(), failure::toString);
        for (String part : parts) {
            assertTrue(failure.message().contains(part), failure::toString);
        }
        assertEquals(List.of(), failure.after());
        assertEquals(List.of(), host.workspaces());
    }

    // ---- stage

    @Test // contract 1.9
    void inputsThatNeedMoreThanTheDiskHasAreNotFetched() throws Exception {
        homeOnTheDisk(builder -> builder);
        deploy("cp \"$BATCH_INPUT_DIR/in\" \"$BATCH_OUTPUT_DIR\"");
        Asset large = host.asset("in", new byte[SmallDisk.BYTES + 1]);
        assertFailed(
                host.run(once(Host.wml("script", "out", Host.inputs(large)))),
                Phase.STAGE,
                "the inputs need " + (SmallDisk.BYTES + 1) + " bytes, and the disk of the workspace has ");
        assertEquals(0, runs());
        completed(host.run(once(Host.wml("script", "out", Host.inputs(host.asset("in", "small"))))));
        assertEquals(Map.of("in", "small"), host.texts("out"));
    }

    @ParameterizedTest // contract 1.9
    @CsvSource({"BEFORE, /staging/0", "AFTER, /control/inputs.json"})
    void diskThatFillsUpWhileAJobIsStagedIsToldWithTheFile(SmallDisk.Moment moment, String file) throws Exception {
        homeOnTheDisk(builder ->
                builder.source(disk.filledAt(DataSource.class, host.space().source(), "fetch", moment)));
        deploy("cp \"$BATCH_INPUT_DIR/in\" \"$BATCH_OUTPUT_DIR\"");
        String document = once(Host.wml("script", "out", Host.inputs(host.asset("in", "x".repeat(100_000)))));
        assertFailed(host.run(document), Phase.STAGE, file + ": " + FULL);
        assertEquals(0, runs());
        disk.free();
        completed(host.run(document));
        assertEquals(Map.of("in", "x".repeat(100_000)), host.texts("out"));
    }

    // ---- run

    @Test // contract 3.2
    void scriptThatFillsTheDiskFailsByItselfAndItsEndIsKept() throws Exception {
        homeOnTheDisk(builder -> builder);
        deploy("head -c \"$COUNT\" /dev/zero >\"$BATCH_OUTPUT_DIR/zeros\"");
        String document = Host.wml("script", "out", "\"environment_variables\":{\"COUNT\":\"%d\"}");
        Job failed = host.run(document.formatted(2L * SmallDisk.BYTES));
        assertFailed(failed, Phase.RUN, "exit code 1");
        assertEquals(List.of(), host.assetNames());
        completed(host.run(document.formatted(1)));
        assertEquals(Map.of("zeros", "\0"), host.texts("out"));
        assertEquals(2, runs());
    }

    // ---- archive

    @Test // contract 2.7
    void tableOfContentsThatDoesNotFitFailsThePublishAndNothingIsSeen() throws Exception {
        homeOnTheDisk(builder ->
                builder.sink(disk.filledAt(DataSink.class, host.space().sink(), "begin", SmallDisk.Moment.BEFORE)));
        deploy("""
                name=$(printf '%0240d' 0)
                cd "$BATCH_OUTPUT_DIR"
                mkdir -p "$name/$name/$name"
                cd "$name/$name/$name"
                seq -f "$name%g" 1 4400 | xargs touch
                """);
        String document = once(Host.wml("script", "out"));
        assertFailed(host.run(document), Phase.PUBLISH, "/archive-", ".contents: " + FULL);
        assertEquals(List.of(), host.assetNames());
        assertEquals(0, host.space().directory().resolve("tmp").toFile().list().length);
        disk.free();
        completed(host.run(document));
        assertEquals(4400, host.archive("out").size());
    }

    @Test // contract 2.7
    void manifestThatDoesNotFitFailsThePublishAndIsNotSeen() throws Exception {
        homeOnTheDisk(builder ->
                builder.sink(disk.filledAt(DataSink.class, host.space().sink(), "begin", SmallDisk.Moment.BEFORE)));
        deploy("echo a >\"$BATCH_OUTPUT_DIR/a\"");
        String document = once(Host.wml("script", "out")).replace("\"retries\"", "\"format\":\"none\",\"retries\"");
        assertFailed(host.run(document), Phase.PUBLISH, "/manifest-", ".json: " + FULL);
        assertTrue(host.space().find("out/manifest.json").isEmpty());
        disk.free();
        completed(host.run(document));
        assertTrue(host.space().find("out/manifest.json").isPresent());
    }

    // ---- publish

    private List<String> names(LocalSpace space) throws IOException {
        assertEquals(0, space.directory().resolve("tmp").toFile().list().length);
        return space.listAll().stream().map(Asset::name).toList();
    }

    @Test // contract 2.7
    void outputThatDoesNotFitIsNotPublished() throws Exception {
        LocalSpace space = spaceOnTheDisk(sink -> sink);
        deploy("head -c \"$COUNT\" /dev/urandom >\"$BATCH_OUTPUT_DIR/noise\"");
        String document = once(Host.wml("script", "out", "\"environment_variables\":{\"COUNT\":\"%d\"}"));
        assertFailed(
                host.run(document.formatted(2L * SmallDisk.BYTES)),
                Phase.PUBLISH,
                space.directory().toString(),
                "/bytes: " + FULL);
        assertEquals(List.of(), names(space));
        Job job = completed(host.run(document.formatted(1000)));
        assertEquals(List.of("out"), names(space));
        assertWhole(space, job);
    }

    private static void assertWhole(LocalSpace space, Job job) throws IOException {
        Asset asset = space.find("out").orElseThrow();
        assertEquals(asset.href(), job.items().get(0).outputs().get(0).href());
        try (InputStream content = space.open(asset)) { // which checks size and digest
            assertEquals(asset.sizeBytes(), content.readAllBytes().length);
        }
    }

    @ParameterizedTest // contract 2.7
    @EnumSource
    void recordThatDoesNotFitLeavesNoAsset(SmallDisk.Moment moment) throws Exception {
        // AFTER the stream was taken: its bytes do not fit. BEFORE the commit: they are written, their record is not.
        String method = moment == SmallDisk.Moment.BEFORE ? "commit" : "stream";
        LocalSpace space = spaceOnTheDisk(sink -> disk.filledAt(DataSink.class, sink, method, moment));
        deploy("echo a >\"$BATCH_OUTPUT_DIR/a\"");
        String document = once(Host.wml("script", "out"));
        assertFailed(host.run(document), Phase.PUBLISH, space.directory().toString(), FULL);
        assertEquals(List.of(), names(space));
        disk.free();
        Job job = completed(host.run(document));
        assertEquals(List.of("out"), names(space));
        assertWhole(space, job);
    }

    @Test // contract 2.7
    void outputIsPublishedWithoutItsScriptOnceThereIsRoom() throws Exception {
        LocalSpace space = spaceOnTheDisk(sink -> disk.filledFrom(DataSink.class, sink, "commit", "close"));
        deploy("echo a >\"$BATCH_OUTPUT_DIR/a\"");
        Job job = completed(host.run(Host.wml("script", "out")));
        assertTrue(
                job.items().get(0).warnings().toString().contains(FULL),
                () -> job.items().toString());
        assertEquals(List.of("out"), names(space));
        assertWhole(space, job);
        assertEquals(1, runs());
    }

    // ---- the journal

    @Test // contract 3.8
    void submissionThatDoesNotFitIsRefusedWholly() throws Exception {
        homeOnTheDisk(builder -> builder);
        deploy("echo a >\"$BATCH_OUTPUT_DIR/a\"");
        Engine engine = host.engine();
        disk.fill();
        UncheckedIOException refused =
                assertThrows(UncheckedIOException.class, () -> engine.submit(Host.wml("script", "out")));
        assertTrue(
                refused.getMessage()
                        .matches("the job could not be kept: creating job .* in the job store \""
                                + disk.place().resolve("home/jobs.db") + "\": the disk is full"),
                refused.getMessage());
        assertEquals(List.of(), engine.list());
        disk.free();
        completed(host.run(Host.wml("script", "out")));
        assertEquals(1, engine.list().size());
        assertEquals(1, runs());
    }

    @Test // contract 3.8
    void endOfAScriptIsKeptOnADiskThatIsFull() throws Exception {
        homeOnTheDisk(builder -> builder);
        try (Gate gate = new Gate(host.mark("gate"))) {
            deploy("echo a >\"$BATCH_OUTPUT_DIR/a\"\n: >'" + host.mark("began") + "'\nread through <'"
                    + host.mark("gate") + "'");
            Job job = host.submit(Host.wml("script", "out"));
            host.awaitMark("began");
            disk.fill();
            gate.open(2);
            completed(host.ended(job));
            assertArrayEquals("a\n".getBytes(UTF_8), host.archive("out").get("a"));
            disk.free();
            completed(host.run(Host.wml("script", "out")));
            assertEquals(2, runs());
        }
    }
}
