package io.longshore.storage.s3;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Objects of S3, and of stores that speak its protocol, as inputs and outputs; of types {@code s3} and
 * {@code connection_asset}.
 *
 * <p><b>References</b> have {@code location.bucket}, unless their connection has a {@code bucket}, and either
 * {@code location.key} (or {@code file_name}, another word for it) or, for a folder, {@code location.prefix}. Objects whose
 * key ends in a slash mark folders and are left out of them. The names within a folder are relative to the prefix; where
 * that does not end in a slash, {@code data} is the folder of {@code data/a} and the beginning of the name
 * {@code data-2025}.
 *
 * <p><b>Connections</b> may have {@code endpoint}, {@code region}, {@code bucket}, {@code access_key_id},
 * {@code secret_access_key} and a secret {@code session_token}. Without an endpoint, the host's own serves
 * ({@code AWS_ENDPOINT_URL_S3}, {@code AWS_ENDPOINT_URL}, the system properties and profile entries of the AWS SDK), else
 * AWS itself; without a region, {@code us-east-1}, or at the host's own endpoint the host's. An endpoint other than AWS
 * is addressed by path. Where a connection has no keys, and {@linkplain Access#hostCredentials() only if they may serve},
 * the host's own credentials do, as the AWS SDK finds them (roles that are assumed need its {@code sts} module too). They
 * go only where the host's own configuration points, and never to an endpoint that a connection names besides.
 *
 * <p><b>Inputs</b> are pinned to the ETag that was seen. Their length is verified; so is the MD5 of those that arrive by one
 * request (at most as large as a part), where the ETag is one. The bytes of larger objects are fetched by ranges.
 *
 * <p><b>Outputs</b> carry their publication as metadata ({@code longshore-publish-key}, a digest), by which they are found
 * again; who may write to a bucket but not read it publishes again instead. The store verifies each part by its MD5.
 * Memory use is bounded by the part size and the requests at once; beyond 1,000 parts the parts grow, to 20 MiB at 20 GiB,
 * 106 MiB at 100 GiB and 2.3 GiB at 5 TiB, and memory with them.
 *
 * <p>What plain S3 cannot give: two writers to one key may overwrite one another, also two that commit one publication at
 * the same moment; they never mix. Once another output took the key, the earlier publication is forgotten.
 *
 * <p><b>Leftovers</b>: an upload that is not committed is aborted when it is closed. One whose process died is recognised by
 * {@link #abandon}, in any process, by its first part, which holds a digest of its publication until right before the
 * commit; uploads of other publications and of other programs are left alone. What died within its commit is aborted by
 * the next commit of the same content to its key. What died at its very beginning cannot be recognised, nor what is in a
 * bucket whose ETags are no MD5, as with encryption by KMS: have the bucket abort incomplete uploads after some days.
 *
 * <p><b>Threads:</b> thread-safe. Requests run on daemon threads of the storage, named {@code longshore-s3-…}.
 * <b>Blocking:</b> all but {@code types} and {@code check} block on I/O; an interrupt is answered with
 * {@link java.io.InterruptedIOException}, also while the store is silent. Each request is tried once.
 */
public final class S3Storage implements DataSource, DataSink, Closeable {
    private static final Set<String> TYPES = Set.of("s3", "connection_asset");
    private static final long IDLE_SECONDS = 30;

    private final S3Clients clients;
    private final ExecutorService threads;
    private final S3Source source;
    private final S3Sink sink;

    /** What a builder collected. */
    record Options(long partBytes, int requestsAtOnce) {}

    /** A storage with all defaults, for {@link java.util.ServiceLoader}; hosts call {@link #create}. */
    public S3Storage() {
        this(builder().options(), HostAccess::ofProcess);
    }

    S3Storage(Options options, Supplier<HostAccess> host) {
        AtomicLong count = new AtomicLong();
        this.clients = new S3Clients(host);
        this.threads = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
                    Thread thread = new Thread(work, "longshore-s3-" + count.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
        this.source = new S3Source(clients, threads, options);
        this.sink = new S3Sink(clients, threads, options);
    }

    /**
     * A storage with all defaults.
     *
     * @return a new storage, to be closed
     */
    public static S3Storage create() {
        return new S3Storage();
    }

    /**
     * A builder of a storage.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Refuses a connection by its looks, for who keeps it before anything is reached by it. No value is quoted, as it may be
     * a misplaced secret.
     *
     * @param connection the connection
     * @throws InvalidRequestException if its endpoint is no http or https address, or holds a user, a query or a fragment,
     *     or if its region is no name of one
     */
    public static void checkConnection(Connection connection) {
        Optional<String> endpoint = connection.property(Connection.ENDPOINT);
        if (endpoint.isPresent() && S3Clients.endpoint(endpoint.get()).isEmpty()) {
            throw new InvalidRequestException(
                    "endpoint", null, "is no http or https address without a user, a query and a fragment");
        }
        Optional<String> region = connection.property(Connection.REGION);
        if (region.isPresent() && !S3Clients.isRegion(region.get())) {
            throw new InvalidRequestException("region", null, "is no name of a region, such as us-east-1");
        }
    }

    @Override
    public Set<String> types() {
        return TYPES;
    }

    /**
     * Refuses a reference by its looks. As it cannot tell a source from a target, a folder is refused as a target by
     * {@link #begin} only.
     *
     * @param reference a reference of one of {@link #types}
     */
    @Override
    public void check(DataReference reference) {
        S3Location.checkSource(reference);
    }

    @Override
    public void check(Connection connection) {
        checkConnection(connection);
    }

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
        source.resolve(reference, access, each);
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        source.fetch(object, access, target, transfer);
    }

    @Override
    public Upload begin(Publication publication, Access access) throws IOException {
        return sink.begin(publication, access);
    }

    @Override
    public Optional<Published> find(Publication publication, Access access) throws IOException {
        return sink.find(publication, access);
    }

    @Override
    public void abandon(Publication publication, Access access) throws IOException {
        sink.abandon(publication, access);
    }

    /** Closes all connections: what still runs fails. A no-op when closed already. */
    @Override
    public void close() {
        threads.shutdown();
        clients.close();
    }

    /** Collects the options of a {@link S3Storage}; each has a default. */
    public static final class Builder {
        private static final long LEAST_PART_BYTES = 5L << 20;

        private long partBytes = LEAST_PART_BYTES;
        private int requestsAtOnce = 4;

        private Builder() {}

        /**
         * Sets the size of a part of an upload, and of the ranges that inputs are fetched by. An upload holds
         * {@code requestsAtOnce + 2} parts in memory. Default: 5 MiB. Stores that want parts of one size throughout take
         * outputs of at most 1,000 parts.
         *
         * @param bytes 5 MiB to 1 GiB
         * @return this builder
         */
        public Builder partBytes(long bytes) {
            if (bytes < LEAST_PART_BYTES || bytes > 1L << 30) {
                throw new IllegalArgumentException("partBytes is not from 5 MiB to 1 GiB: " + bytes);
            }
            this.partBytes = bytes;
            return this;
        }

        /**
         * Sets how many requests one fetch or one upload has under way at once. Default: 4.
         *
         * @param requests 1 to 64
         * @return this builder
         */
        public Builder requestsAtOnce(int requests) {
            if (requests < 1 || requests > 64) {
                throw new IllegalArgumentException("requestsAtOnce is not from 1 to 64: " + requests);
            }
            this.requestsAtOnce = requests;
            return this;
        }

        Options options() {
            return new Options(partBytes, requestsAtOnce);
        }

        /**
         * The storage.
         *
         * @return a new storage, to be closed
         */
        public S3Storage build() {
            return new S3Storage(options(), HostAccess::ofProcess);
        }
    }
}
