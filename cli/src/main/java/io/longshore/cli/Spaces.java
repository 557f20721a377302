package io.longshore.cli;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.JobRequest;
import io.longshore.spi.Access;
import io.longshore.spi.ConnectionCatalog;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.SecretSealer;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The spaces of the jobs of one queue, each of which may have another: a reference says in which one its asset is, and the id
 * of a connection, in which one that is kept. Neither shows in what scripts and callers see.
 */
final class Spaces implements ConnectionCatalog {
    private static final Set<String> TYPES = Set.of("data_asset");

    /** Between a space and the id of one of its connections: no absolute path has it but at its beginning. */
    private static final String MARK = "//";

    private final SecretSealer sealer;
    private final Map<String, LocalSpace> opened = new HashMap<>(); // guarded by itself

    Spaces(SecretSealer sealer) {
        this.sealer = sealer;
    }

    /** The same request, whose references and connections are those of a space wherever it is carried out. */
    JobRequest within(LocalSpace space, JobRequest request) throws IOException {
        try {
            return request.withReferences(reference -> within(space, request, reference));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static DataReference within(LocalSpace space, JobRequest request, DataReference reference) {
        DataReference.Builder changed = reference.toBuilder();
        if (TYPES.contains(reference.type())) {
            changed.location(DataReference.SPACE, space.directory().toString());
        }
        String id = reference.connection().orElse("");
        if (!id.isEmpty() && !request.connections().containsKey(id)) {
            if (isKept(space, id)) {
                changed.connection(qualified(space, id));
            } else if (id.indexOf(MARK, 1) > 0) { // another space's, which no document may name
                throw new InvalidRequestException("connection.id", id, "names no connection that is known here");
            } // else the engine refuses it, and knows where it stands
        }
        return changed.build();
    }

    private static String qualified(LocalSpace space, String connection) {
        return space.directory() + MARK + connection;
    }

    private static boolean isKept(LocalSpace space, String id) {
        try {
            return space.connections().find(id).isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private LocalSpace of(DataReference reference) throws IOException {
        Optional<String> directory = reference.location(DataReference.SPACE);
        if (directory.isEmpty()) {
            throw new PermanentStorageException(reference + " does not say which space it is in");
        }
        return open(directory.get());
    }

    private LocalSpace unchecked(DataReference reference) {
        try {
            return of(reference);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A space that is gone is not made anew: an empty one would only say that it has no such asset. */
    private LocalSpace open(String directory) throws IOException {
        synchronized (opened) {
            LocalSpace space = opened.get(directory);
            if (space == null) {
                Path path;
                try {
                    path = Path.of(directory);
                } catch (InvalidPathException e) {
                    throw new PermanentStorageException("the space of the job is no path: \"" + directory + "\"", e);
                }
                if (!Files.isDirectory(path)) {
                    throw new PermanentStorageException("the space of the job is gone: \"" + directory + "\"");
                }
                space = LocalSpace.open(path, sealer);
                opened.put(directory, space);
            }
            return space;
        }
    }

    @Override
    public Optional<Connection> find(String id) throws IOException {
        int mark = id.indexOf(MARK, 1);
        if (mark < 0) {
            return Optional.empty();
        }
        String plain = id.substring(mark + MARK.length());
        Optional<Connection> found = open(id.substring(0, mark)).connections().find(plain);
        if (found.isEmpty()) { // it was there at submission, or is named by an asset
            throw new PermanentStorageException("the space of the job has no connection \"" + plain + "\"");
        }
        return found;
    }

    DataSource source() {
        return new Source();
    }

    DataSink sink() {
        return new Sink();
    }

    private final class Source implements DataSource {
        @Override
        public Set<String> types() {
            return TYPES;
        }

        @Override
        public void check(DataReference reference) {
            unchecked(reference).source().check(reference);
        }

        @Override
        public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
            LocalSpace space = of(reference);
            space.source().resolve(reference, access, object -> each.accept(connected(space, object)));
        }

        /** A connected asset leads to a connection of its own space. */
        private static SourceObject connected(LocalSpace space, SourceObject object) {
            return new SourceObject(
                    object.reference(),
                    object.name(),
                    object.relativeName(),
                    object.source(),
                    object.sizeBytes(),
                    object.sha256(),
                    object.version(),
                    object.elsewhere().map(reference -> connected(space, reference)));
        }

        private static DataReference connected(LocalSpace space, DataReference reference) {
            DataReference.Builder changed = reference.toBuilder();
            reference.connection().ifPresent(id -> changed.connection(qualified(space, id)));
            return changed.build();
        }

        @Override
        public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
            of(object.reference()).source().fetch(object, access, target, transfer);
        }
    }

    private final class Sink implements DataSink {
        @Override
        public Set<String> types() {
            return TYPES;
        }

        @Override
        public void check(DataReference target) {
            unchecked(target).sink().check(target);
        }

        @Override
        public Upload begin(Publication publication, Access access) throws IOException {
            return of(publication.target()).sink().begin(publication, access);
        }

        @Override
        public Optional<Published> find(Publication publication, Access access) throws IOException {
            return of(publication.target()).sink().find(publication, access);
        }

        @Override
        public void abandon(Publication publication, Access access) throws IOException {
            of(publication.target()).sink().abandon(publication, access);
        }
    }
}
