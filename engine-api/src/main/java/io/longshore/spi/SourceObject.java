package io.longshore.spi;

import io.longshore.api.DataReference;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One object that a reference led to, pinned to the version that was seen.
 *
 * @param reference a reference that leads to exactly this object; equal to the resolved one unless that was a folder
 * @param name the last segment of the object's name, or its id where it has no name; a candidate for a file name that the
 *     engine checks
 * @param relativeName its name relative to the folder that was resolved, with {@code /} between segments; equal to
 *     {@code name} where no folder was
 * @param source where it is, for people: {@code s3://bucket/key} or {@code /v2/assets/id}
 * @param sizeBytes its size, where the store tells
 * @param sha256 its SHA-256 in lower-case hex, where the store keeps one
 * @param version what pins the version, in the store's words (an ETag); empty where objects never change
 * @param elsewhere where the bytes are if not here: a connected asset's reference, which names its connection. Such an
 *     object cannot be fetched
 */
public record SourceObject(
        DataReference reference,
        String name,
        String relativeName,
        String source,
        OptionalLong sizeBytes,
        Optional<String> sha256,
        Optional<String> version,
        Optional<DataReference> elsewhere) {
    /**
     * Checks that nothing is null.
     *
     * @param reference the {@code reference} component
     * @param name the {@code name} component
     * @param relativeName the {@code relativeName} component
     * @param source the {@code source} component
     * @param sizeBytes the {@code sizeBytes} component
     * @param sha256 the {@code sha256} component
     * @param version the {@code version} component
     * @param elsewhere the {@code elsewhere} component
     */
    public SourceObject {
        Objects.requireNonNull(reference);
        Objects.requireNonNull(name);
        Objects.requireNonNull(relativeName);
        Objects.requireNonNull(source);
    }
}
