package io.longshore.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Secret;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.utils.StringInputStream;

/** Whose credentials go where, and what is said when they do not serve. */
class S3AccessTest {
    private static final S3Server SERVER = S3Server.start();
    private static final String NO_PROFILE = "";

    private final String bucket = SERVER.createBucket();
    private final List<S3Storage> storages = new ArrayList<>();

    @AfterEach
    void close() {
        storages.forEach(S3Storage::close);
    }

    @Test
    void missingKeyMissingBucketAndWrongKeysAreToldApart() {
        assertFails(
                "missing", by(SERVER.accessKeyId(), SERVER.secretAccessKey()), NoSuchFileException.class, "NoSuchKey");
        assertFails(
                "a",
                by("AKIDUNKNOWNUNKNOWN", SERVER.secretAccessKey()),
                PermanentStorageException.class,
                "the store does not know the access key id");
        assertFails(
                "a",
                by(SERVER.accessKeyId(), "wrong-secret-wrong-secret"),
                PermanentStorageException.class,
                "the secret access key does not fit the access key id");
        S3Storage storage = storage(Map.of());
        DataReference nowhere = DataReference.s3("test", "no-such-bucket", "a");
        DataReference folder = DataReference.builder("s3")
                .location("bucket", "no-such-bucket")
                .location("prefix", "in/")
                .build();
        for (DataReference each : List.of(nowhere, folder)) {
            PermanentStorageException thrown = assertThrows(
                    PermanentStorageException.class, () -> storage.resolve(each, S3Test.access(SERVER), object -> {}));
            assertTrue(thrown.getMessage().contains("there is no bucket \"no-such-bucket\""), thrown.getMessage());
        }
    }

    @Test
    void wrongKeysFailEachCallOfASinkAndNoneSaysThem() {
        S3Storage storage = storage(Map.of());
        for (Access wrong : List.of(
                by("AKIDUNKNOWNUNKNOWN", SERVER.secretAccessKey()),
                by(SERVER.accessKeyId(), "wrong-secret-wrong-secret"))) {
            var publication = S3Test.publication(DataReference.s3("test", bucket, "a.zip"));
            assertHopeless(wrong, () -> storage.find(publication, wrong));
            assertHopeless(wrong, () -> storage.abandon(publication, wrong));
            assertHopeless(wrong, () -> {
                try (Upload upload = storage.begin(publication, wrong)) {
                    upload.stream().write(new byte[9 << 20]);
                    upload.commit();
                }
            });
            assertHopeless(wrong, () -> storage.resolve(DataReference.s3("test", bucket, "a"), wrong, object -> {}));
        }
    }

    private static void assertHopeless(Access access, S3Test.Call call) {
        PermanentStorageException thrown = assertThrows(PermanentStorageException.class, call::run);
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        access.connection().orElseThrow().secrets().forEach((name, secret) -> {
            assertFalse(trace.toString().contains(secret.reveal()), () -> name + " is told: " + trace);
        });
    }

    @Test
    void hostCredentialsServeOnlyWhereTheyMay() throws IOException {
        SERVER.put(bucket, "a", new byte[3]);
        S3Storage storage =
                storage(Map.of("AWS_ENDPOINT_URL_S3", SERVER.endpoint().toString()));
        DataReference reference = DataReference.s3("test", bucket, "a");
        assertEquals(
                3,
                S3Test.resolved(storage, reference, new Access(Optional.empty(), true))
                        .sizeBytes()
                        .orElseThrow());
        PermanentStorageException refused = assertThrows(
                PermanentStorageException.class, () -> storage.resolve(reference, Access.none(), object -> {}));
        assertEquals(
                "no connection gives an access key, and the host's own credentials may not serve this job",
                refused.getMessage());
        Connection without =
                Connection.builder("test", "s3").property("region", "us-east-1").build();
        assertEquals(
                3,
                S3Test.resolved(storage, reference, new Access(Optional.of(without), true))
                        .sizeBytes()
                        .orElseThrow());
        assertEquals(
                "connection \"test\" has no access key, and the host's own credentials may not serve this job",
                assertThrows(
                                PermanentStorageException.class,
                                () -> storage.resolve(reference, Access.by(without), object -> {}))
                        .getMessage());
    }

