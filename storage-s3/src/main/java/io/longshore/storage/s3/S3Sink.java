package io.longshore.storage.s3;

import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsRequest;
import software.amazon.awssdk.services.s3.model.ListMultipartUploadsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Objects of S3 as outputs. */
final class S3Sink {
    private static final String ABANDONING = "abandoning uploads to";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final S3Clients clients;
    private final Executor threads;
    private final S3Storage.Options options;

    S3Sink(S3Clients clients, Executor threads, S3Storage.Options options) {
        this.clients = clients;
        this.threads = threads;
        this.options = options;
    }

    Upload begin(Publication publication, Access access) throws IOException {
        Requests.requireNotInterrupted("publishing " + publication.target());
        S3Location location = location(publication, access);
        S3Clients.Lease lease = clients.lease(access);
        return new S3Upload(this, lease, location, publication, options);
    }

    Requests requests(String what) {
        return new Requests(threads, what);
    }

    private static S3Location location(Publication publication, Access access) throws IOException {
        try {
            S3Location.checkTarget(publication.target());
            return S3Location.ofObject(publication.target(), access.connection())
                    .withSuffix(publication.nameSuffix());
        } catch (InvalidRequestException e) {
            throw new PermanentStorageException(publication.target() + " cannot be published to: " + e.getMessage(), e);
        }
    }

    Optional<Published> find(Publication publication, Access access) throws IOException {
        Requests.requireNotInterrupted("looking up " + publication.target());
        S3Location location = location(publication, access);
        try (S3Clients.Lease lease = clients.lease(access)) {
            return find(lease.client(), location, PublishMark.of(publication.key()));
        }
    }

    Optional<Published> find(S3Client client, S3Location location, PublishMark mark) throws IOException {
        return requests("looking up " + location).ask(() -> visible(client, location, mark));
    }

    private static Optional<Published> visible(S3Client client, S3Location location, PublishMark mark)
            throws IOException {
        HeadObjectResponse head;
        try {
            head = client.headObject(r -> r.bucket(location.bucket()).key(location.key()));
        } catch (S3Exception e) {
            if (e.statusCode() == 404) {
                return Optional.empty(); // a missing bucket is told by the upload
            }
            Exception reason = S3Source.reason(client, location, e);
            if (reason instanceof S3Exception refusal
                    && S3Failures.code(refusal).equals("AccessDenied")) {
                return Optional.empty(); // rights to write alone suffice to publish
            }
            throw S3Failures.translated(reason, "looking up", location);
        } catch (SdkException e) {
            throw S3Failures.translated(e, "looking up", location);
        }
        return mark.text().equals(head.metadata().get(PublishMark.METADATA))
                ? Optional.of(published(location, head.contentLength()))
                : Optional.empty();
    }

    static Published published(S3Location location, long sizeBytes) {
        return new Published(location.key(), location.toString(), sizeBytes);
    }

    void abandon(Publication publication, Access access) throws IOException {
        Requests.requireNotInterrupted("abandoning " + publication.target());
        S3Location location = location(publication, access);
        PublishMark mark = PublishMark.of(publication.key());
        try (S3Clients.Lease lease = clients.lease(access)) {
            requests("abandoning " + location).run(() -> abandon(lease.client(), location, mark));
        }
    }

    private static void abandon(S3Client client, S3Location location, PublishMark mark) throws IOException {
        try {
            abortAll(client, location, 1, parts -> isMarked(parts, mark));
        } catch (S3Exception e) {
            if (!S3Failures.code(e).equals("NoSuchBucket")) {
                throw S3Failures.translated(e, ABANDONING, location);
            }
        } catch (SdkException e) {
            throw S3Failures.translated(e, ABANDONING, location);
        }
    }

    private static List<String> uploads(S3Client client, S3Location location) {
        List<String> ids = new ArrayList<>();
        String keyMarker = null;
        String idMarker = null;
        boolean more = true;
        while (more) {
            ListMultipartUploadsResponse page = client.listMultipartUploads(ListMultipartUploadsRequest.builder()
                    .bucket(location.bucket())
                    .prefix(location.key())
                    .keyMarker(keyMarker)
                    .uploadIdMarker(idMarker)
                    .build());
            for (MultipartUpload upload : page.uploads()) {
                if (upload.key().equals(location.key())) {
                    ids.add(upload.uploadId());
                }
            }
            keyMarker = page.nextKeyMarker();
            idMarker = page.nextUploadIdMarker();
            more = Boolean.TRUE.equals(page.isTruncated()) && keyMarker != null;
        }
        return ids;
    }

    /** Whether an upload is one of this publication, by its first part. */
    private static boolean isMarked(List<Part> parts, PublishMark mark) {
        return parts.get(0).partNumber() == 1 && bare(parts.get(0).eTag()).equals(mark.eTag());
    }

    private static String bare(@Nullable String eTag) {
        return S3Source.bare(String.valueOf(eTag));
    }

    /** Aborts the uploads to a key that have parts, and of whose first so many parts a question says that they are ours. */
    private static void abortAll(S3Client client, S3Location location, int most, Predicate<List<Part>> isOurs) {
        for (String uploadId : uploads(client, location)) {
            List<Part> parts = parts(client, location, uploadId, most);
            if (!parts.isEmpty() && isOurs.test(parts)) {
                abort(client, location, uploadId);
            }
        }
    }

    /** The first parts of an upload, at most a thousand; none if it ended in the meantime. */
    private static List<Part> parts(S3Client client, S3Location location, String uploadId, int most) {
        try {
            return client.listParts(r -> r.bucket(location.bucket())
                            .key(location.key())
                            .uploadId(uploadId)
                            .maxParts(Math.min(most, 1000)))
                    .parts();
        } catch (S3Exception e) {
            if (S3Failures.is(e, 404, "NoSuchUpload")) {
                return List.of();
            }
            throw e;
        }
    }

    /**
     * Aborts what dead uploads of a publication left that was committed now: those that bear its mark, and those whose parts
     * are all parts of the committed one, as they bear their mark no more. One that somebody else is sending at this moment,
     * the same bytes to the same key, would fail, and be tried again.
     */
    void abortLeftovers(S3Client client, S3Location location, PublishMark mark, Map<Integer, CompletedPart> committed) {
        try {
            requests("abandoning uploads like that to " + location).run(PATIENCE, () -> {
                Predicate<Part> isSame = part -> {
                    CompletedPart same = committed.get(part.partNumber());
                    return same != null && bare(part.eTag()).equals(bare(same.eTag()));
                };
                abortAll(
                        client,
                        location,
                        committed.size() + 1,
                        parts -> isMarked(parts, mark) || parts.stream().allMatch(isSame));
            });
        } catch (IOException | SdkException e) {
            // what counts is committed, and only the bytes of a dead process may be left
        }
    }

    static void abort(S3Client client, S3Location location, @Nullable String uploadId) {
        try {
            client.abortMultipartUpload(
                    r -> r.bucket(location.bucket()).key(location.key()).uploadId(uploadId));
        } catch (S3Exception e) {
            if (!S3Failures.is(e, 404, "NoSuchUpload")) {
                throw e;
            }
        }
    }
}
