package io.longshore.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link DataSource} keeps. Extend it, say in the hooks where the objects are, and all its tests are yours.
 *
 * <p>JUnit makes a new instance for each test; what a hook sets up, the subclass takes down.
 */
public abstract class DataSourceContract {
    /** More than one part of the smallest multipart transfer. */
    private static final int SEVERAL_PARTS_BYTES = 5 * 1024 * 1024 + 1;

    private static final int[] SIZES = {0, 1, 65_536, 1024 * 1024, SEVERAL_PARTS_BYTES};

    /** For subclasses. */
    protected DataSourceContract() {}

    /**
     * The source under test.
     *
     * @return the same source each time within a test
     * @throws Exception if it cannot be made
     */
    protected abstract DataSource source() throws Exception;

    /**
     * With what rights its references are followed.
     *
     * @return an access that suffices
     * @throws Exception if it cannot be made
     */
    protected abstract Access access() throws Exception;

    /**
     * Puts an object where the source finds it, by another way than the code under test.
     *
     * @param name its name, with slashes where the store may have folders
     * @param content its bytes
     * @return a reference that leads to it
     * @throws Exception if it cannot be put there
     */
    protected abstract DataReference stored(String name, byte[] content) throws Exception;

    /**
     * A reference that is complete and leads to nothing.
     *
     * @return the reference
     * @throws Exception if it cannot be made
     */
    protected abstract DataReference missing() throws Exception;

    /**
     * References that {@link DataSource#check} refuses: each lacks a part of its location, or has one that is wrong.
     *
     * @return at least one reference
     * @throws Exception if they cannot be made
     */
    protected abstract List<DataReference> incomplete() throws Exception;

    /**
     * The directory that objects are fetched into. Override it to fetch to another file system.
     *
     * @param temporary an empty directory on the default file system
     * @return an existing directory; here, the same
     * @throws Exception if it cannot be made
     */
    protected Path targets(Path temporary) throws Exception {
        return temporary;
    }

    @Test
    void typesAreConstant() throws Exception {
        assertFalse(source().types().isEmpty());
        assertEquals(source().types(), source().types());
        assertTrue(source().types().contains(missing().type()));
    }

    @Test
    void fetchedBytesAreTheStoredOnes(@TempDir Path temporary) throws Exception {
        Path directory = targets(temporary);
        for (int size : SIZES) {
            byte[] content = content(size);
            SourceObject object = resolved(stored("size-" + size + ".bin", content));
            Path target = directory.resolve("fetched-" + size);
            source().fetch(object, access(), target, Transfer.UNWATCHED);
            assertArrayEquals(content, Files.readAllBytes(target));
        }
    }

    @Test
    void resolvedObjectTellsOfTheStoredOne() throws Exception {
        byte[] content = content(1234);
        DataReference reference = stored("2025/06/events.csv", content);
        SourceObject object = resolved(reference);
        assertEquals(reference, object.reference());
        assertEquals("events.csv", object.name());
        assertEquals("events.csv", object.relativeName());
        assertFalse(object.source().isEmpty());
        assertTrue(object.elsewhere().isEmpty());
        object.sizeBytes().ifPresent(size -> assertEquals(content.length, size));
        object.sha256().ifPresent(sha256 -> assertEquals(sha256(content), sha256));
    }

    @Test
    void namesMayHoldAnyText(@TempDir Path temporary) throws Exception {
        byte[] content = content(17);
        SourceObject object = resolved(stored("sub folder/žluť a+b%20&c.csv", content));
        assertEquals("žluť a+b%20&c.csv", object.name());
        Path target = targets(temporary).resolve("fetched");
        source().fetch(object, access(), target, Transfer.UNWATCHED);
        assertArrayEquals(content, Files.readAllBytes(target));
    }

    @Test
    void absentObjectIsNoSuchFile() throws Exception {
        DataReference reference = missing();
        List<SourceObject> objects = new ArrayList<>();
        assertThrows(NoSuchFileException.class, () -> source().resolve(reference, access(), objects::add));
        assertTrue(objects.isEmpty());
    }

    @Test
    void progressAddsUpToTheSize(@TempDir Path temporary) throws Exception {
        Path directory = targets(temporary);
        for (int size : SIZES) {
            RecordingTransfer transfer = RecordingTransfer.unstopped();
            SourceObject object = resolved(stored("size-" + size + ".bin", content(size)));
            source().fetch(object, access(), directory.resolve("fetched-" + size), transfer);
            assertEquals(size, transfer.bytes());
            assertTrue(transfer.checks() >= size / (1024 * 1024), "asked once a MiB");
        }
    }

