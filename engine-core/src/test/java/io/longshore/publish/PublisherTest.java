package io.longshore.publish;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import io.longshore.api.ArchiveFormat;
import io.longshore.api.DataReference;
import io.longshore.api.ItemOutput;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.OutputRequest;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.archive.ThreadBudget;
import io.longshore.codec.ItemSpec;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import io.longshore.stage.Connections;
import io.longshore.stage.TransferBudget;
import io.longshore.testkit.MemoryStorage;
import io.longshore.testkit.RecordingTransfer;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outputs that are changed while they are published, as by a process that a script left behind. */
final class PublisherTest {
    private static final Script SCRIPT =
            Script.ofCommand(ScriptRef.of("script"), List.of("script")).build();

    private final MemoryStorage storage = new MemoryStorage();
    private final MeddlingSink sink = new MeddlingSink(storage.sink());
    private final Publisher publisher = publisher(new TransferBudget(1, Runnable::run));
    private final ItemKey key = new ItemKey(JobId.random(), 0);
    private final RecordingReport report = new RecordingReport();

    private Workspace workspace;
    private Path output;
    private Path outside;

    private Publisher publisher(TransferBudget transfers) {
        return new Publisher(
                new Sinks(List.of(sink)), new Connections(List.of(), false), ThreadBudget.none(), transfers);
    }

    @BeforeEach
    void directories(@TempDir Path directory) throws IOException {
        workspace = Workspace.of(directory.resolve("work"), new LaunchKey(key, 1));
        workspace.create();
        output = workspace.output();
        outside = Files.createDirectory(directory.resolve("outside"));
        for (String each : List.of("real", "a", "a.json")) {
            Files.writeString(outside.resolve(each), "{\"outside\":1}");
        }
    }

    @Test
    void linkInPlaceOfAnOutputFileIsRefused() throws IOException {
        Path file = Files.writeString(output.resolve("a"), "inside");
        sink.beforeBegin = () -> {
            Files.delete(file);
            Files.createSymbolicLink(file, outside.resolve("a"));
        };
        refused("is no regular file");
        publish(RecordingTransfer.unstopped());
        assertEquals(
                List.of("left out of the outputs: a is a link that leads outside the output directory"),
                report.warnings);
        assertTrue(storage.names().isEmpty());
    }

    @Test
    void linkInPlaceOfADirectoryOnTheWayIsRefused() throws IOException {
        Path sub = Files.createDirectory(output.resolve("sub"));
        Files.writeString(sub.resolve("real"), "inside");
        Files.createSymbolicLink(output.resolve("a"), sub.resolve("real"));
        sink.beforeBegin = () -> {
            Files.move(sub, output.resolve("away"));
            Files.createSymbolicLink(sub, outside);
        };
        refused("is no directory");
    }

    @Test
    void linkInPlaceOfTheOutputDirectoryIsRefused() throws IOException {
        Files.writeString(output.resolve("a"), "inside");
        sink.beforeBegin = () -> {
            Files.move(output, output.resolveSibling("away"));
            Files.createSymbolicLink(output, outside);
        };
        refused("is no directory");
    }

    @Test
    void linkInPlaceOfAnOutputThatWasPublishedIsNotEmbedded() throws IOException {
        Path file = Files.writeString(output.resolve("a.json"), "{\"inside\":1}");
        sink.beforeCommit = () -> {
            Files.delete(file);
            Files.createSymbolicLink(file, outside.resolve("a.json"));
        };
        FileSystemException refused =
                assertThrows(FileSystemException.class, () -> publish(RecordingTransfer.unstopped()));
        assertEquals("is no regular file", refused.getReason());
        assertEquals(List.of(), report.outputs);
    }

    @Test
    void filesArePublishedOneByOneAndThenTheirManifest() throws Exception {
        Files.writeString(Files.createDirectory(output.resolve("sub")).resolve("žluť"), "in sub");
        Files.createDirectory(output.resolve("empty"));
        Files.writeString(output.resolve("a.csv"), "1,2");
        Files.createSymbolicLink(output.resolve("outside"), outside.resolve("a"));
        publisher.archive(loose(), workspace, "", RecordingTransfer.unstopped(), () -> {}, report);
        assertEquals(List.of("out/a.csv", "out/sub/žluť", "out/manifest.json"), sink.committed);
        assertEquals("1,2", new String(storage.get("out/a.csv").orElseThrow(), UTF_8));
        assertEquals(
                "[{\"name\":\"a.csv\",\"size\":3,\"sha256\":\"" + sha256("1,2") + "\"},"
                        + "{\"name\":\"sub/žluť\",\"size\":6,\"sha256\":\"" + sha256("in sub") + "\"}]",
                new String(storage.get("out/manifest.json").orElseThrow(), UTF_8));
        assertEquals(1, report.outputs.size());
        assertEquals("out/manifest.json", report.outputs.get(0).name());
        assertEquals(
                List.of("left out of the outputs: \"outside\" is a link that leads outside the output directory"),
                report.warnings);
        assertEquals(Optional.of(report.outputs.get(0)), publisher.committed(loose(), ""));
        try (Stream<Path> left = Files.list(workspace.directory())) {
            assertTrue(left.noneMatch(path -> path.toString().contains("manifest")));
        }
    }

