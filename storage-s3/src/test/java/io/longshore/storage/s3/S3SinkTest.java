package io.longshore.storage.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.DataReference;
import io.longshore.api.JobId;
import io.longshore.spi.Access;
import io.longshore.spi.ItemKey;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.Published;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

class S3SinkTest {
    private static final S3Server SERVER = S3Server.start();
    private static final int PART_BYTES = 5 << 20;

    private final S3Storage storage = S3Storage.builder().partBytes(PART_BYTES).build();
    private final String bucket = SERVER.createBucket();
    private final Access access = S3Test.access(SERVER);

    @AfterEach
    void close() {
        storage.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 5 * PART_BYTES + 17})
    void outputOfAnySizeIsPublishedWhole(int size) throws IOException {
        byte[] content = S3Test.content(size);
        Publication publication = publication("a.zip");
        try (Upload upload = storage.begin(publication, access)) {
            for (int at = 0; at < size; at += 1_000_003) {
                upload.stream().write(content, at, Math.min(1_000_003, size - at));
            }
            assertEquals(size > PART_BYTES ? List.of("a.zip") : List.of(), SERVER.incompleteUploads(bucket));
            Published published = upload.commit();
            assertEquals(new Published("a.zip", "s3://" + bucket + "/a.zip", size), published);
        }
        assertArrayEquals(content, SERVER.get(bucket, "a.zip"));
        assertEquals(List.of(), SERVER.incompleteUploads(bucket));
        HeadObjectResponse head = SERVER.head(bucket, "a.zip");
        assertEquals("application/zip", head.contentType());
        assertEquals(PublishMark.of(publication.key()).text(), head.metadata().get("longshore-publish-key"));
    }

    @Test
    void oneRequestAtOnceSuffices() throws IOException {
        byte[] content = S3Test.content(3 * PART_BYTES);
        try (S3Storage narrow = S3Storage.builder()
                        .partBytes(PART_BYTES)
                        .requestsAtOnce(1)
                        .build();
                Upload upload = narrow.begin(publication("a.zip"), access)) {
            upload.stream().write(content);
            upload.commit();
        }
        assertArrayEquals(content, SERVER.get(bucket, "a.zip"));
    }

    @Test
    void uploadsOfOthersSurviveWhatALaterProcessAbandons() throws IOException {
        SERVER.createMultipartUpload(bucket, "a.zip");
        SERVER.createMultipartUpload(bucket, "a.zip.other");
        Publication publication = publication("a.zip");
        try (Upload dead = storage.begin(publication, access);
                Upload others = storage.begin(publication("a.zip"), access);
                S3Storage later = S3Storage.create()) {
            dead.stream().write(new byte[PART_BYTES + 1]);
            others.stream().write(new byte[PART_BYTES + 1]);
            assertEquals(4, SERVER.incompleteUploads(bucket).size());
            later.abandon(publication, access);
            assertEquals(3, SERVER.incompleteUploads(bucket).size());
            IOException abandoned = assertThrows(IOException.class, dead::commit);
            assertFalse(abandoned instanceof PermanentStorageException, abandoned.toString());
            assertTrue(
                    abandoned.getMessage().contains("the upload was abandoned in the meantime"),
                    abandoned.getMessage());
            others.commit();
        }
        assertEquals(
                List.of("a.zip", "a.zip.other"),
                SERVER.incompleteUploads(bucket).stream().sorted().toList());
    }

    @Test
    void uploadThatDiedRightBeforeItsCommitIsAbortedByTheNextOfTheSameContent() throws IOException {
        byte[] content = S3Test.content(2 * PART_BYTES);
        byte[] first = Arrays.copyOf(content, PART_BYTES);
        String dead = SERVER.createMultipartUpload(bucket, "a.zip");
        SERVER.uploadPart(bucket, "a.zip", dead, 1, first);
        SERVER.createMultipartUpload(bucket, "a.zip");
        String others = SERVER.createMultipartUpload(bucket, "a.zip");
        SERVER.uploadPart(bucket, "a.zip", others, 1, first);
        SERVER.uploadPart(bucket, "a.zip", others, 2, first);
        publish(publication("a.zip"), content);
        assertArrayEquals(content, SERVER.get(bucket, "a.zip"));
        assertEquals(List.of("a.zip", "a.zip"), SERVER.incompleteUploads(bucket));
        assertEquals(List.of("a.zip"), SERVER.incompleteUploadsWithParts(bucket));
    }

    @Test
    void uploadThatDiedIsAbortedByTheNextOfTheSamePublication() throws IOException {
        Publication publication = publication("a.zip");
        try (Upload dead = storage.begin(publication, access);
                S3Storage later = S3Storage.builder().partBytes(PART_BYTES).build();
                Upload next = later.begin(publication, access)) {
            dead.stream().write(S3Test.content(3 * PART_BYTES));
            assertEquals(List.of("a.zip"), SERVER.incompleteUploads(bucket));
            next.stream().write(new byte[2 * PART_BYTES]);
            next.commit();
            assertEquals(List.of(), SERVER.incompleteUploads(bucket));
        }
    }

    @Test
    void publicationIsForgottenOnceAnotherTookItsKey() throws IOException {
        Publication first = publication("a.zip");
        publish(first, new byte[1]);
        Publication second = publication("a.zip");
        publish(second, new byte[2]);
        assertEquals(Optional.empty(), storage.find(first, access));
        assertEquals(2, storage.find(second, access).orElseThrow().sizeBytes());
        SERVER.put(bucket, "a.zip", new byte[3]);
        assertEquals(Optional.empty(), storage.find(second, access));
    }

    @Test
    void keyOfAPublicationMayHoldAnyText() throws IOException {
        Publication publication = new Publication(
                DataReference.s3("test", bucket, "a.json"),
                "",
                "application/json",
                new PublishKey(new ItemKey(JobId.random(), 3), "file/žluť \"a\".json"));
        publish(publication, new byte[1]);
        assertTrue(storage.find(publication, access).isPresent());
    }

    @Test
    void missingBucketIsPermanent() {
        DataReference target = DataReference.s3("test", "no-such-bucket", "a.zip");
        for (int size : new int[] {1, PART_BYTES + 1}) {
            PermanentStorageException thrown = assertThrows(
                    PermanentStorageException.class, () -> publish(S3Test.publication(target), new byte[size]));
            assertEquals(
                    "publishing \"s3://no-such-bucket/a.zip\": there is no bucket \"no-such-bucket\" (NoSuchBucket, 404)",
                    thrown.getMessage());
        }
    }

    @Test
    void thereIsNothingToAbandonInAMissingBucket() throws IOException {
        storage.abandon(S3Test.publication(DataReference.s3("test", "no-such-bucket", "a.zip")), access);
    }

    @Test
    void folderIsNoTarget() {
        DataReference folder = DataReference.builder("s3")
                .location("bucket", bucket)
                .location("prefix", "out/")
                .build();
        assertThrows(PermanentStorageException.class, () -> storage.begin(S3Test.publication(folder), access));
    }

    @Test
    void closedStorageTakesNothing() throws IOException {
        Upload upload = storage.begin(publication("a.zip"), access);
        storage.close();
        storage.close();
        upload.stream().write(1);
        assertThrows(IOException.class, upload::commit);
        upload.close();
        assertThrows(IOException.class, () -> storage.begin(publication("b.zip"), access));
        assertEquals(List.of(), SERVER.keys(bucket));
    }

    private Publication publication(String key) {
        return S3Test.publication(DataReference.s3("test", bucket, key));
    }

    private void publish(Publication publication, byte[] content) throws IOException {
        try (Upload upload = storage.begin(publication, access)) {
            upload.stream().write(content);
            upload.commit();
        }
    }
}
