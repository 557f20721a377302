package io.longshore.testkit;

import static io.longshore.testkit.DataSourceContract.content;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.JobId;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.ItemKey;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.Published;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What every {@link DataSink} keeps. Extend it, say in the hooks where outputs go and how to look at them, and all its
 * tests are yours.
 *
 * <p>JUnit makes a new instance for each test. Each test wants a place of its own, such as a bucket or a directory, in
 * which nothing is visible yet; what a hook sets up, the subclass takes down.
 */
public abstract class DataSinkContract {
    /** More than one part of the smallest multipart transfer. */
    private static final int SEVERAL_PARTS_BYTES = 5 * 1024 * 1024 + 1;

    /** For subclasses. */
    protected DataSinkContract() {}

    /**
     * The sink under test.
     *
     * @return the same sink each time within a test
     * @throws Exception if it cannot be made
     */
    protected abstract DataSink sink() throws Exception;

    /**
     * Another sink on the same place that shares nothing else with {@link #sink}, as after a restart.
     *
     * @return a new sink
     * @throws Exception if it cannot be made
     */
    protected abstract DataSink reopened() throws Exception;

    /**
     * With what rights its targets are followed.
     *
     * @return an access that suffices
     * @throws Exception if it cannot be made
     */
    protected abstract Access access() throws Exception;

    /**
     * A reference that publishes under a name.
     *
     * @param name the name, with slashes where the store may have folders
     * @return the reference
     * @throws Exception if it cannot be made
     */
    protected abstract DataReference target(String name) throws Exception;

    /**
     * Targets that {@link DataSink#check} refuses: each lacks a part of its location, or has one that is wrong.
     *
     * @return at least one reference
     * @throws Exception if they cannot be made
     */
    protected abstract List<DataReference> incomplete() throws Exception;

    /**
     * What readers can see, looked up by another way than the code under test.
     *
     * @return the name of each visible output, as {@link #target} was given it, with its suffix
     * @throws Exception if it cannot be looked up
     */
    protected abstract Set<String> visible() throws Exception;

    /**
     * What takes up space though no reader can see it: temporary files, parts of uploads. Looked up by another way than
     * the code under test.
     *
     * @return a word on each, for the message of a failed test
     * @throws Exception if it cannot be looked up
     */
    protected abstract List<String> leftovers() throws Exception;

    /**
     * The bytes that readers see, read by another way than the code under test.
     *
     * @param published what was published
     * @return its bytes
     * @throws Exception if it cannot be read
     */
    protected abstract byte[] read(Published published) throws Exception;

    @Test
    void typesAreConstant() throws Exception {
        assertFalse(sink().types().isEmpty());
        assertEquals(sink().types(), sink().types());
        assertTrue(sink().types().contains(target("a").type()));
    }

    @Test
    void committedOutputIsPublished() throws Exception {
        for (int size : new int[] {0, 1, 1024 * 1024, SEVERAL_PARTS_BYTES}) {
            Published published = publish(publication("size-" + size, key()), content(size));
            assertEquals(size, published.sizeBytes());
            assertFalse(published.href().isEmpty());
            assertArrayEquals(content(size), read(published));
            assertTrue(visible().contains("size-" + size), () -> "size-" + size + " is visible");
        }
        assertNothingLeft();
    }

    @Test
    void nothingIsVisibleBeforeTheCommit() throws Exception {
        try (Upload upload = sink().begin(publication("a.zip", key()), access())) {
            assertEquals(Set.of(), visible());
            upload.stream().write(content(SEVERAL_PARTS_BYTES));
            upload.stream().flush();
            assertEquals(Set.of(), visible());
            upload.stream().close();
            assertEquals(Set.of(), visible());
            upload.commit();
            assertEquals(Set.of("a.zip"), visible());
        }
        assertNothingLeft();
    }

    @Test
    void closeWithoutCommitLeavesNothing() throws Exception {
        for (int size : new int[] {0, 1, SEVERAL_PARTS_BYTES}) {
            Upload upload = sink().begin(publication("a.zip", key()), access());
            upload.stream().write(content(size));
            upload.close();
            upload.close();
            assertEquals(Set.of(), visible());
            assertNothingLeft();
        }
    }

