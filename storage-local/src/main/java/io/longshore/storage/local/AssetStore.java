package io.longshore.storage.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.PublishKey;
import io.longshore.spi.Transfer;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The assets of a space. An asset is a directory {@code assets/<2 hex>/<id>/} with its record {@code asset.json} and its
 * {@code bytes}, moved to its place as a whole; see {@link Temporary}. The id of a published one follows from its
 * {@link PublishKey}, so that the move is the compare-and-set by which a key commits once.
 */
final class AssetStore {
    static final int LONGEST_NAME_BYTES = 1024;

    private static final int COPY_BYTES = 256 * 1024;
    private static final String RECORD = "asset.json";
    private static final String BYTES = "bytes";

    private final Path assets;
    private final Path names;
    private final Path temporary;
    private final InstantSource clock;

    AssetStore(Path space, InstantSource clock) {
        this.assets = space.resolve("assets");
        this.names = space.resolve("names");
        this.temporary = space.resolve("tmp");
        this.clock = clock;
    }

    /**
     * What is kept of an asset.
     *
     * @param asset the asset
     * @param entry its place among those of its name
     * @param publishKey by what it was published; empty where it was added
     */
    private record Kept(Asset asset, Sequence.Entry entry, Optional<String> publishKey) {}

    static void requireName(String field, String name) {
        if (name.isEmpty()) {
            throw new InvalidRequestException(field, name, "must not be empty");
        }
        if (name.indexOf('\0') >= 0) {
            throw new InvalidRequestException(field, name, "must not hold a NUL character");
        }
        Disk.requireUnicode(field, name);
        if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME_BYTES) {
            throw new InvalidRequestException(field, name, "must not be longer than " + LONGEST_NAME_BYTES + " bytes");
        }
    }

    static String label(PublishKey key) {
        return "publish-" + Disk.fileName(key.toString()).substring(0, 32);
    }

    static String id(PublishKey key) {
        ByteBuffer hash =
                ByteBuffer.wrap(Disk.sha256().digest(("longshore asset of " + key).getBytes(StandardCharsets.UTF_8)));
        long high = (hash.getLong() & ~0xf000L) | 0x8000L; // version 8: ours
        long low = (hash.getLong() & ~(0b11L << 62)) | (0b10L << 62);
        return new UUID(high, low).toString();
    }

    static boolean isId(String text) {
        return text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    }

    private Path directory(String id) {
        return assets.resolve(id.substring(0, 2)).resolve(id);
    }

    private Sequence sequence(String name) {
        String file = Disk.fileName(name);
        return new Sequence(names.resolve(file.substring(0, 2)).resolve(file));
    }

    Optional<Asset> byId(String id) throws IOException {
        return kept(id).map(Kept::asset);
    }

    Optional<Asset> byName(String name) throws IOException {
        for (Sequence.Entry entry : sequence(name).newestFirst()) {
            if (isId(entry.thing())) {
                Optional<Kept> kept = kept(entry.thing());
                if (kept.isPresent()
                        && kept.get().entry().equals(entry)
                        && kept.get().asset().name().equals(name)) {
                    return Optional.of(kept.get().asset());
                }
            }
        }
        return Optional.empty();
    }

    Optional<Asset> published(PublishKey key) throws IOException {
        Optional<Kept> kept = kept(id(key));
        if (kept.isPresent() && !kept.get().publishKey().equals(Optional.of(key.toString()))) {
            throw new PermanentStorageException("asset " + kept.get().asset().id() + " was not published as " + key);
        }
        return kept.map(Kept::asset);
    }

    /** All of them, the oldest first. */
    List<Asset> all() throws IOException {
        List<Asset> all = new ArrayList<>();
        for (Kept kept : allKept()) {
            all.add(kept.asset());
        }
        all.sort(Comparator.comparing(Asset::createdAt).thenComparing(Asset::id));
        return all;
    }

    /** The newest of each name, by name. */
    List<Asset> newest() throws IOException {
        Map<String, Kept> newest = new TreeMap<>();
        for (Kept kept : allKept()) {
            newest.merge(kept.asset().name(), kept, (a, b) -> a.entry().isNewerThan(b.entry()) ? a : b);
        }
        return newest.values().stream().map(Kept::asset).toList();
    }

    private List<Kept> allKept() throws IOException {
        List<Kept> all = new ArrayList<>();
        for (Path shard : Disk.list(assets)) {
            for (Path each : Disk.list(shard)) {
                if (isId(Disk.name(each))) {
                    kept(Disk.name(each)).ifPresent(all::add);
                }
            }
        }
        return all;
    }

    private Optional<Kept> kept(String id) throws IOException {
        Optional<Kept> kept = read(directory(id));
        if (kept.isPresent() && !kept.get().asset().id().equals(id)) {
            throw new PermanentStorageException("a record is damaged, as it is not of asset " + id + ": \""
                    + directory(id).resolve(RECORD) + "\"");
        }
        return kept;
    }

    private static Optional<Kept> read(Path directory) throws IOException {
        return Json.read(directory.resolve(RECORD), fields -> {
            boolean connected = fields.has("connected");
            Asset asset = new Asset(
                    fields.text("id"),
                    fields.text("name"),
                    connected ? 0 : fields.number("size"),
                    connected ? "" : fields.text("sha256"),
                    fields.text("media_type"),
                    Instant.parse(fields.text("created_at")),
                    connected ? Optional.of(reference(fields.fields("connected"))) : Optional.empty());
            return new Kept(
                    asset,
                    Sequence.Entry.parse(fields.text("entry")),
                    fields.has("publish_key") ? Optional.of(fields.text("publish_key")) : Optional.empty());
        });
    }

    private static DataReference reference(Json.Fields fields) {
        DataReference.Builder reference =
                DataReference.builder(fields.text("type")).connection(fields.text("connection"));
        fields.texts("location").forEach(reference::location);
        return reference.build();
    }

    /** The bytes, counted and digested on the way; the end of the stream is an exception where they are not the recorded ones. */
    InputStream open(Asset asset) throws IOException {
        if (asset.connected().isPresent()) {
            throw new PermanentStorageException(asset + " is connected: its bytes are not in the space");
        }
        Path file = directory(asset.id()).resolve(BYTES);
        try {
            return new VerifiedStream(Files.newInputStream(file), asset, file);
        } catch (NoSuchFileException e) {
            if (byId(asset.id()).isEmpty()) {
                throw e;
            }
            throw new PermanentStorageException(asset + " is damaged, as its bytes are missing: \"" + file + "\"", e);
        }
    }

    void copy(Asset asset, Path target, Transfer transfer) throws IOException {
        transfer.requireActive();
        Disk.requireNotInterrupted("copying " + asset);
        byte[] buffer = new byte[COPY_BYTES];
        try (InputStream in = open(asset);
                SeekableByteChannel out =
                        Files.newByteChannel(target, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                Disk.write(out, ByteBuffer.wrap(buffer, 0, n), target);
                transfer.advanced(n);
                transfer.requireActive();
                Disk.requireNotInterrupted("copying " + asset);
            }
        } catch (IOException e) {
            throw Disk.translated(e, "copying " + asset);
        }
    }

    Draft draft(String name, String mediaType) throws IOException {
        return new Draft(UUID.randomUUID().toString(), name, mediaType, Optional.empty(), "add");
    }

    Draft draft(String name, String mediaType, PublishKey key) throws IOException {
        return new Draft(id(key), name, mediaType, Optional.of(key), label(key));
    }

    void sweep() throws IOException {
        Temporary.sweep(temporary, this::undo);
    }

    void abandon(PublishKey key) throws IOException {
        Temporary.abandon(temporary, label(key), this::undo);
    }

    /** A draft that was about to be committed has an entry among those of its name. */
    private Temporary.Step undo(Path directory) throws IOException {
        Optional<Kept> draft;
        try {
            draft = read(directory);
        } catch (PermanentStorageException e) {
            return () -> {}; // half a record: the entry would have come after it
        }
        return () -> {
            if (draft.isPresent()) {
                removeUnlessVisible(
                        draft.get().asset().id(),
                        draft.get().asset().name(),
                        draft.get().entry());
            }
        };
    }

    private void removeUnlessVisible(String id, String name, Sequence.Entry entry) throws IOException {
        Optional<Kept> visible = isId(id) ? kept(id) : Optional.empty();
        if (visible.isEmpty() || !visible.get().entry().equals(entry)) {
            sequence(name).remove(entry);
        }
    }

    /** An asset in the making. */
    final class Draft implements Closeable {
        private final String id;
        private final String name;
        private final String mediaType;
        private final Optional<PublishKey> key;
        private final Temporary place;
        private final ContentWriter content;

        private Draft(String id, String name, String mediaType, Optional<PublishKey> key, String label)
                throws IOException {
            this.id = id;
            this.name = name;
            this.mediaType = mediaType;
            this.key = key;
            this.place = Temporary.create(temporary, label);
            try {
                Path file = place.directory().resolve(BYTES);
                this.content = new ContentWriter(file, Disk.privateFile(file));
            } catch (IOException | RuntimeException e) {
                place.close();
                throw e;
            }
        }

        ContentWriter content() {
            return content;
        }

        /** Makes the asset visible, or gives the one that the same key made visible before. */
        Asset commit() throws IOException {
            content.finish();
            ObjectNode record = Json.object();
            record.put("size", content.sizeBytes());
            record.put("sha256", content.sha256());
            return commit(record);
        }

        Asset commitConnected(DataReference reference) throws IOException {
            content.finish();
            Files.deleteIfExists(place.directory().resolve(BYTES));
            ObjectNode record = Json.object();
            ObjectNode connected = record.putObject("connected");
            connected.put("type", reference.type());
            connected.put("connection", reference.connection().orElseThrow());
            ObjectNode location = connected.putObject("location");
            reference.location().forEach(location::put);
            return commit(record);
        }

        private Asset commit(ObjectNode record) throws IOException {
            Sequence order = sequence(name);
            Sequence.Entry entry = Sequence.Entry.of(order.next(), id);
            record.put("id", id);
            record.put("name", name);
            record.put("media_type", mediaType);
            record.put("created_at", clock.instant().toString());
            record.put("entry", entry.toString());
            key.ifPresent(k -> record.put("publish_key", k.toString()));
            boolean moved = false;
            try {
                Disk.writeNew(place.directory().resolve(RECORD), Json.bytes(record));
                order.add(entry);
                moved = place.moveTo(directory(id));
            } catch (NoSuchFileException e) {
                throw new IOException("abandoned while it was being published: \"" + name + "\"", e);
            } catch (IOException e) {
                throw Disk.translated(e, "publishing \"" + name + "\"");
            } finally {
                if (!moved) {
                    removeUnlessVisible(id, name, entry);
                }
            }
            if (moved) {
                order.prune(entry);
            }
            return kept(id).orElseThrow(
                            () -> new NoSuchFileException(directory(id).toString()))
                    .asset();
        }

        @Override
        public void close() throws IOException {
            try {
                content.discard();
            } finally {
                place.close();
            }
        }
    }
}
