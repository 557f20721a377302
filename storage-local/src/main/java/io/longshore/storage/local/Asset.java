package io.longshore.storage.local;

import io.longshore.api.DataReference;
import java.time.Instant;
import java.util.Optional;

/** One managed asset of a {@link LocalSpace}. It never changes; a name that gets new bytes gets a new asset (contract 2.8). */
public final class Asset {
    private final String id;
    private final String name;
    private final long sizeBytes;
    private final String sha256;
    private final String mediaType;
    private final Instant createdAt;
    private final Optional<DataReference> connected;

    Asset(
            String id,
            String name,
            long sizeBytes,
            String sha256,
            String mediaType,
            Instant createdAt,
            Optional<DataReference> connected) {
        this.id = id;
        this.name = name;
        this.sizeBytes = sizeBytes;
        this.sha256 = sha256;
        this.mediaType = mediaType;
        this.createdAt = createdAt;
        this.connected = connected;
    }

    /**
     * What no other asset has.
     *
     * @return a UUID in lower case
     */
    public String id() {
        return id;
    }

    /**
     * What it was named, exactly.
     *
     * @return any text
     */
    public String name() {
        return name;
    }

    /**
     * Its size.
     *
     * @return the size; 0 where it is connected
     */
    public long sizeBytes() {
        return sizeBytes;
    }

    /**
     * The SHA-256 of its bytes.
     *
     * @return the sum in lower-case hex; empty where it is connected
     */
    public String sha256() {
        return sha256;
    }

    /**
     * Its media type.
     *
     * @return the type, such as {@code application/zip}
     */
    public String mediaType() {
        return mediaType;
    }

    /**
     * When it was made, by the clock of the machine that made it. Which of two assets is the newer does not follow from
     * this.
     *
     * @return the time
     */
    public Instant createdAt() {
        return createdAt;
    }

    /**
     * Where its bytes are, if not in the space (contract 1.6).
     *
     * @return a reference that names a connection, or empty where the space has the bytes
     */
    public Optional<DataReference> connected() {
        return connected;
    }

    /**
     * The address by which references lead to it.
     *
     * @return {@code /v2/assets/} and its id
     */
    public String href() {
        return "/v2/assets/" + id;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Asset that && id.equals(that.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "Asset[" + id + ", \"" + name + "\"]";
    }
}
