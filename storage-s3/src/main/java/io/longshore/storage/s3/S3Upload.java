package io.longshore.storage.s3;

import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * One object on its way into a bucket: one request at the commit where it fits into one part, else parts that are sent
 * while it is written.
 *
 * <p>An upload of parts carries its {@linkplain PublishMark mark} as its first part, so that a later process can tell
 * whose leftover it is. The true first part waits in memory and takes that place right before the commit. An upload whose
 * process died between the two is known by its parts, when the same content is committed at last.
 */
final class S3Upload implements Upload {
    private static final String PUBLISHING = "publishing";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final S3Sink sink;
    private final S3Clients.Lease lease;
    private final S3Client client;
    private final S3Location location;
    private final Publication publication;
    private final PublishMark mark;
    private final long partBytes;
    private final long sendingBytes;
    private final Requests parts;
    private final Map<Integer, CompletedPart> sent = new ConcurrentSkipListMap<>();
    private final OutputStream stream = new Parts();

    private int number = 1;
    private PartBuffer part;
    private @Nullable PartBuffer first;
    private @Nullable String uploadId;
    private long sizeBytes;
    private boolean written;
    private boolean closed;
    private @Nullable Published published;

    S3Upload(
            S3Sink sink,
            S3Clients.Lease lease,
            S3Location location,
            Publication publication,
            S3Storage.Options options) {
        this.sink = sink;
        this.lease = lease;
        this.client = lease.client();
        this.location = location;
        this.publication = publication;
        this.mark = PublishMark.of(publication.key());
        this.partBytes = options.partBytes();
        this.sendingBytes = options.partBytes() * options.requestsAtOnce();
        this.parts = sink.requests("publishing " + location);
        this.part = new PartBuffer(PartSizes.bytes(1, partBytes));
    }

    @Override
    public OutputStream stream() throws IOException {
        requireOpen();
        return stream;
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the upload is closed: \"" + location + "\"");
        }
    }

    /** Closing it ends the writing only. */
    private final class Parts extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (written || closed) {
                throw new IOException("written to after it was closed: \"" + location + "\"");
            }
            int done = 0;
            while (done < length) {
                if (part.isFull()) { // and more is coming, or it would do as the last one
                    send();
                }
                done += part.append(bytes, offset + done, length - done);
            }
            sizeBytes += length;
        }

        @Override
        public void close() {
            written = true;
        }
    }

    /** Sends the part that is full, once those on their way leave room in memory. */
    private void send() throws IOException {
        if (number == PartSizes.MOST_PARTS) {
            throw new PermanentStorageException("publishing \"" + location + "\": larger than the "
                    + PartSizes.MOST_PARTS + " parts a store takes");
        }
        if (uploadId == null) {
            begin();
            first = part;
        } else {
            start(number, part);
        }
        number++;
        part = new PartBuffer(PartSizes.bytes(number, partBytes));
    }

    private void begin() throws IOException {
        parts.run(() -> {
            try {
                String id = client.createMultipartUpload(r -> r.bucket(location.bucket())
                                .key(location.key())
                                .contentType(publication.mediaType())
                                .metadata(Map.of(PublishMark.METADATA, mark.text())))
                        .uploadId();
                uploadId = id;
                byte[] content = mark.content();
                client.uploadPart(
                        r -> r.bucket(location.bucket())
                                .key(location.key())
                                .uploadId(id)
                                .partNumber(1),
                        RequestBody.fromContentProvider(
                                () -> new ByteArrayInputStream(content), content.length, publication.mediaType()));
            } catch (SdkException e) {
                throw S3Failures.translated(e, PUBLISHING, location);
            }
        });
    }

    private void start(int partNumber, PartBuffer content) throws IOException {
        parts.await(Math.max(0, sendingBytes - content.sizeBytes()), Transfer.UNWATCHED);
        parts.start(content.sizeBytes(), () -> send(partNumber, content));
    }

    private void send(int partNumber, PartBuffer content) throws IOException {
        try {
            String md5 = content.contentMd5();
            UploadPartResponse response = client.uploadPart(
                    r -> r.bucket(location.bucket())
                            .key(location.key())
                            .uploadId(uploadId)
                            .partNumber(partNumber)
                            .contentMD5(md5),
                    body(content));
            sent.put(
                    partNumber,
                    CompletedPart.builder()
                            .partNumber(partNumber)
                            .eTag(response.eTag())
                            .build());
        } catch (SdkException e) {
            throw S3Failures.translated(e, PUBLISHING, location);
        }
    }

    private RequestBody body(PartBuffer content) {
        return RequestBody.fromContentProvider(content::content, content.sizeBytes(), publication.mediaType());
    }

    @Override
    public Published commit() throws IOException {
        if (published != null) {
            return published;
        }
        requireOpen();
        Requests.requireNotInterrupted("publishing " + location);
        parts.requireSound();
        written = true;
        Optional<Published> before = sink.find(client, location, mark);
        if (before.isPresent()) {
            discard();
            published = before.get();
        } else {
            if (uploadId == null) {
                put();
            } else {
                complete();
                sink.abortLeftovers(client, location, mark, sent);
            }
            published = S3Sink.published(location, sizeBytes);
            forget();
        }
        lease.close();
        return published;
    }

    /** Gives the memory back, however long the caller keeps this. */
    private void forget() {
        part = new PartBuffer(0);
        first = null;
    }

    private void put() throws IOException {
        sink.requests("publishing " + location).run(() -> {
            try {
                client.putObject(
                        r -> r.bucket(location.bucket())
                                .key(location.key())
                                .contentType(publication.mediaType())
                                .contentMD5(part.contentMd5())
                                .metadata(Map.of(PublishMark.METADATA, mark.text())),
                        body(part));
            } catch (SdkException e) {
                throw S3Failures.translated(e, PUBLISHING, location);
            }
        });
    }

    private void complete() throws IOException {
        start(number, part);
        parts.await(Transfer.UNWATCHED);
        if (first != null) {
            start(1, first); // the last to be sent: from here on nobody can tell whose upload it is
            parts.await(Transfer.UNWATCHED);
        }
        sink.requests("publishing " + location).run(() -> {
            try {
                client.completeMultipartUpload(r -> r.bucket(location.bucket())
                        .key(location.key())
                        .uploadId(uploadId)
                        .multipartUpload(m -> m.parts(new ArrayList<>(sent.values()))));
            } catch (SdkException e) {
                throw S3Failures.translated(e, PUBLISHING, location);
            }
        });
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        if (published != null) {
            return;
        }
        try {
            discard();
        } finally {
            lease.close();
        }
    }

    /** Removes what was sent; an interrupt that ended the upload does not keep its parts. */
    private void discard() throws IOException {
        forget();
        boolean interrupted = Thread.interrupted();
        try {
            parts.end(PATIENCE); // a part that arrives after the abort would stay
            if (uploadId != null) {
                sink.requests("abandoning the upload to " + location).run(PATIENCE, () -> {
                    try {
                        S3Sink.abort(client, location, uploadId);
                    } catch (SdkException e) {
                        throw S3Failures.translated(e, "abandoning the upload to", location);
                    }
                });
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
