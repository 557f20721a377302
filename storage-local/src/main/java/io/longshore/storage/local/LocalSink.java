package io.longshore.storage.local;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The assets of a space as outputs (contract 2.1, 2.7, 2.8). */
final class LocalSink implements DataSink {
    private final AssetStore assets;

    LocalSink(AssetStore assets) {
        this.assets = assets;
    }

    @Override
    public Set<String> types() {
        return LocalSource.TYPES;
    }

    @Override
    public void check(DataReference target) {
        name(target);
    }

    private static String name(DataReference target) {
        if (target.location(DataReference.HREF).isPresent()) {
            throw new InvalidRequestException(
                    "location.href",
                    target.location(DataReference.HREF).get(),
                    "is where something else uploads to: an asset to be made has a name only");
        }
        String name = target.location(DataReference.NAME).orElse("");
        if (name.isEmpty()) {
            throw new InvalidRequestException("location.name", null, "is missing: an asset to be made has one");
        }
        AssetStore.requireName("location.name", name);
        return name;
    }

    @Override
    public Upload begin(Publication publication, Access access) throws IOException {
        Disk.requireNotInterrupted("publishing " + publication.target());
        String name;
        try {
            name = name(publication.target()) + publication.nameSuffix();
        } catch (InvalidRequestException e) {
            throw new PermanentStorageException(publication.target() + " cannot be published to", e);
        }
        return new AssetUpload(assets.draft(name, publication.mediaType(), publication.key()), publication);
    }

    @Override
    public Optional<Published> find(Publication publication, Access access) throws IOException {
        Disk.requireNotInterrupted("looking up " + publication.target());
        return assets.published(publication.key()).map(LocalSink::published);
    }

    @Override
    public void abandon(Publication publication, Access access) throws IOException {
        Disk.requireNotInterrupted("abandoning " + publication.target());
        assets.abandon(publication.key());
    }

    private static Published published(Asset asset) {
        return new Published(asset.name(), asset.href(), asset.sizeBytes());
    }

    private final class AssetUpload implements Upload {
        private final AssetStore.Draft draft;
        private final Publication publication;
        private @Nullable Published published;
        private boolean closed;

        AssetUpload(AssetStore.Draft draft, Publication publication) {
            this.draft = draft;
            this.publication = publication;
        }

        @Override
        public OutputStream stream() throws IOException {
            requireOpen();
            return draft.content();
        }

        private void requireOpen() throws IOException {
            if (closed) {
                throw new IOException("the upload is closed: " + publication.target());
            }
        }

        @Override
        public Published commit() throws IOException {
            if (published != null) {
                return published;
            }
            requireOpen();
            Disk.requireNotInterrupted("publishing " + publication.target());
            Optional<Asset> before = assets.published(publication.key());
            Published now = published(before.isPresent() ? before.get() : draft.commit());
            published = now;
            draft.close();
            return now;
        }

        @Override
        public void close() throws IOException {
            closed = true;
            draft.close();
        }
    }
}
