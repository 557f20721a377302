package io.longshore.cli;

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
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** S3, which is loaded when a job first refers to it: that takes longer than a small job of local files. */
final class RemoteStorage implements DataSource, DataSink {
    private static final Set<String> TYPES = Set.of("s3", "connection_asset");

    private @Nullable DataSource source; // guarded by this
    private @Nullable DataSink sink; // guarded by this

    private synchronized DataSource source() {
        if (source == null) {
            source = load(DataSource.class, DataSource::types);
        }
        return source;
    }

    private synchronized DataSink sink() {
        if (sink == null) {
            sink = load(DataSink.class, DataSink::types);
        }
        return sink;
    }

    /** The types that a plug-in serves. */
    private interface Types<P> {
        Set<String> of(P plugin);
    }

    private static <P> P load(Class<P> kind, Types<P> types) {
        for (P each : ServiceLoader.load(kind)) {
            if (types.of(each).containsAll(TYPES)) {
                return each;
            }
        }
        throw new InvalidRequestException("type", null, "cannot be served, as S3 is not installed");
    }

    @Override
    public Set<String> types() {
        return TYPES;
    }

    @Override
    public void check(DataReference reference) {
        source().check(reference);
    }

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
        source().resolve(reference, access, each);
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        source().fetch(object, access, target, transfer);
    }

    @Override
    public Upload begin(Publication publication, Access access) throws IOException {
        return sink().begin(publication, access);
    }

    @Override
    public Optional<Published> find(Publication publication, Access access) throws IOException {
        return sink().find(publication, access);
    }

    @Override
    public void abandon(Publication publication, Access access) throws IOException {
        sink().abandon(publication, access);
    }
}
