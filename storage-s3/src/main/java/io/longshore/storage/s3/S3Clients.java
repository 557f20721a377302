package io.longshore.storage.s3;

import io.longshore.api.Connection;
import io.longshore.api.Secret;
import io.longshore.spi.Access;
import io.longshore.spi.PermanentStorageException;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/** Clients by endpoint, region and credentials, over one pool of connections; those not used lately are closed. */
final class S3Clients implements Closeable {
    static final String SESSION_TOKEN = "session_token";
    private static final String DEFAULT_REGION = "us-east-1";
    private static final Pattern REGION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,62}");
    private static final int MOST_UNUSED = 32;
    private static final int MOST_CONNECTIONS = 1024;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(60);

    /** Asked when it is needed, and once: most connections bring all they need. */
    private final Supplier<HostAccess> hostAsked;

    /** The least recently used first; guarded by this. */
    private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

    private @Nullable AbortableHttp http; // guarded by this
    private @Nullable HostAccess host; // guarded by this
    private @Nullable AwsCredentialsProvider hostCredentials; // guarded by this
    private boolean closed; // guarded by this

    /** Keys that a connection brings; they print as {@code ***}. */
    private record Keys(Secret accessKeyId, Secret secretAccessKey, Optional<Secret> sessionToken) {}

    /** What makes two clients the same; without keys, the host's own. */
    private record Key(Optional<URI> endpoint, String region, Optional<Keys> keys) {}

    private static final class Entry {
        private final S3Client client;
        private int users;

        Entry(S3Client client) {
            this.client = client;
        }
    }

    /** A client that stays open until this is closed. */
    final class Lease implements Closeable {
        private final Entry entry;
        private boolean released; // guarded by the clients

        private Lease(Entry entry) {
            this.entry = entry;
        }

        S3Client client() {
            return entry.client;
        }

        @Override
        public void close() {
            synchronized (S3Clients.this) {
                if (!released) {
                    released = true;
                    entry.users--;
                    closeUnused();
                }
            }
        }
    }

    S3Clients(Supplier<HostAccess> host) {
        this.hostAsked = host;
    }

    private synchronized HostAccess host() throws PermanentStorageException {
        if (host == null) {
            try {
                host = hostAsked.get();
            } catch (IllegalArgumentException | SdkException e) { // a profile that cannot be read, too
                throw new PermanentStorageException("the host's own AWS configuration is wrong: " + e.getMessage(), e);
            }
        }
        return host;
    }

    /** To be called under the lock. */
    private AbortableHttp http() {
        if (http == null) {
            // Connections are bounded by the transfers under way: a wait for one would only look like a slow store.
            http = new AbortableHttp(Apache5HttpClient.builder()
                    .maxConnections(MOST_CONNECTIONS)
                    .connectionTimeout(CONNECT_LIMIT)
                    .socketTimeout(SILENCE_LIMIT)
                    .build());
        }
        return http;
    }

    /** Takes a client for what a job's document says, and decides whose credentials go where. */
    Lease lease(Access access) throws IOException {
        Key key = key(access);
        synchronized (this) {
            if (closed) {
                throw new IOException("the S3 storage is closed");
            }
            Entry entry = entries.get(key);
            if (entry == null) {
                entry = new Entry(client(key));
                entries.put(key, entry);
            }
            entry.users++;
            return new Lease(entry);
        }
    }

    private Key key(Access access) throws IOException {
        Optional<Connection> connection = access.connection();
        Optional<URI> named = namedEndpoint(connection);
        Optional<Keys> keys = keys(connection);
        if (keys.isEmpty()) {
            requireHostMayServe(access, named);
        }
        Optional<URI> endpoint = named.isPresent() ? named : host().endpoint();
        Optional<String> region = connection.flatMap(c -> c.property(Connection.REGION));
        if (region.isPresent() && !isRegion(region.get())) { // not quoted: it may be a misplaced secret
            throw new PermanentStorageException(said(connection) + " has a region that is no name of one");
        }
        if (region.isEmpty() && named.isEmpty()) {
            region = host().region();
        }
        return new Key(endpoint, region.orElse(DEFAULT_REGION), keys);
    }

    static boolean isRegion(String text) {
        return REGION.matcher(text).matches();
    }

    private static Optional<URI> namedEndpoint(Optional<Connection> connection) throws IOException {
        Optional<String> text =
                connection.flatMap(c -> c.property(Connection.ENDPOINT)).filter(t -> !t.isBlank());
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<URI> endpoint = endpoint(text.get());
        if (endpoint.isEmpty()) { // not quoted: it may hold a user and a password
            throw new PermanentStorageException(said(connection) + " has an endpoint that is no http or https address");
        }
        return endpoint;
    }

    private static Optional<Keys> keys(Optional<Connection> connection) throws IOException {
        Optional<Secret> id = connection.flatMap(c -> c.secret(Connection.ACCESS_KEY_ID));
        Optional<Secret> secret = connection.flatMap(c -> c.secret(Connection.SECRET_ACCESS_KEY));
        if (id.isPresent() != secret.isPresent()) {
            throw new PermanentStorageException(said(connection) + " has "
                    + (id.isPresent() ? "an access key id without its secret" : "a secret without its access key id"));
        }
        if (id.isEmpty() || secret.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Keys(id.get(), secret.get(), connection.get().secret(SESSION_TOKEN)));
    }

    /** The host's credentials serve only who may use them, and go only where the host's own configuration points. */
    private void requireHostMayServe(Access access, Optional<URI> named) throws IOException {
        String lacking = access.connection().isPresent()
                ? said(access.connection()) + " has no access key"
                : "no connection gives an access key";
        if (!access.hostCredentials()) {
            throw new PermanentStorageException(lacking + ", and the host's own credentials may not serve this job");
        }
        if (named.isPresent() && !named.equals(host().endpoint())) {
            throw new PermanentStorageException(lacking
                    + ", and the host's own credentials do not go to an endpoint that the host is not configured with: \""
                    + named.get() + "\"");
        }
    }

    private static String said(Optional<Connection> connection) {
        return "connection \"" + connection.map(Connection::id).orElse("") + "\"";
    }

    /** An endpoint as people write it, such as without a scheme; the same one always reads the same. */
    static Optional<URI> endpoint(String text) {
        String trimmed = text.strip();
        try {
            URI uri = new URI(trimmed.contains("://") ? trimmed : "https://" + trimmed);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            boolean plain = uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null;
            if (uri.getHost() == null || !plain || !(scheme.equals("http") || scheme.equals("https"))) {
                return Optional.empty();
            }
            String path = String.valueOf(uri.getPath()).replaceAll("/+$", "");
            String host = uri.getHost().toLowerCase(Locale.ROOT);
            return Optional.of(new URI(scheme, null, host, uri.getPort(), path.isEmpty() ? null : path, null, null));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    /** One attempt for each request: the engine retries, and a retried commit could meet its own first attempt. */
    private S3Client client(Key key) throws IOException {
        S3ClientBuilder builder = S3Client.builder()
                .httpClient(http())
                .region(Region.of(key.region()))
                .credentialsProvider(
                        key.keys().isPresent() ? provider(key.keys().get()) : hostProvider())
                .overrideConfiguration(c -> c.retryStrategy(AwsRetryStrategy.doNotRetry()))
                // Contents carry a Content-MD5, which every store knows; newer checksums many refuse.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(
                        key.endpoint().isPresent()
                                ? ResponseChecksumValidation.WHEN_REQUIRED
                                : ResponseChecksumValidation.WHEN_SUPPORTED)
                .serviceConfiguration(
                        S3Configuration.builder().chunkedEncodingEnabled(false).build());
        key.endpoint().ifPresent(endpoint -> builder.endpointOverride(endpoint).forcePathStyle(true));
        return builder.build();
    }

    private static AwsCredentialsProvider provider(Keys keys) {
        String id = keys.accessKeyId().reveal();
        String secret = keys.secretAccessKey().reveal();
        return StaticCredentialsProvider.create(
                keys.sessionToken().isPresent()
                        ? AwsSessionCredentials.create(
                                id, secret, keys.sessionToken().get().reveal())
                        : AwsBasicCredentials.create(id, secret));
    }

    /** To be called under the lock. */
    private AwsCredentialsProvider hostProvider() throws IOException {
        AwsCredentialsProvider provider = hostCredentials;
        if (provider == null) {
            provider = host().credentials().get();
            hostCredentials = provider;
        }
        AwsCredentialsProvider asked = provider;
        return () -> hostCredentials(asked);
    }

    private static AwsCredentials hostCredentials(AwsCredentialsProvider provider) {
        try {
            return provider.resolveCredentials();
        } catch (SdkException e) {
            throw new S3Failures.NoHostCredentials(e);
        }
    }

    /** To be called under the lock. */
    private void closeUnused() {
        long unused = entries.values().stream().filter(e -> e.users == 0).count();
        Iterator<Entry> eldest = entries.values().iterator();
        for (long over = closed ? unused : unused - MOST_UNUSED; over > 0; ) {
            Entry entry = eldest.next();
            if (entry.users == 0) {
                eldest.remove();
                entry.client.close();
                over--;
            }
        }
    }

    synchronized int size() {
        return entries.size();
    }

    /** Connections break, so that what still runs ends with a failure. */
    @Override
    public void close() {
        List<SdkAutoCloseable> parts = new ArrayList<>();
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            entries.values().forEach(entry -> parts.add(entry.client));
            entries.clear();
            if (hostCredentials instanceof SdkAutoCloseable closeable) {
                parts.add(closeable);
            }
            if (http != null) {
                parts.add(http);
            }
        }
        parts.forEach(SdkAutoCloseable::close);
    }
}
