package io.longshore.storage.s3;

import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * One object on its way into a file: a small one by one request, a larger one by ranges, several at once, each written
 * where it belongs. Every request is pinned to the version that was seen.
 */
final class Fetch {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Ranges cost no memory, so a large object has few of them: each request is a chance to fail. */
    private static final int MOST_RANGES = 64;

    /** Without the SDK's timer for bodies that nobody reads, of which it keeps 70 bytes a request for a minute. */
    private static final ResponseTransformer<GetObjectResponse, ResponseInputStream<GetObjectResponse>> READ_AT_ONCE =
            ResponseTransformer.toInputStream(Duration.ZERO);

    /** What an ETag looks like that may be the MD5 of the content; one of several parts has a dash. */
    private static final Pattern MD5 = Pattern.compile("[0-9a-fA-F]{32}");

    private final S3Client client;
    private final S3Location location;
    private final SourceObject object;
    private final Transfer transfer;
    private final long sizeBytes;
    private final long rangeBytes;
    private final AtomicLong next = new AtomicLong(); // where the next range begins

    Fetch(S3Client client, S3Location location, SourceObject object, Transfer transfer, long partBytes)
            throws IOException {
        this.client = client;
        this.location = location;
        this.object = object;
        this.transfer = transfer;
        this.sizeBytes = object.sizeBytes()
                .orElseThrow(() -> new PermanentStorageException("not resolved by this source: \"" + location + "\""));
        this.rangeBytes = Math.max(partBytes, (sizeBytes + MOST_RANGES - 1) / MOST_RANGES);
    }

    void into(Path target, Requests requests, int atOnce) throws IOException {
        try (SeekableByteChannel channel =
                Files.newByteChannel(target, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            Target file = new Target(target, channel);
            if (sizeBytes <= rangeBytes) {
                requests.start(0, () -> receive(file, 0, sizeBytes, null));
            } else {
                long ranges = (sizeBytes + rangeBytes - 1) / rangeBytes;
                for (int i = 0; i < Math.min(atOnce, ranges); i++) {
                    requests.start(0, () -> receiveRanges(file));
                }
            }
            requests.await(transfer);
        } catch (IOException | RuntimeException e) {
            requests.end(PATIENCE); // so that nobody tells the transfer of progress any more
            throw e;
        } // a request that is left behind all the same finds the file closed
    }

    private void receiveRanges(Target file) throws IOException {
        for (long from = next.getAndAdd(rangeBytes); from < sizeBytes; from = next.getAndAdd(rangeBytes)) {
            long to = Math.min(from + rangeBytes, sizeBytes);
            receive(file, from, to, "bytes=" + from + "-" + (to - 1));
        }
    }

    private void receive(Target file, long from, long to, @Nullable String range) throws IOException {
        transfer.requireActive();
        GetObjectRequest.Builder request = GetObjectRequest.builder()
                .bucket(location.bucket())
                .key(location.key())
                .range(range);
        object.version().ifPresent(eTag -> request.ifMatch("\"" + eTag + "\""));
        try {
            receive(client.getObject(request.build(), READ_AT_ONCE), file, from, to, range);
        } catch (IOException | SdkException e) {
            throw S3Failures.translated(e, "reading", location);
        }
    }

    private void receive(
            ResponseInputStream<GetObjectResponse> body, Target file, long from, long to, @Nullable String range)
            throws IOException {
        boolean whole = false;
        try {
            requirePinned(body.response(), from, to, range);
            copy(body, file, from, to, range == null ? md5(body.response()) : null);
            whole = true;
        } finally {
            if (whole) {
                body.close();
            } else {
                body.abort(); // a close would read the rest
            }
        }
    }

    private void requirePinned(GetObjectResponse response, long from, long to, @Nullable String range)
            throws IOException {
        String eTag = response.eTag() == null ? "" : S3Source.bare(response.eTag());
        if (!eTag.equals(object.version().orElse(eTag))) {
            throw changed();
        }
        String expected = "bytes " + from + "-" + (to - 1) + "/" + sizeBytes;
        if (range != null && !expected.equals(response.contentRange())) {
            throw new PermanentStorageException("reading \"" + location + "\": asked for " + expected
                    + ", the store sent " + response.contentRange());
        }
        if (response.contentLength() != null && response.contentLength() != to - from) {
            throw changed();
        }
    }

    private PermanentStorageException changed() {
        return new PermanentStorageException("reading \"" + location + "\": changed since it was looked up");
    }

    /** The digest to compare, where the store's ETag is one: not of encrypted objects, nor of those made of parts. */
    private @Nullable MessageDigest md5(GetObjectResponse response) {
        String encryption =
                String.valueOf(response.serverSideEncryptionAsString()).toLowerCase(Locale.ROOT);
        boolean plain = !encryption.contains("kms") && response.sseCustomerAlgorithm() == null;
        return plain && MD5.matcher(object.version().orElse("")).matches() ? Digests.md5() : null;
    }

    private void copy(
            ResponseInputStream<GetObjectResponse> body, Target file, long from, long to, @Nullable MessageDigest md5)
            throws IOException {
        byte[] buffer = new byte[(int) Math.min(BUFFER_BYTES, Math.max(1, to - from))];
        long at = from;
        for (int n = body.readNBytes(buffer, 0, buffer.length); n > 0; n = body.readNBytes(buffer, 0, buffer.length)) {
            if (at + n > to) {
                throw changed();
            }
            if (md5 != null) {
                md5.update(buffer, 0, n);
            }
            file.write(ByteBuffer.wrap(buffer, 0, n), at);
            at += n;
            transfer.advanced(n);
            transfer.requireActive();
        }
        if (at != to) {
            throw new S3Failures.Unsound("reading \"" + location + "\": ended " + (to - at) + " bytes early");
        }
        if (md5 != null
                && !HexFormat.of()
                        .formatHex(md5.digest())
                        .equalsIgnoreCase(object.version().orElse(""))) {
            throw new S3Failures.Unsound("reading \"" + location + "\": its bytes differ from its MD5");
        }
    }

    /**
     * What is written, by several requests at once.
     *
     * @param path where it is
     * @param channel open on it
     */
    private record Target(Path path, SeekableByteChannel channel) {
        /** A failure such as a full disk names nothing: it is told with the file. */
        void write(ByteBuffer bytes, long position) throws IOException {
            try {
                if (channel instanceof FileChannel file) {
                    for (long at = position; bytes.hasRemaining(); ) {
                        at += file.write(bytes, at);
                    }
                    return;
                }
                synchronized (channel) { // its position is shared
                    channel.position(position);
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                }
            } catch (ClosedChannelException | FileSystemException e) {
                throw e;
            } catch (IOException e) {
                FileSystemException named = new FileSystemException(path.toString(), null, e.getMessage());
                named.initCause(e);
                throw named;
            }
        }
    }
}