    @Test
    void closeAfterCommitChangesNothing() throws Exception {
        Upload upload = sink().begin(publication("a.zip", key()), access());
        upload.stream().write(content(10));
        Published published = upload.commit();
        upload.close();
        upload.close();
        assertEquals(Set.of("a.zip"), visible());
        assertArrayEquals(content(10), read(published));
    }

    @Test
    void commitTwiceIsOnce() throws Exception {
        try (Upload upload = sink().begin(publication("a.zip", key()), access())) {
            upload.stream().write(content(10));
            Published published = upload.commit();
            assertEquals(published, upload.commit());
            assertEquals(Set.of("a.zip"), visible());
            assertArrayEquals(content(10), read(published));
        }
    }

    @Test
    void commitAfterCloseIsRefused() throws Exception {
        Upload upload = sink().begin(publication("a.zip", key()), access());
        upload.stream().write(content(10));
        upload.close();
        assertThrows(IOException.class, upload::commit);
        assertEquals(Set.of(), visible());
        assertNothingLeft();
    }

    @Test
    void streamIsTheSameEachTime() throws Exception {
        try (Upload upload = sink().begin(publication("a.zip", key()), access())) {
            assertSame(upload.stream(), upload.stream());
            for (int i = 0; i < 100; i++) {
                upload.stream().write(i);
            }
            Published published = upload.commit();
            assertEquals(100, read(published)[99] + 1);
        }
    }

    @Test
    void writesAfterTheEndAreRefused() throws Exception {
        Upload closedStream = sink().begin(publication("a.zip", key()), access());
        OutputStream stream = closedStream.stream();
        stream.write(content(10));
        stream.close();
        stream.close();
        assertThrows(IOException.class, () -> stream.write(content(10)));
        assertArrayEquals(content(10), read(closedStream.commit()));
        assertThrows(IOException.class, () -> stream.write(1));

        Upload committed = sink().begin(publication("b.zip", key()), access());
        OutputStream late = committed.stream();
        Published published = committed.commit();
        assertThrows(IOException.class, () -> late.write(content(10)));
        assertArrayEquals(new byte[0], read(published));

        Upload closed = sink().begin(publication("c.zip", key()), access());
        OutputStream later = closed.stream();
        closed.close();
        assertThrows(IOException.class, () -> later.write(content(10)));
        assertThrows(IOException.class, closed::stream);
        assertEquals(Set.of("a.zip", "b.zip"), visible());
        assertNothingLeft();
    }

    @Test
    void sameKeyCommitsOnce() throws Exception {
        Publication publication = publication("a.zip", key());
        Published first = publish(publication, content(10));
        assertEquals(first, publish(publication, content(SEVERAL_PARTS_BYTES)));
        assertEquals(Set.of("a.zip"), visible());
        assertArrayEquals(content(10), read(first));
        assertNothingLeft();
    }

    @Test
    void sameKeyCommitsOnceAcrossARestart() throws Exception {
        Publication publication = publication("a.zip", key());
        Published first = publish(publication, content(10));
        try (Upload upload = reopened().begin(publication, access())) {
            upload.stream().write(content(20));
            assertEquals(first, upload.commit());
        }
        assertEquals(Set.of("a.zip"), visible());
        assertArrayEquals(content(10), read(first));
        assertNothingLeft();
    }

    @Test
    void sameKeyCommitsOnceWhenBegunTwice() throws Exception {
        Publication publication = publication("a.zip", key());
        try (Upload one = sink().begin(publication, access());
                Upload other = reopened().begin(publication, access())) {
            one.stream().write(content(10));
            other.stream().write(content(20));
            Published first = other.commit();
            assertEquals(first, one.commit());
            assertArrayEquals(content(20), read(first));
        }
        assertEquals(Set.of("a.zip"), visible());
        assertNothingLeft();
    }

