package io.longshore.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.JobId;
import io.longshore.api.Secret;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.spi.ItemKey;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.SourceObject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** What the tests of this package share. */
final class S3Test {
    private S3Test() {}

    interface Call {
        void run() throws Exception;
    }

    /** A connection with the server's keys, but no endpoint yet. */
    static Connection.Builder connection(S3Server server) {
        return Connection.builder("test", "s3")
                .secret(Connection.ACCESS_KEY_ID, Secret.of(server.accessKeyId()))
                .secret(Connection.SECRET_ACCESS_KEY, Secret.of(server.secretAccessKey()));
    }

    static Access access(S3Server server) {
        return access(server, server.endpoint());
    }

    static Access access(S3Server server, URI endpoint) {
        return Access.by(connection(server)
                .property(Connection.ENDPOINT, endpoint.toString())
                .build());
    }

    static Publication publication(DataReference target) {
        return new Publication(target, "", "application/zip", new PublishKey(new ItemKey(JobId.random(), 0), ""));
    }

    static SourceObject resolved(DataSource source, DataReference reference, Access access) throws java.io.IOException {
        List<SourceObject> objects = new ArrayList<>();
        source.resolve(reference, access, objects::add);
        assertEquals(1, objects.size());
        return objects.get(0);
    }

    static byte[] content(int size) {
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        return content;
    }

    static CompletableFuture<Void> onThread(Call call) {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                call.run();
                ended.complete(null);
            } catch (Throwable e) {
                ended.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return ended;
    }

    static Throwable failure(CompletableFuture<Void> ended) {
        return assertThrows(ExecutionException.class, ended::get).getCause();
    }
}
