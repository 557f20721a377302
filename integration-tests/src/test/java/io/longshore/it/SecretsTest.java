package io.longshore.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.longshore.api.Connection;
import io.longshore.api.Job;
import io.longshore.api.JobState;
import io.longshore.api.Secret;
import io.longshore.engine.LongshoreEngine;
import io.longshore.engine.TinkSealer;
import io.longshore.spi.JobStore;
import io.longshore.storage.s3.S3Server;
import io.longshore.storage.s3.S3Storage;
import io.longshore.store.jdbc.JdbcJobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

/** Where the keys of a store are while a job runs that uses them, and afterwards (contract 1.6, 4). */
@Timeout(120)
final class SecretsTest {
    private static final S3Server SERVER = S3Server.start();

    private final String bucket = SERVER.createBucket();
    private final S3Storage storage = S3Storage.create();
    private final GatedSink sink = new GatedSink(storage, 0);
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.longshore");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private Optional<JobStore> store = Optional.empty();

    @RegisterExtension
    private final Host host = new Host();

    @BeforeEach
    void buildEngine() throws Exception {
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        Files.createDirectory(host.home());
        store = Optional.of(JdbcJobStore.inDirectory(host.home()));
        host.engine(this::parts);
        host.secret(SERVER.accessKeyId());
        host.secret(SERVER.secretAccessKey());
        SERVER.put(bucket, "a.txt", "hello".getBytes(UTF_8));
    }

    private LongshoreEngine.Builder parts(LongshoreEngine.Builder builder) {
        return builder.store(store.orElseThrow())
                .sealer(TinkSealer.ofKeyFile(host.home().resolve("key")))
                .source(storage)
                .sink(sink)
                .listener(event -> {
                    throw new IllegalStateException("thrown to be logged, with " + event);
                });
    }

    @AfterEach
    void closeParts() throws Exception {
        host.engine().close();
        store.orElseThrow().close();
        storage.close();
        logger.setLevel(null);
        logger.setAdditive(true);
        logger.detachAppender(log);
        assertFalse(logged().isEmpty());
        assertNoSecret(logged());
    }

    private String logged() {
        StringBuilder all = new StringBuilder();
        for (ILoggingEvent event : log.list) {
            all.append(event.getFormattedMessage()).append('\n');
            if (event.getThrowableProxy() != null) {
                all.append(ThrowableProxyUtil.asString(event.getThrowableProxy()));
            }
        }
        return all.toString();
    }

    private static void assertNoSecret(String text) {
        assertFalse(text.contains(SERVER.accessKeyId()), text);
        assertFalse(text.contains(SERVER.secretAccessKey()), text);
    }

    private void assertNothingToldHoldsASecret(Job job) throws IOException {
        assertNoSecret(host.engine().document(job.id()));
        Job found = host.engine().find(job.id()).orElseThrow();
        assertNoSecret(found + " " + found.items() + " " + found.outcome() + " " + found.request());
    }

    /** Without what is known to be in the job's record, a search that finds nothing would say nothing. */
    private void assertSearchReachesTheDatabase(String recorded) throws IOException {
        List<Path> files = host.filesHolding(recorded);
        assertTrue(
                files.contains(host.home().resolve("jobs.db-wal"))
                        || files.contains(host.home().resolve("jobs.db")),
                files::toString);
    }

    @Test // contract 1.6, 4
    void keysOfASubmissionAreInNoFileWhileItRunsNorAfterwards() throws Exception {
        try (Gate gate = new Gate(host.mark("gate"))) {
            host.space()
                    .deploy(host.script("model", "model.sh", """
                            #!/bin/sh -e
                            cp "$BATCH_INPUT_DIR/input.txt" "$BATCH_OUTPUT_DIR/out.txt"
                            : >'%s'
                            read through <'%s'
                            """.formatted(host.mark("began"), host.mark("gate")))
                            .build());
            Job job = host.submit(
                    """
                    {"model":{"identifier":"model","version":"1"},"input":{"type":"storage-grid","endpoint":"%s",
                     "accessKeyID":"%s","secretAccessKey":"%s","region":"us-east-1","sources":{
                      "good":{"input.txt":{"bucket":"%s","key":"a.txt"}},
                      "bad":{"input.txt":{"bucket":"%s","key":"nowhere.txt"}}}}}
                    """.formatted(SERVER.endpoint(), SERVER.accessKeyId(), SERVER.secretAccessKey(), bucket, bucket));
            host.awaitMark("began");
            assertEquals(List.of(), host.filesWithSecrets());
            assertSearchReachesTheDatabase(bucket);
            assertNothingToldHoldsASecret(job);
            gate.open(1);
            Job ended = host.ended(job);
            assertEquals(JobState.COMPLETED, ended.state());
            assertEquals(1, ended.counters().completed());
            assertEquals(List.of(), host.filesWithSecrets());
            assertSearchReachesTheDatabase(bucket);
            assertNothingToldHoldsASecret(ended);
        }
    }

    @Test // contract 1.6, 4
    void keysOfAConnectionAreInTheScriptsFileAloneAndUntilItsEnd() throws Exception {
        host.space()
                .save(Connection.builder("cos", "s3")
                        .property(Connection.ENDPOINT, SERVER.endpoint().toString())
                        .property(Connection.REGION, "us-east-1")
                        .property(Connection.BUCKET, bucket)
                        .secret(Connection.ACCESS_KEY_ID, Secret.of(SERVER.accessKeyId()))
                        .secret(Connection.SECRET_ACCESS_KEY, Secret.of(SERVER.secretAccessKey()))
                        .build());
        try (Gate gate = new Gate(host.mark("gate"))) {
            host.deploy(
                    "copy", "copy.sh", """
                    #!/bin/sh -e
                    cp "$BATCH_INPUT_DIR/a.txt" "$BATCH_OUTPUT_DIR"
                    echo "$LONGSHORE_CONNECTIONS_FILE" >'%s'
                    : >'%s'
                    read through <'%s'
                    """.formatted(host.mark("connections"), host.mark("began"), host.mark("gate")));
            Job job = host.submit("""
                    {"deployment":{"id":"copy"},"scoring":{"input_data_references":[
                      {"type":"connection_asset","connection":{"id":"cos"},"location":{"file_name":"a.txt"},"stage":"engine"}],
                     "output_data_reference":
                      {"type":"connection_asset","connection":{"id":"cos"},"location":{"file_name":"out.zip"},"publish":"engine"}}}
                    """);
            host.awaitMark("began");
            Path connections =
                    Path.of(Files.readString(host.mark("connections")).strip());
            assertEquals(List.of(connections), host.filesWithSecrets());
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(connections)));
            assertSearchReachesTheDatabase("out.zip");
            assertNothingToldHoldsASecret(job);
            gate.open(1);
            sink.awaitUpload();
            assertEquals(List.of(), host.filesWithSecrets());
            sink.open();
            Job ended = host.ended(job);
            assertEquals(JobState.COMPLETED, ended.state(), ended.outcome()::toString);
            assertEquals(List.of(), host.filesWithSecrets());
            assertNothingToldHoldsASecret(ended);
            assertEquals(List.of("a.txt", "out.zip"), SERVER.keys(bucket));
        }
    }
}