    @Test
    void sameKeyCommittedAtOnceIsOneWholeOutput() throws Exception {
        Publication publication = publication("a.zip", key());
        List<byte[]> contents = List.of(filled(1), filled(2), filled(3), filled(4));
        List<Published> published =
                publishAtOnce(List.of(publication, publication, publication, publication), contents);
        assertEquals(1, new HashSet<>(published).size());
        assertEquals(Set.of("a.zip"), visible());
        assertOneOf(contents, read(published.get(0)));
        assertEquals(Optional.of(published.get(0)), reopened().find(publication, access()));
        assertNothingLeft();
    }

    @Test
    void outputsOfOneNameNeverMix() throws Exception {
        List<byte[]> contents = List.of(filled(1), filled(2), filled(3), filled(4));
        PublishKey one = key();
        PublishKey other = new PublishKey(one.item(), "another");
        PublishKey next = new PublishKey(new ItemKey(one.item().job(), 1), "");
        List<Published> published = publishAtOnce(
                List.of(
                        publication("a.zip", one),
                        publication("a.zip", other),
                        publication("a.zip", next),
                        publication("a.zip", key())),
                contents);
        assertEquals(Set.of("a.zip"), visible());
        for (Published each : published) {
            assertOneOf(contents, read(each));
        }
        byte[] last = filled(5);
        assertArrayEquals(last, read(publish(publication("a.zip", key()), last)));
        assertNothingLeft();
    }

    @Test
    void findTellsWhatWasCommitted() throws Exception {
        Publication publication = publication("a.zip", key());
        assertEquals(Optional.empty(), sink().find(publication, access()));
        try (Upload upload = sink().begin(publication, access())) {
            upload.stream().write(content(10));
            assertEquals(Optional.empty(), sink().find(publication, access()));
            Published published = upload.commit();
            assertEquals(Optional.of(published), sink().find(publication, access()));
            assertEquals(Optional.of(published), reopened().find(publication, access()));
        }
        Publication another =
                publication("a.zip", new PublishKey(publication.key().item(), "another"));
        assertEquals(Optional.empty(), sink().find(another, access()));
    }

    @Test
    void abandonRemovesWhatDeadUploadsLeft() throws Exception {
        Publication publication = publication("a.zip", key());
        sink().abandon(publication, access());
        try (Upload dead = sink().begin(publication, access())) {
            dead.stream().write(content(SEVERAL_PARTS_BYTES));
            dead.stream().flush();
            reopened().abandon(publication, access());
            assertNothingLeft();
            reopened().abandon(publication, access());
        }
        assertEquals(Set.of(), visible());
        assertNothingLeft();
        Published published = publish(publication, content(10));
        assertArrayEquals(content(10), read(published));
    }

    @Test
    void abandonKeepsWhatWasCommitted() throws Exception {
        Publication publication = publication("a.zip", key());
        Published published = publish(publication, content(10));
        sink().abandon(publication, access());
        reopened().abandon(publication, access());
        assertEquals(Set.of("a.zip"), visible());
        assertArrayEquals(content(10), read(published));
        assertEquals(Optional.of(published), sink().find(publication, access()));
    }

    @Test
    void abandonLeavesUploadsOfOtherKeysAlone() throws Exception {
        Publication publication = publication("a.zip", key());
        try (Upload upload = sink().begin(publication, access())) {
            upload.stream().write(content(SEVERAL_PARTS_BYTES));
            upload.stream().flush();
            reopened().abandon(publication("a.zip", key()), access());
            assertArrayEquals(content(SEVERAL_PARTS_BYTES), read(upload.commit()));
        }
    }

    @Test
    void nameSuffixIsAppended() throws Exception {
        Publication publication =
                new Publication(target("a.zip"), ".failed-1", "application/zip", new PublishKey(item(), "failed"));
        Published published = publish(publication, content(10));
        assertTrue(published.name().endsWith("a.zip.failed-1"), published.name());
        assertEquals(Set.of("a.zip.failed-1"), visible());
        assertArrayEquals(content(10), read(published));
        assertEquals(Optional.of(published), reopened().find(publication, access()));
    }

