package io.longshore.storage.s3;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Secret;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.Published;
import io.longshore.testkit.DataSinkContract;
import io.longshore.testkit.DataSourceContract;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;

class S3ContractTest {
    private static final S3Server SERVER = S3Server.start();

    /** The contract's long contents take several parts. */
    private static S3Storage storage() {
        return S3Storage.builder().partBytes(5 << 20).build();
    }

    private static List<DataReference> incomplete(String bucket) {
        DataReference.Builder none = DataReference.builder("s3");
        return List.of(
                none.build(),
                none.location("key", "a").build(),
                none.location("bucket", "").build(),
                none.location("bucket", "a/b").build(),
                none.location("bucket", bucket).location("key", "").build(),
                DataReference.s3("c", bucket, "folder/"),
                DataReference.s3("c", bucket, "ž".repeat(513)),
                DataReference.s3("c", bucket, "half a character: \ud800"),
                DataReference.s3("c", "..", "a"),
                DataReference.s3("c", bucket, "a").toBuilder()
                        .location("prefix", "b/")
                        .build(),
                DataReference.s3("c", bucket, "a").toBuilder()
                        .location("file_name", "b")
                        .build());
    }

    private static Access by() {
        return Access.by(Connection.builder("test", "s3")
                .property("endpoint", SERVER.endpoint().toString())
                .secret("access_key_id", Secret.of(SERVER.accessKeyId()))
                .secret("secret_access_key", Secret.of(SERVER.secretAccessKey()))
                .build());
    }

    @Nested
    class Inputs extends DataSourceContract {
        private final S3Storage storage = storage();
        private final String bucket = SERVER.createBucket();

        @Override
        protected DataSource source() {
            return storage;
        }

        @Override
        protected Access access() {
            return by();
        }

        @Override
        protected DataReference stored(String name, byte[] content) {
            SERVER.put(bucket, name, content);
            return DataReference.s3("test", bucket, name);
        }

        @Override
        protected DataReference missing() {
            return DataReference.s3("test", bucket, "missing");
        }

        @Override
        protected List<DataReference> incomplete() {
            return S3ContractTest.incomplete(bucket);
        }

        @AfterEach
        void close() {
            storage.close();
        }
    }

    @Nested
    class InputsIntoMemory extends Inputs {
        private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());

        @Override
        protected Path targets(Path temporary) {
            return files.getPath("/work");
        }

        @AfterEach
        void closeFiles() throws IOException {
            files.close();
        }
    }

    @Nested
    class Outputs extends DataSinkContract {
        private final S3Storage storage = storage();
        private final S3Storage reopened = storage();
        private final String bucket = SERVER.createBucket();

        @Override
        protected DataSink sink() {
            return storage;
        }

        @Override
        protected DataSink reopened() {
            return reopened;
        }

        @Override
        protected Access access() {
            return by();
        }

        @Override
        protected DataReference target(String name) {
            return DataReference.s3("test", bucket, name);
        }

        @Override
        protected List<DataReference> incomplete() {
            return S3ContractTest.incomplete(bucket);
        }

        @Override
        protected Set<String> visible() {
            return new TreeSet<>(SERVER.keys(bucket));
        }

        @Override
        protected List<String> leftovers() {
            return SERVER.incompleteUploads(bucket);
        }

        @Override
        protected byte[] read(Published published) {
            return SERVER.get(bucket, published.href().substring(("s3://" + bucket + "/").length()));
        }

        @AfterEach
        void close() {
            storage.close();
            reopened.close();
        }
    }
}