    @Test
    void filesGoSeveralAtOnceAndStandInTheManifestInTheirOrder() throws IOException {
        Files.writeString(output.resolve("a"), "first");
        Files.writeString(output.resolve("b"), "second");
        CyclicBarrier both = new CyclicBarrier(2);
        sink.beforeCommit = () -> {
            if (sink.committed.size() < 2) {
                meet(both);
            }
        };
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            publisher(new TransferBudget(2, threads))
                    .archive(loose(), workspace, "", RecordingTransfer.unstopped(), () -> {}, report);
        } finally {
            threads.shutdownNow();
        }
        assertEquals(Set.of("out/a", "out/b", "out/manifest.json"), Set.copyOf(sink.committed));
        assertEquals("out/manifest.json", sink.committed.get(2));
        String manifest = new String(storage.get("out/manifest.json").orElseThrow(), UTF_8);
        assertTrue(manifest.indexOf("\"a\"") < manifest.indexOf("\"b\""), manifest);
    }

    private static void meet(CyclicBarrier both) throws IOException {
        try {
            both.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IOException("the other file did not begin", e);
        }
    }

    @Test
    void smallFileIsLookedForByItsCommitOnly() throws IOException {
        Files.writeString(output.resolve("small"), "x");
        Files.write(output.resolve("large"), new byte[(1 << 20) + 1]);
        publisher.archive(loose(), workspace, "", RecordingTransfer.unstopped(), () -> {}, report);
        assertEquals(List.of("/large", "/manifest.json"), sink.lookedFor);
    }

    @Test
    void nextTryPublishesTheFilesThatAreMissingAndTheWholeManifest() throws IOException {
        List<String> asked = new ArrayList<>();
        Fence fence = publishedInPart(asked);
        assertEquals(List.of("out/a"), sink.committed);
        assertEquals(Optional.empty(), publisher.committed(loose(), ""));
        publisher.archive(loose(), workspace, "", RecordingTransfer.unstopped(), fence, report);
        assertEquals(List.of("out/a", "out/b", "out/manifest.json"), sink.committed);
        assertEquals(5, asked.size());
        String manifest = new String(storage.get("out/manifest.json").orElseThrow(), UTF_8);
        assertTrue(manifest.contains(sha256("first")) && manifest.contains(sha256("second")), manifest);
    }

    @Test
    void fileThatIsAnotherThanTheOneThatWasPublishedIsNotTakenForIt() throws IOException {
        Fence fence = publishedInPart(new ArrayList<>());
        Files.writeString(output.resolve("a"), "another");
        IOException refused = assertThrows(
                OutputException.class,
                () -> publisher.archive(loose(), workspace, "", RecordingTransfer.unstopped(), fence, report));
        assertEquals("output \"a\" has 7 bytes, and was published with 5 by an earlier try", refused.getMessage());
        assertEquals(Optional.empty(), publisher.committed(loose(), ""));
    }

    /** Publishes the first of two files, and no more as the store is busy; the fence counts its questions, and goes on. */
    private Fence publishedInPart(List<String> asked) throws IOException {
        Files.writeString(output.resolve("a"), "first");
        Files.writeString(output.resolve("b"), "second");
        Fence fence = () -> {
            asked.add("commit");
            if (asked.size() == 2) {
                throw new IOException("the store is busy");
            }
        };
        assertThrows(
                IOException.class,
                () -> publisher.archive(loose(), workspace, "", RecordingTransfer.unstopped(), fence, report));
        return fence;
    }

    @Test
    void filesOfAFailedScriptHaveItsNameBeforeTheirs() throws IOException {
        Files.writeString(output.resolve("a"), "x");
        publisher.archive(loose(), workspace, ".failed-1", RecordingTransfer.unstopped(), () -> {}, report);
        assertEquals(List.of("out.failed-1/a", "out.failed-1/manifest.json"), sink.committed);
        assertEquals("failed", report.outputs.get(0).output());
    }

    @Test
    void outputWithTheNameOfTheManifestIsRefused() throws IOException {
        Files.writeString(output.resolve("a"), "x");
        Files.writeString(output.resolve("manifest.json"), "{}");
        OutputException refused = assertThrows(
                OutputException.class,
                () -> publisher.archive(loose(), workspace, "", RecordingTransfer.unstopped(), () -> {}, report));
        assertTrue(refused.getMessage().contains("manifest.json"), refused.getMessage());
        assertTrue(storage.names().isEmpty());
    }

    private ItemSpec loose() {
        DataReference target = DataReference.builder(MemoryStorage.TYPE)
                .location(DataReference.NAME, "out")
                .build();
        JobRequest request = JobRequest.builder(SCRIPT)
                .output(OutputRequest.archive(target).format(ArchiveFormat.NONE).build())
                .build();
        return new ItemSpec(key, request, SCRIPT, "{}", Optional.empty());
    }

    private static String sha256(String text) {
        return Hashing.sha256().hashString(text, UTF_8).toString();
    }

    @Test
    void outputThatGrowsIsPublishedAsLongAsItWas() throws IOException {
        byte[] content = new byte[200_000];
        Path file = Files.write(output.resolve("a"), content);
        publish(new MeddlingTransfer(() -> Files.write(file, new byte[1_000], StandardOpenOption.APPEND)));
        assertArrayEquals(content, storage.get(key + "/a").orElseThrow());
    }

    @Test
    void outputThatShrinksIsNotPublished() throws IOException {
        Path file = Files.write(output.resolve("a"), new byte[200_000]);
        Transfer truncating = new MeddlingTransfer(() -> Files.write(file, new byte[10]));
        IOException refused = assertThrows(IOException.class, () -> publish(truncating));
        assertEquals("output file shrank while it was published: \"a\"", refused.getMessage());
        assertTrue(storage.names().isEmpty());
    }

    private void refused(String reason) {
        FileSystemException refused =
                assertThrows(FileSystemException.class, () -> publish(RecordingTransfer.unstopped()));
        assertEquals(reason, refused.getReason());
        assertTrue(storage.names().isEmpty());
    }

    private void publish(Transfer transfer) throws IOException {
        DataReference target = DataReference.builder(MemoryStorage.TYPE).build();
        JobRequest request = JobRequest.builder(SCRIPT)
                .output(OutputRequest.files(target).build())
                .build();
        publisher.files(
                new ItemSpec(key, request, SCRIPT, "{}", Optional.empty()), workspace, transfer, () -> {}, report);
    }

    /** What changes the outputs just then. */
    private interface Change {
        void make() throws IOException;
    }

    /** A sink that lets the outputs be changed once, before an upload or before its commit. */
    private static final class MeddlingSink implements DataSink {
        private final DataSink sink;
        private final List<String> committed = Collections.synchronizedList(new ArrayList<>());
        private final List<String> lookedFor = Collections.synchronizedList(new ArrayList<>());
        private volatile Change beforeBegin = () -> {};
        private volatile Change beforeCommit = () -> {};

        MeddlingSink(DataSink sink) {
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
            Change change = beforeBegin;
            beforeBegin = () -> {};
            change.make();
            Upload upload = sink.begin(publication, access);
            return new Upload() {
                @Override
                public OutputStream stream() throws IOException {
                    return upload.stream();
                }

                @Override
                public Published commit() throws IOException {
                    beforeCommit.make();
                    boolean again = sink.find(publication, access).isPresent();
                    Published published = upload.commit();
                    if (!again) {
                        committed.add(published.name());
                    }
                    return published;
                }

                @Override
                public void close() throws IOException {
                    upload.close();
                }
            };
        }

        @Override
        public Optional<Published> find(Publication publication, Access access) throws IOException {
            lookedFor.add(publication.nameSuffix());
            return sink.find(publication, access);
        }

        @Override
        public void abandon(Publication publication, Access access) throws IOException {
            sink.abandon(publication, access);
        }
    }

    /** A transfer that changes the outputs once a first part of one is read. */
    private static final class MeddlingTransfer implements Transfer {
        private Change change;

        MeddlingTransfer(Change change) {
            this.change = change;
        }

        @Override
        public void advanced(long bytes) {
            try {
                change.make();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            change = () -> {};
        }

        @Override
        public void requireActive() {}
    }

    private static final class RecordingReport implements Publisher.Report {
        private final List<String> warnings = new ArrayList<>();
        private final List<ItemOutput> outputs = new ArrayList<>();

        @Override
        public void warn(String warning) {
            warnings.add(warning);
        }

        @Override
        public void committed(ItemOutput output) {
            outputs.add(output);
        }
    }
}