    @Test
    void namesMayHoldAnyText() throws Exception {
        String name = "sub folder/žluť a+b%20&c.zip";
        Published published = publish(publication(name, key()), content(10));
        assertEquals(Set.of(name), visible());
        assertTrue(published.name().endsWith(name), published.name());
        assertArrayEquals(content(10), read(published));
    }

    @Test
    void interruptedUploadIsInterruptedIo() throws Exception {
        DataSink sink = sink();
        Access access = access();
        Publication publication = publication("a.zip", key());
        DataSourceContract.assertInterrupted(() -> {
            try (Upload upload = sink.begin(publication, access)) {
                upload.stream().write(content(SEVERAL_PARTS_BYTES));
                upload.commit();
            }
        });
        assertEquals(Set.of(), visible());
        sink.abandon(publication, access);
        assertNothingLeft();
        assertArrayEquals(content(10), read(publish(publication, content(10))));
    }

    @Test
    void interruptedCommitIsInterruptedIo() throws Exception {
        DataSink sink = sink();
        Publication publication = publication("a.zip", key());
        try (Upload upload = sink.begin(publication, access())) {
            upload.stream().write(content(10));
            DataSourceContract.assertInterrupted(upload::commit);
            assertEquals(Set.of(), visible());
        }
        sink.abandon(publication, access());
        assertNothingLeft();
    }

    @Test
    void completeTargetsPassTheCheck() throws Exception {
        DataSink sink = sink();
        DataReference target = target("a.zip");
        assertDoesNotThrow(() -> sink.check(target));
    }

    @Test
    void incompleteTargetsAreRefusedByPart() throws Exception {
        DataSink sink = sink();
        assertFalse(incomplete().isEmpty());
        for (DataReference reference : incomplete()) {
            InvalidRequestException refusal = assertThrows(
                    InvalidRequestException.class, () -> sink.check(reference), () -> reference + " is refused");
            assertTrue(refusal.field().startsWith("location."), refusal.field());
        }
    }

    private Published publish(Publication publication, byte[] content) throws Exception {
        try (Upload upload = sink().begin(publication, access())) {
            upload.stream().write(content);
            return upload.commit();
        }
    }

    /** Every second one by a sink of its own; all commits begin together. */
    private List<Published> publishAtOnce(List<Publication> publications, List<byte[]> contents) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(publications.size());
        try {
            CyclicBarrier written = new CyclicBarrier(publications.size());
            List<Future<Published>> commits = new ArrayList<>();
            for (int i = 0; i < publications.size(); i++) {
                Publication publication = publications.get(i);
                byte[] content = contents.get(i);
                DataSink sink = i % 2 == 0 ? sink() : reopened();
                Access access = access();
                commits.add(threads.submit(() -> {
                    try (Upload upload = sink.begin(publication, access)) {
                        upload.stream().write(content);
                        written.await();
                        return upload.commit();
                    }
                }));
            }
            List<Published> published = new ArrayList<>();
            for (Future<Published> commit : commits) {
                published.add(commit.get());
            }
            return published;
        } finally {
            threads.shutdownNow();
        }
    }

    private Publication publication(String name, PublishKey key) throws Exception {
        return new Publication(target(name), "", "application/zip", key);
    }

    private static PublishKey key() {
        return new PublishKey(item(), "");
    }

    private static ItemKey item() {
        return new ItemKey(JobId.random(), 0);
    }

    /** Contents of one length, so that writers that overwrite one another publish the same size. */
    private static byte[] filled(int with) {
        byte[] content = new byte[300_000];
        Arrays.fill(content, (byte) with);
        return content;
    }

    private static void assertOneOf(List<byte[]> contents, byte[] content) {
        assertTrue(contents.stream().anyMatch(each -> Arrays.equals(each, content)), "one of the contents, and whole");
    }

    private void assertNothingLeft() throws Exception {
        assertEquals(List.of(), leftovers());
    }
}
