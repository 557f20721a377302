package io.longshore.storage.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.spi.Access;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of transfers when the network fails. */
class S3NetworkTest {
    private static final S3Server SERVER = S3Server.start();
    private static final int SEVERAL_PARTS_BYTES = 12 << 20;

    private final S3Storage storage = S3Storage.builder().partBytes(5 << 20).build();
    private final String bucket = SERVER.createBucket();
    private FaultyProxy proxy;
    private Access access;

    @BeforeEach
    void connect() throws IOException {
        proxy = FaultyProxy.before(SERVER);
        access = S3Test.access(SERVER, proxy.endpoint());
    }

    @AfterEach
    void close() throws IOException {
        storage.close();
        proxy.close();
    }

    @Test
    void refusedConnectionMayBeTriedAgain() throws IOException {
        try (Socket deaf = new Socket()) { // bound, so that nobody else listens there
            deaf.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            String endpoint = "http://127.0.0.1:" + deaf.getLocalPort();
            Access refused = Access.by(S3Test.connection(SERVER)
                    .property(Connection.ENDPOINT, endpoint + "/some/path")
                    .build());
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> storage.resolve(DataReference.s3("test", bucket, "a"), refused, object -> {}));
            assertEquals(
                    "reading \"s3://" + bucket + "/a\": connection refused: \"" + endpoint + "\"", thrown.getMessage());
            assertFalse(thrown instanceof PermanentStorageException);
        }
    }

    @Test
    void cutDownloadMayBeTriedAgain(@TempDir Path directory) throws IOException {
        for (int size : new int[] {1 << 20, SEVERAL_PARTS_BYTES}) {
            byte[] content = S3Test.content(size);
            SERVER.put(bucket, "a", content);
            SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
            proxy.strikeResponses(FaultyProxy.Fault.CUT, 500_000);
            Path first = directory.resolve("first-" + size);
            IOException thrown =
                    assertThrows(IOException.class, () -> storage.fetch(object, access, first, Transfer.UNWATCHED));
            assertEquals("reading \"s3://" + bucket + "/a\": the connection broke off", thrown.getMessage());
            assertFalse(thrown instanceof PermanentStorageException);
            Path second = directory.resolve("second-" + size);
            storage.fetch(object, access, second, Transfer.UNWATCHED);
            assertArrayEquals(content, Files.readAllBytes(second));
        }
    }

    @Test
    void cutUploadLeavesNothingAndMayBeTriedAgain() throws IOException {
        for (int size : new int[] {1 << 20, SEVERAL_PARTS_BYTES}) {
            byte[] content = S3Test.content(size);
            var publication = S3Test.publication(DataReference.s3("test", bucket, "a.zip"));
            proxy.strikeRequests(FaultyProxy.Fault.CUT, 500_000);
            IOException thrown = assertThrows(IOException.class, () -> publish(publication, content));
            assertEquals(
                    "publishing \"s3://" + bucket + "/a.zip\": the connection broke off: \"" + proxy.endpoint() + "\"",
                    thrown.getMessage());
            assertFalse(thrown instanceof PermanentStorageException);
            assertEquals(List.of(), SERVER.keys(bucket));
            assertEquals(List.of(), SERVER.incompleteUploads(bucket));
            publish(publication, content);
            assertArrayEquals(content, SERVER.get(bucket, "a.zip"));
            assertEquals(List.of(), SERVER.incompleteUploads(bucket));
            SERVER.delete(bucket, "a.zip");
        }
    }

    @Test
    void lostAnswerToACommitIsFoundAgain() throws IOException {
        var publication = S3Test.publication(DataReference.s3("test", bucket, "a.zip"));
        try (Upload upload = storage.begin(publication, access)) {
            upload.stream().write(S3Test.content(SEVERAL_PARTS_BYTES));
            proxy.loseAnswerWith("</CompleteMultipartUploadResult>");
            assertThrows(IOException.class, upload::commit);
        }
        assertEquals(
                "s3://" + bucket + "/a.zip",
                storage.find(publication, access).orElseThrow().href());
        assertArrayEquals(S3Test.content(SEVERAL_PARTS_BYTES), SERVER.get(bucket, "a.zip"));
    }

    @Test
    void silentStoreIsLeftAtAnInterrupt(@TempDir Path directory) throws Exception {
        for (long afterBytes : new long[] {0, 3_000_000}) {
            SERVER.put(bucket, "a", S3Test.content(SEVERAL_PARTS_BYTES));
            SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
            proxy.strikeResponses(FaultyProxy.Fault.SILENCE, afterBytes);
            Path target = directory.resolve("silent-" + afterBytes);
            assertLeftAtAnInterrupt(() -> storage.fetch(object, access, target, Transfer.UNWATCHED));
        }
    }

    @Test
    void silentStoreIsLeftAtAnInterruptOfALookUp() throws Exception {
        proxy.strikeResponses(FaultyProxy.Fault.SILENCE, 0);
        assertLeftAtAnInterrupt(() -> storage.resolve(DataReference.s3("test", bucket, "a"), access, object -> {}));
    }

    @Test
    void silentStoreIsLeftAtAnInterruptOfAnUpload() throws Exception {
        for (long afterBytes : new long[] {0, 1_000_000, 7_000_000}) {
            var publication = S3Test.publication(DataReference.s3("test", bucket, "a.zip"));
            proxy.strikeRequests(FaultyProxy.Fault.SILENCE, afterBytes);
            assertLeftAtAnInterrupt(() -> publish(publication, S3Test.content(SEVERAL_PARTS_BYTES)));
            assertEquals(List.of(), SERVER.keys(bucket));
            assertEquals(List.of(), SERVER.incompleteUploads(bucket));
        }
    }

    @Test
    void silentStoreIsLeftWhenTheTransferIsStopped(@TempDir Path directory) throws Exception {
        SERVER.put(bucket, "a", S3Test.content(SEVERAL_PARTS_BYTES));
        SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
        proxy.strikeResponses(FaultyProxy.Fault.SILENCE, 3_000_000);
        AtomicBoolean stopped = new AtomicBoolean();
        Transfer transfer = new Transfer() {
            @Override
            public void advanced(long bytes) {}

            @Override
            public void requireActive() throws InterruptedIOException {
                if (stopped.get()) {
                    throw new InterruptedIOException("stopped");
                }
            }
        };
        CompletableFuture<Void> fetch =
                S3Test.onThread(() -> storage.fetch(object, access, directory.resolve("stopped"), transfer));
        proxy.awaitStruck();
        stopped.set(true);
        assertInstanceOf(InterruptedIOException.class, S3Test.failure(fetch));
    }

    private void assertLeftAtAnInterrupt(S3Test.Call call) throws Exception {
        FaultyProxy struck = proxy;
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        CompletableFuture<Thread> caller = new CompletableFuture<>();
        CompletableFuture<Void> ended = S3Test.onThread(() -> {
            caller.complete(Thread.currentThread());
            try {
                call.run();
            } finally {
                flag.complete(Thread.currentThread().isInterrupted());
            }
        });
        struck.awaitStruck();
        caller.get().interrupt();
        assertInstanceOf(InterruptedIOException.class, S3Test.failure(ended));
        assertTrue(flag.get(), "the interrupt flag is restored");
        struck.renew();
    }

    private void publish(Publication publication, byte[] content) throws IOException {
        try (Upload upload = storage.begin(publication, access)) {
            upload.stream().write(content);
            upload.commit();
        }
    }
}
