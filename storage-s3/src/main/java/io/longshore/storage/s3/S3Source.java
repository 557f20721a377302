package io.longshore.storage.s3;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Objects and folders of S3 as inputs. */
final class S3Source {
    private static final String READING = "reading";
    private static final String LISTING = "listing";

    private final S3Clients clients;
    private final Executor threads;
    private final S3Storage.Options options;

    S3Source(S3Clients clients, Executor threads, S3Storage.Options options) {
        this.clients = clients;
        this.threads = threads;
        this.options = options;
    }

    void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
        Requests.requireNotInterrupted("looking up " + reference);
        Optional<S3Location> folder;
        try {
            S3Location.checkSource(reference);
            folder = S3Location.ofFolder(reference, access.connection());
        } catch (InvalidRequestException e) {
            throw new PermanentStorageException(reference + " leads to nothing in S3: " + e.getMessage(), e);
        }
        try (S3Clients.Lease lease = clients.lease(access)) {
            if (folder.isPresent()) {
                list(lease.client(), reference, folder.get(), each);
            } else {
                each.accept(object(lease.client(), reference, location(reference, access)));
            }
        }
    }

    private static S3Location location(DataReference reference, Access access) throws PermanentStorageException {
        try {
            return S3Location.ofObject(reference, access.connection());
        } catch (InvalidRequestException e) {
            throw new PermanentStorageException(reference + " leads to nothing in S3: " + e.getMessage(), e);
        }
    }

    private SourceObject object(S3Client client, DataReference reference, S3Location location) throws IOException {
        HeadObjectResponse head = requests("looking up " + location).ask(() -> head(client, location));
        return object(reference, location, location.name(), head.contentLength(), head.eTag());
    }

    private Requests requests(String what) {
        return new Requests(threads, what);
    }

    private static HeadObjectResponse head(S3Client client, S3Location location) throws IOException {
        try {
            return client.headObject(r -> r.bucket(location.bucket()).key(location.key()));
        } catch (S3Exception e) {
            throw S3Failures.translated(reason(client, location, e), READING, location);
        } catch (SdkException e) {
            throw S3Failures.translated(e, READING, location);
        }
    }

    /** An answer to HEAD has no words: the same question as a GET tells which of bucket, key or rights is missing. */
    static Exception reason(S3Client client, S3Location location, S3Exception refused) {
        if (refused.statusCode() >= 500) {
            return refused;
        }
        try {
            client.getObject(
                            r -> r.bucket(location.bucket()).key(location.key()).range("bytes=0-0"))
                    .abort();
            return refused;
        } catch (S3Exception e) {
            return e.statusCode() == 416 ? refused : e;
        } catch (SdkException e) {
            return refused;
        }
    }

    private static SourceObject object(
            DataReference reference, S3Location location, String relativeName, long sizeBytes, @Nullable String eTag) {
        return new SourceObject(
                reference,
                location.name(),
                relativeName,
                location.toString(),
                OptionalLong.of(sizeBytes),
                Optional.empty(),
                Optional.ofNullable(eTag).map(S3Source::bare),
                Optional.empty());
    }

    /** An ETag without the quotes that some answers give it and others do not. */
    static String bare(String eTag) {
        return eTag.length() > 1 && eTag.startsWith("\"") && eTag.endsWith("\"")
                ? eTag.substring(1, eTag.length() - 1)
                : eTag;
    }

    private void list(S3Client client, DataReference reference, S3Location folder, Consumer<SourceObject> each)
            throws IOException {
        FolderNames names = new FolderNames(folder);
        String next = null;
        do {
            String token = next;
            ListObjectsV2Response page = requests("listing " + folder).ask(() -> page(client, folder, token));
            for (S3Object entry : page.contents()) {
                if (!entry.key().endsWith("/")) { // else it only marks a folder
                    each.accept(entry(reference, folder, entry, names));
                }
            }
            next = Boolean.TRUE.equals(page.isTruncated()) ? page.nextContinuationToken() : null;
        } while (next != null);
    }

    private static ListObjectsV2Response page(S3Client client, S3Location folder, @Nullable String token)
            throws IOException {
        try {
            return client.listObjectsV2(ListObjectsV2Request.builder()
                    .bucket(folder.bucket())
                    .prefix(folder.key())
                    .continuationToken(token)
                    .build());
        } catch (SdkException e) {
            throw S3Failures.translated(e, LISTING, folder);
        }
    }

    private static SourceObject entry(DataReference folder, S3Location at, S3Object entry, FolderNames names)
            throws IOException {
        S3Location location = new S3Location(at.bucket(), entry.key());
        DataReference reference;
        try {
            DataReference.Builder one = DataReference.builder(folder.type())
                    .location(DataReference.BUCKET, location.bucket())
                    .location(DataReference.KEY, location.key())
                    .handling(folder.handling());
            folder.id().ifPresent(one::id);
            folder.connection().ifPresent(one::connection);
            reference = one.build();
        } catch (InvalidRequestException e) {
            throw new PermanentStorageException("an object of \"" + at + "\" has a key that cannot be named", e);
        }
        return object(reference, location, names.of(location), entry.size(), entry.eTag());
    }

    /** Names relative to a folder, all different. */
    private static final class FolderNames {
        private final S3Location folder;
        private final boolean whole;
        private final Set<String> taken = new HashSet<>();

        FolderNames(S3Location folder) {
            this.folder = folder;
            this.whole = folder.key().isEmpty() || folder.key().endsWith("/");
        }

        /**
         * A prefix without a slash at its end is the folder of what goes on with one ({@code data} of {@code data/a}), and
         * the beginning of a name for the rest ({@code data} of {@code data-2025}).
         */
        String of(S3Location location) throws IOException {
            int end = folder.key().length();
            if (whole) {
                return location.key().substring(end);
            }
            String name = location.key().startsWith("/", end)
                    ? location.key().substring(end + 1)
                    : location.key().substring(folder.key().lastIndexOf('/') + 1);
            if (!taken.add(name)) {
                throw new PermanentStorageException("two objects of \"" + folder
                        + "\" have one name, which a prefix that ends in a slash would tell apart: \"" + name + "\"");
            }
            return name;
        }
    }

    void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        transfer.requireActive();
        Requests.requireNotInterrupted("reading " + object.source());
        S3Location location = location(object.reference(), access);
        try (S3Clients.Lease lease = clients.lease(access)) {
            new Fetch(lease.client(), location, object, transfer, options.partBytes())
                    .into(target, requests("reading " + location), options.requestsAtOnce());
        }
    }
}
