package io.longshore.cli;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import io.longshore.storage.s3.S3Storage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** S3, which is loaded when a job first refers to it: that takes longer than a small job of local files. */
final class RemoteStorage implements DataSource, DataSink, Closeable {
    private static final Set<String> TYPES = Set.of("s3", "connection_asset");

    private @Nullable S3Storage loaded; // guarded by this

    private synchronized S3Storage s3() {
        if (loaded == null) {
            loaded = S3Storage.create();
        }
        return loaded;
    }

    @Override
    public Set<String> types() {
        return TYPES;
    }

    @Override
    public void check(DataReference reference) {
        s3().check(reference);
    }

    @Override
    public void check(Connection connection) {
        S3Storage.checkConnection(connection);
    }

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
        s3().resolve(reference, access, each);
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        s3().fetch(object, access, target, transfer);
    }

    @Override
    public Upload begin(Publication publication, Access access) throws IOException {
        return s3().begin(publication, access);
    }

    @Override
    public Optional<Published> find(Publication publication, Access access) throws IOException {
        return s3().find(publication, access);
    }

    @Override
    public void abandon(Publication publication, Access access) throws IOException {
        s3().abandon(publication, access);
    }

    @Override
    public synchronized void close() throws IOException {
        if (loaded != null) {
            loaded.close();
        }
    }
}