    @Test
    void hostCredentialsGoOnlyWhereTheHostsConfigurationPoints() throws IOException {
        SERVER.put(bucket, "a", new byte[3]);
        DataReference reference = DataReference.s3("test", bucket, "a");
        Connection same = Connection.builder("test", "s3")
                .property("endpoint", SERVER.endpoint() + "/")
                .build();
        Connection other = Connection.builder("test", "s3")
                .property("endpoint", "https://s3.evil.example")
                .build();
        S3Storage there = storage(Map.of("AWS_ENDPOINT_URL", SERVER.endpoint().toString()));
        S3Test.resolved(there, reference, new Access(Optional.of(same), true));
        S3Storage atAws = storage(Map.of());
        for (S3Storage storage : List.of(there, atAws)) {
            PermanentStorageException refused = assertThrows(
                    PermanentStorageException.class,
                    () -> storage.resolve(reference, new Access(Optional.of(other), true), object -> {}));
            assertTrue(refused.getMessage().endsWith("\"https://s3.evil.example\""), refused.getMessage());
        }
        assertThrows(
                PermanentStorageException.class,
                () -> atAws.resolve(reference, new Access(Optional.of(same), true), object -> {}));
    }

    @Test
    void keysOfAConnectionWithoutAnEndpointServeAtTheHosts() throws IOException {
        SERVER.put(bucket, "a", new byte[3]);
        Access keys = Access.by(S3Test.connection(SERVER).build());
        for (String profile : List.of(
                "[default]\nendpoint_url = " + SERVER.endpoint() + "\n",
                "[default]\nservices = local\nendpoint_url = http://127.0.0.1:1\n[services local]\ns3 =\n  endpoint_url = "
                        + SERVER.endpoint() + "\n")) {
            S3Storage storage = storage(Map.of(), profile);
            S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), keys);
        }
    }

    @Test
    void hostWithoutCredentialsIsPermanent() {
        AwsCredentialsProvider none = () -> {
            throw SdkClientException.create("Unable to load credentials");
        };
        S3Storage storage = own(new S3Storage(
                S3Storage.builder().options(),
                () -> new HostAccess(Optional.of(SERVER.endpoint()), Optional.empty(), () -> none)));
        PermanentStorageException thrown = assertThrows(
                PermanentStorageException.class,
                () -> storage.resolve(
                        DataReference.s3("test", bucket, "a"), new Access(Optional.empty(), true), object -> {}));
        assertEquals("reading \"s3://" + bucket + "/a\": the host itself has no AWS credentials", thrown.getMessage());
    }

    @Test
    void systemPropertiesComeBeforeTheEnvironmentAndThatBeforeTheProfile() {
        String profile = "[profile other]\nregion = eu-west-3\nendpoint_url = http://profile:1\n";
        Map<String, String> environment =
                Map.of("AWS_PROFILE", "other", "AWS_REGION", "eu-west-2", "AWS_ENDPOINT_URL", "http://environment:1");
        Map<String, String> properties = Map.of("aws.region", "eu-west-1", "aws.endpointUrlS3", "http://property:1");
        assertHost(host(properties, environment, profile), "eu-west-1", "http://property:1");
        assertHost(host(Map.of(), environment, profile), "eu-west-2", "http://environment:1");
        assertHost(host(Map.of(), Map.of("AWS_PROFILE", "other"), profile), "eu-west-3", "http://profile:1");
        HostAccess plain = host(Map.of(), Map.of(), profile);
        assertEquals(Optional.empty(), plain.region());
        assertEquals(Optional.empty(), plain.endpoint());
    }

    private static void assertHost(HostAccess host, String region, String endpoint) {
        assertEquals(Optional.of(region), host.region());
        assertEquals(Optional.of(URI.create(endpoint)), host.endpoint());
    }

    @Test
    void wrongConfigurationOfTheHostHurtsOnlyWhoNeedsIt() throws IOException {
        SERVER.put(bucket, "a", new byte[3]);
        S3Storage storage = storage(Map.of("AWS_ENDPOINT_URL", "ftp://somewhere"));
        DataReference reference = DataReference.s3("test", bucket, "a");
        S3Test.resolved(storage, reference, S3Test.access(SERVER));
        PermanentStorageException thrown = assertThrows(
                PermanentStorageException.class,
                () -> storage.resolve(reference, new Access(Optional.empty(), true), object -> {}));
        assertTrue(thrown.getMessage().startsWith("the host's own AWS configuration is wrong"), thrown.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://s3.example", "http://", "https://user:secret@s3.example", "https://s3.example?a=b", "::"})
    void endpointThatIsNoneIsPermanentAndNotQuoted(String endpoint) {
        Access access = Access.by(
                S3Test.connection(SERVER).property("endpoint", endpoint).build());
        PermanentStorageException thrown = assertThrows(
                PermanentStorageException.class,
                () -> storage(Map.of()).resolve(DataReference.s3("test", bucket, "a"), access, object -> {}));
        assertEquals("connection \"test\" has an endpoint that is no http or https address", thrown.getMessage());
    }

    @Test
    void endpointsReadTheSameHoweverTheyAreWritten() {
        URI uri = URI.create("https://s3.example.com");
        for (String text : List.of(
                "s3.example.com", "https://s3.example.com/", "HTTPS://S3.Example.com", " https://s3.example.com")) {
            assertEquals(Optional.of(uri), S3Clients.endpoint(text));
        }
        assertEquals(
                Optional.of(URI.create("http://10.0.0.1:9000/s3")), S3Clients.endpoint("http://10.0.0.1:9000/s3/"));
    }

    @Test
    void connectionThatIsIncompleteIsPermanent() {
        for (Connection connection : List.of(
                Connection.builder("test", "s3")
                        .secret("access_key_id", Secret.of("A"))
                        .build(),
                Connection.builder("test", "s3")
                        .secret("secret_access_key", Secret.of("A"))
                        .build(),
                S3Test.connection(SERVER).property("region", "evil.example/#").build())) {
            PermanentStorageException thrown = assertThrows(
                    PermanentStorageException.class,
                    () -> storage(Map.of())
                            .resolve(
                                    DataReference.s3("test", bucket, "a"),
                                    new Access(Optional.of(connection), true),
                                    object -> {}));
            assertTrue(thrown.getMessage().startsWith("connection \"test\" has a"), thrown.getMessage());
            assertFalse(thrown.getMessage().contains("evil"), "a misplaced secret would be told");
        }
    }

    @Test
    void clientsAreKeptForTheNextCallAndNotForEver() throws IOException {
        S3Clients clients = new S3Clients(() -> host(Map.of(), Map.of(), NO_PROFILE));
        try (clients) {
            S3Clients.Lease one = clients.lease(S3Test.access(SERVER));
            S3Clients.Lease same = clients.lease(S3Test.access(SERVER));
            assertEquals(one.client(), same.client());
            for (int i = 0; i < 100; i++) {
                clients.lease(by("AKID" + i, "secret")).close();
            }
            assertEquals(33, clients.size());
            S3Clients.Lease again = clients.lease(S3Test.access(SERVER));
            assertEquals(one.client(), again.client());
            List.of(one, same, again).forEach(S3Clients.Lease::close);
            one.close();
            assertEquals(32, clients.size());
        }
        assertEquals(0, clients.size());
        assertThrows(IOException.class, () -> clients.lease(S3Test.access(SERVER)));
    }

    @Test
    void storageIsFoundByServiceLoader() {
        List<DataSource> sources = new ArrayList<>();
        ServiceLoader.load(DataSource.class).forEach(sources::add);
        List<DataSink> sinks = new ArrayList<>();
        ServiceLoader.load(DataSink.class).forEach(sinks::add);
        assertInstanceOf(S3Storage.class, sources.get(0));
        assertInstanceOf(S3Storage.class, sinks.get(0));
    }

    private void assertFails(String key, Access access, Class<? extends IOException> type, String why) {
        IOException thrown = assertThrows(
                type, () -> storage(Map.of()).resolve(DataReference.s3("test", bucket, key), access, object -> {}));
        assertTrue(thrown.getMessage().contains(why), thrown.getMessage());
        assertTrue(thrown.getMessage().contains("s3://" + bucket + "/" + key), thrown.getMessage());
    }

    private static Access by(String id, String secret) {
        return Access.by(Connection.builder("test", "s3")
                .property("endpoint", SERVER.endpoint().toString())
                .secret("access_key_id", Secret.of(id))
                .secret("secret_access_key", Secret.of(secret))
                .build());
    }

    private S3Storage storage(Map<String, String> environment) {
        return storage(environment, NO_PROFILE);
    }

    private S3Storage storage(Map<String, String> environment, String profile) {
        return own(new S3Storage(S3Storage.builder().options(), () -> host(Map.of(), environment, profile)));
    }

    private S3Storage own(S3Storage storage) {
        storages.add(storage);
        return storage;
    }

    private static HostAccess host(Map<String, String> properties, Map<String, String> environment, String profile) {
        return HostAccess.of(
                properties::get,
                environment::get,
                () -> ProfileFile.builder()
                        .content(new StringInputStream(profile))
                        .type(ProfileFile.Type.CONFIGURATION)
                        .build(),
                () -> StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(SERVER.accessKeyId(), SERVER.secretAccessKey())));
    }
}
