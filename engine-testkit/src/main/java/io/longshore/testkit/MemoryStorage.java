package io.longshore.testkit;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.Published;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Objects in memory, by name, as a source and a sink of type {@code memory}: for tests of hosts and of the engine. It can
 * be told to fail.
 */
public final class MemoryStorage {
    /** The type of reference that leads here; the location has a {@code name}, or a {@code prefix} for a folder. */
    public static final String TYPE = "memory";

    private final Object lock = new Object();
    // All guarded by lock.
    private final TreeMap<String, byte[]> objects = new TreeMap<>();
    private final Map<PublishKey, Published> committed = new LinkedHashMap<>();
    private final Deque<IOException> fetchFailures = new ArrayDeque<>();
    private final Deque<IOException> commitFailures = new ArrayDeque<>();

    /** A storage without objects. */
    public MemoryStorage() {}

    /**
     * A reference to an object.
     *
     * @param name its name
     * @return the reference
     */
    public static DataReference reference(String name) {
        return DataReference.builder(TYPE).location(DataReference.NAME, name).build();
    }

    /**
     * Puts an object.
     *
     * @param name its name
     * @param content its bytes
     * @return a reference to it
     */
    public DataReference put(String name, byte[] content) {
        synchronized (lock) {
            objects.put(name, content.clone());
        }
        return reference(name);
    }

    /**
     * Gets an object.
     *
     * @param name its name
     * @return its bytes, or empty where there is none
     */
    public Optional<byte[]> get(String name) {
        synchronized (lock) {
            return Optional.ofNullable(objects.get(name)).map(byte[]::clone);
        }
    }

    /**
     * The names of all objects.
     *
     * @return the names in their order
     */
    public Set<String> names() {
        synchronized (lock) {
            return Set.copyOf(objects.keySet());
        }
    }

    /**
     * Makes the next fetch fail.
     *
     * @param failure what it throws
     */
    public void failNextFetch(IOException failure) {
        synchronized (lock) {
            fetchFailures.add(failure);
        }
    }

    /**
     * Makes the next commit fail before anything is visible.
     *
     * @param failure what it throws
     */
    public void failNextCommit(IOException failure) {
        synchronized (lock) {
            commitFailures.add(failure);
        }
    }

    /**
     * The storage as a source.
     *
     * @return a source over the same objects
     */
    public DataSource source() {
        return new Source();
    }

    /**
     * The storage as a sink.
     *
     * @return a sink over the same objects
     */
    public DataSink sink() {
        return new Sink();
    }

    private void failIfTold(Deque<IOException> failures) throws IOException {
        synchronized (lock) {
            IOException failure = failures.poll();
            if (failure != null) {
                throw failure;
            }
        }
    }

    private final class Source implements DataSource {
        @Override
        public Set<String> types() {
            return Set.of(TYPE);
        }

        @Override
        public void check(DataReference reference) {
            if (reference.location(DataReference.NAME).isEmpty()
                    && reference.location(DataReference.PREFIX).isEmpty()) {
                throw new InvalidRequestException("location.name", null, "is missing");
            }
        }

        @Override
        public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
            Map<String, byte[]> found = new TreeMap<>();
            String prefix = reference.location(DataReference.PREFIX).orElse("");
            synchronized (lock) {
                reference
                        .location(DataReference.NAME)
                        .ifPresentOrElse(
                                name -> {
                                    byte[] content = objects.get(name);
                                    if (content != null) {
                                        found.put(name, content);
                                    }
                                },
                                () -> objects.tailMap(prefix).forEach((name, content) -> {
                                    if (name.startsWith(prefix)) {
                                        found.put(name, content);
                                    }
                                }));
            }
            if (found.isEmpty() && reference.location(DataReference.NAME).isPresent()) {
                throw new NoSuchFileException(
                        reference.location(DataReference.NAME).get());
            }
            found.forEach((name, content) -> each.accept(new SourceObject(
                    reference(name),
                    name.substring(name.lastIndexOf('/') + 1),
                    name.substring(prefix.length()),
                    TYPE + ":" + name,
                    OptionalLong.of(content.length),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())));
        }

        @Override
        public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
            failIfTold(fetchFailures);
            transfer.requireActive();
            String name = object.reference().location(DataReference.NAME).orElseThrow();
            byte[] content = get(name).orElseThrow(() -> new NoSuchFileException(name));
            Files.write(target, content, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            transfer.advanced(content.length);
        }
    }

    private final class Sink implements DataSink {
        @Override
        public Set<String> types() {
            return Set.of(TYPE);
        }

        @Override
        public void check(DataReference target) {
            if (target.location(DataReference.NAME).isEmpty()) {
                throw new InvalidRequestException("location.name", null, "is missing");
            }
        }

        @Override
        public Upload begin(Publication publication, Access access) {
            return new MemoryUpload(publication);
        }

        @Override
        public Optional<Published> find(Publication publication, Access access) {
            synchronized (lock) {
                return Optional.ofNullable(committed.get(publication.key()));
            }
        }

        @Override
        public void abandon(Publication publication, Access access) {}
    }

    private final class MemoryUpload implements Upload {
        private final Publication publication;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean closed;

        MemoryUpload(Publication publication) {
            this.publication = publication;
        }

        @Override
        public OutputStream stream() throws IOException {
            if (closed) {
                throw new IOException("the upload is closed");
            }
            return bytes;
        }

        @Override
        public Published commit() throws IOException {
            failIfTold(commitFailures);
            synchronized (lock) {
                Published before = committed.get(publication.key());
                if (before != null) {
                    return before;
                }
                String name =
                        publication.target().location(DataReference.NAME).orElseThrow() + publication.nameSuffix();
                Published published = new Published(name, TYPE + ":" + name, bytes.size());
                objects.put(name, bytes.toByteArray());
                committed.put(publication.key(), published);
                return published;
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
