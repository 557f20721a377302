package io.longshore.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.longshore.api.DataReference;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.codec.ItemSpec;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.testkit.RecordingTransfer;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StagerTest {
    private static final Script SCRIPT =
            Script.ofCommand(ScriptRef.of("script"), List.of("script")).build();

    /** A folder of two objects, of which none arrives before the other has begun. */
    private static final class MeetingSource implements DataSource {
        private final CyclicBarrier both = new CyclicBarrier(2);

        @Override
        public Set<String> types() {
            return Set.of("meeting");
        }

        @Override
        public void check(DataReference reference) {}

        @Override
        public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) {
            for (String name : List.of("sub/a", "sub/b")) {
                each.accept(new SourceObject(
                        reference,
                        name,
                        name,
                        name,
                        OptionalLong.of(name.length()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
            }
        }

        @Override
        public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
            try {
                both.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                throw new IOException("the other object did not begin", e);
            }
            Files.writeString(target, object.name());
        }
    }

    /** A folder of many objects, of which every tenth has the name of the one before it in other letters. */
    private static final class LargeSource implements DataSource {
        private final int count;

        LargeSource(int count) {
            this.count = count;
        }

        @Override
        public Set<String> types() {
            return Set.of("large");
        }

        @Override
        public void check(DataReference reference) {}

        @Override
        public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) {
            for (int i = 0; i < count; i++) {
                String name = i % 10 == 9 ? "OBJECT " + (i - 1) : "object " + i;
                each.accept(new SourceObject(
                        DataReference.builder("large")
                                .location("number", Integer.toString(i))
                                .build(),
                        name,
                        name,
                        "large/" + i,
                        OptionalLong.of(Integer.toString(i).length()),
                        i % 2 == 0 ? Optional.of("hash " + i) : Optional.empty(),
                        Optional.of("version " + i),
                        Optional.empty()));
            }
        }

        @Override
        public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
            String number = object.reference().location("number").orElseThrow();
            if (!object.version().orElseThrow().equals("version " + number)) {
                throw new IOException("another object: " + object);
            }
            Files.writeString(target, number);
        }
    }

    @Test
    void objectsTooManyForMemoryArriveAllTheSame(@TempDir Path directory) throws IOException {
        int count = 3_000;
        DataReference folder = DataReference.builder("large")
                .location(DataReference.PREFIX, "")
                .build();
        ItemKey key = new ItemKey(JobId.random(), 0);
        JobRequest request = JobRequest.builder(SCRIPT).inputs(List.of(folder)).build();
        Workspace workspace = Workspace.of(directory.resolve("work"), new LaunchKey(key, 1));
        workspace.create();
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicLong totalBytes = new AtomicLong();
        Staged staged;
        try {
            staged = new Stager(
                            new Sources(List.of(new LargeSource(count))),
                            new Connections(List.of(), false),
                            new TransferBudget(4, threads))
                    .stage(
                            new ItemSpec(key, request, SCRIPT, "{}", Optional.empty()),
                            workspace,
                            RecordingTransfer.unstopped(),
                            totalBytes::set);
        } finally {
            threads.shutdownNow();
        }
        JsonNode manifest = new ObjectMapper().readTree(workspace.inputs().toFile());
        assertEquals(count, manifest.size());
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            JsonNode entry = manifest.get(i);
            assertEquals("large/" + i, entry.get("source").textValue());
            assertEquals(
                    i % 10 == 9 ? "OBJECT " + (i - 1) + "-2" : "object " + i,
                    entry.get("file").textValue());
            assertEquals(i % 2 == 0, entry.get("sha256").textValue().equals("hash " + i));
            assertEquals(
                    Integer.toString(i),
                    Files.readString(workspace.input().resolve(entry.get("file").textValue())));
            bytes += entry.get("size").longValue();
        }
        assertEquals(bytes, totalBytes.get());
        assertEquals(
                List.of("input \"OBJECT 8\" was staged as \"OBJECT 8-2\", as an earlier one has its name, and so were "
                        + (count / 10 - 1) + " more"),
                staged.warnings());
        assertFalse(Files.exists(workspace.staging()));
    }

    @Test
    void objectsComeSeveralAtOnceAndAreListedInTheirOrder(@TempDir Path directory) throws IOException {
        DataReference folder = DataReference.builder("meeting")
                .location(DataReference.PREFIX, "")
                .build();
        ItemKey key = new ItemKey(JobId.random(), 0);
        JobRequest request = JobRequest.builder(SCRIPT).inputs(List.of(folder)).build();
        ItemSpec spec = new ItemSpec(key, request, SCRIPT, "{}", Optional.empty());
        Workspace workspace = Workspace.of(directory.resolve("work"), new LaunchKey(key, 1));
        workspace.create();
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            new Stager(
                            new Sources(List.of(new MeetingSource())),
                            new Connections(List.of(), false),
                            new TransferBudget(2, threads))
                    .stage(spec, workspace, RecordingTransfer.unstopped(), bytes -> {});
        } finally {
            threads.shutdownNow();
        }
        assertEquals("sub/a", Files.readString(workspace.input().resolve("sub/a")));
        assertEquals("sub/b", Files.readString(workspace.input().resolve("sub/b")));
        String manifest = Files.readString(workspace.inputs());
        assertTrue(manifest.indexOf("sub/a") < manifest.indexOf("sub/b"), manifest);
    }
}
