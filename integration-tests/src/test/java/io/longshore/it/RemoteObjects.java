package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.longshore.api.DataReference;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import io.longshore.testkit.MemoryStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Objects of a store that is reached by the connection {@code cos}: what is in memory, under WML's type of reference. */
final class RemoteObjects implements DataSource, DataSink {
    private final DataSource source;
    private final DataSink sink;

    RemoteObjects(MemoryStorage storage) {
        source = storage.source();
        sink = storage.sink();
    }

    private static DataReference inMemory(DataReference reference, Access access) {
        assertEquals(Optional.of("cos"), access.connection().map(c -> c.id()));
        return MemoryStorage.reference(name(reference));
    }

    private static String name(DataReference reference) {
        return reference
                .location(DataReference.FILE_NAME)
                .or(() -> reference.location(DataReference.KEY))
                .orElseThrow();
    }

    @Override
    public Set<String> types() {
        return Set.of("connection_asset");
    }

    @Override
    public void check(DataReference reference) {
        name(reference);
    }

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
        source.resolve(
                inMemory(reference, access),
                access,
                object -> each.accept(new SourceObject(
                        reference,
                        object.name(),
                        object.relativeName(),
                        object.source(),
                        object.sizeBytes(),
                        object.sha256(),
                        object.version(),
                        object.elsewhere())));
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        SourceObject inMemory = new SourceObject(
                inMemory(object.reference(), access),
                object.name(),
                object.relativeName(),
                object.source(),
                object.sizeBytes(),
                object.sha256(),
                object.version(),
                object.elsewhere());
        source.fetch(inMemory, access, target, transfer);
    }

    @Override
    public Upload begin(Publication publication, Access access) throws IOException {
        return sink.begin(inMemory(publication, access), access);
    }

    @Override
    public Optional<Published> find(Publication publication, Access access) throws IOException {
        return sink.find(inMemory(publication, access), access);
    }

    @Override
    public void abandon(Publication publication, Access access) throws IOException {
        sink.abandon(inMemory(publication, access), access);
    }

    private static Publication inMemory(Publication publication, Access access) {
        return new Publication(
                inMemory(publication.target(), access),
                publication.nameSuffix(),
                publication.mediaType(),
                publication.key());
    }
}