    @Test
    void transferThatStopsEndsTheFetch(@TempDir Path temporary) throws Exception {
        Path directory = targets(temporary);
        SourceObject object = resolved(stored("long.bin", content(SEVERAL_PARTS_BYTES)));
        for (long after : new long[] {0, 1}) {
            RecordingTransfer transfer = RecordingTransfer.stoppedAfter(after);
            Path target = directory.resolve("stopped-" + after);
            assertThrows(InterruptedIOException.class, () -> source().fetch(object, access(), target, transfer));
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void interruptedFetchIsInterruptedIo(@TempDir Path temporary) throws Exception {
        DataSource source = source();
        Access access = access();
        SourceObject object = resolved(stored("long.bin", content(SEVERAL_PARTS_BYTES)));
        Path target = targets(temporary).resolve("interrupted");
        assertInterrupted(() -> source.fetch(object, access, target, Transfer.UNWATCHED));
        Files.deleteIfExists(target);
        source.fetch(object, access, target, Transfer.UNWATCHED);
        assertEquals(SEVERAL_PARTS_BYTES, Files.size(target));
    }

    @Test
    void interruptedResolveIsInterruptedIo() throws Exception {
        DataSource source = source();
        Access access = access();
        DataReference reference = stored("a.bin", content(1));
        assertInterrupted(() -> source.resolve(reference, access, object -> {}));
        assertEquals("a.bin", resolved(reference).name());
    }

    @Test
    void whatTheTakerThrowsEndsTheCall() throws Exception {
        DataReference reference = stored("a.bin", content(1));
        IllegalStateException thrown = new IllegalStateException("taken no more");
        assertSame(
                thrown,
                assertThrows(
                        IllegalStateException.class,
                        () -> source().resolve(reference, access(), object -> {
                            throw thrown;
                        })));
    }

    @Test
    void fetchesAtOnceDoNotDisturbOneAnother(@TempDir Path temporary) throws Exception {
        DataSource source = source();
        Access access = access();
        Path directory = targets(temporary);
        List<byte[]> contents = List.of(content(100_000), content(200_000), content(300_000));
        List<SourceObject> objects = new ArrayList<>();
        for (int i = 0; i < contents.size(); i++) {
            objects.add(resolved(stored("object-" + i, contents.get(i))));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> fetches = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                SourceObject object = objects.get(i % objects.size());
                Path target = directory.resolve("fetched-" + i);
                fetches.add(threads.submit(() -> {
                    source.fetch(object, access, target, Transfer.UNWATCHED);
                    return null;
                }));
            }
            for (Future<?> fetch : fetches) {
                fetch.get();
            }
        } finally {
            threads.shutdownNow();
        }
        for (int i = 0; i < 12; i++) {
            assertArrayEquals(contents.get(i % contents.size()), Files.readAllBytes(directory.resolve("fetched-" + i)));
        }
    }

    @Test
    void completeReferencesPassTheCheck() throws Exception {
        DataSource source = source();
        DataReference there = stored("a.bin", content(1));
        DataReference absent = missing();
        assertDoesNotThrow(() -> source.check(there));
        assertDoesNotThrow(() -> source.check(absent));
    }

    @Test
    void incompleteReferencesAreRefusedByPart() throws Exception {
        DataSource source = source();
        assertFalse(incomplete().isEmpty());
        for (DataReference reference : incomplete()) {
            InvalidRequestException refusal = assertThrows(
                    InvalidRequestException.class, () -> source.check(reference), () -> reference + " is refused");
            assertTrue(refusal.field().startsWith("location."), refusal.field());
        }
    }

    private SourceObject resolved(DataReference reference) throws Exception {
        List<SourceObject> objects = new ArrayList<>();
        source().resolve(reference, access(), objects::add);
        assertEquals(1, objects.size(), () -> reference + " leads to one object");
        return objects.get(0);
    }

    /** An interrupt that was there before the call, and is still to be seen after it. */
    static void assertInterrupted(InputOutput call) {
        Thread.currentThread().interrupt();
        boolean restored;
        try {
            assertThrows(InterruptedIOException.class, call::run);
        } finally {
            restored = Thread.interrupted();
        }
        assertTrue(restored, "the interrupt flag is restored");
    }

    /** A call that may fail on I/O. */
    interface InputOutput {
        void run() throws IOException;
    }

    /** The same bytes for the same size, and such as do not compress. */
    static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
