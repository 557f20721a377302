package io.longshore.spi;

import io.longshore.api.DataReference;
import java.util.Objects;

/**
 * What is to be published, and where.
 *
 * @param target the output reference as the job gave it
 * @param nameSuffix what the sink appends to the name or key that the target gives, usually empty; such as
 *     {@code .failed-<job id>} or {@code /<file>}
 * @param mediaType the media type, such as {@code application/zip}
 * @param key what makes it the same publication
 */
public record Publication(DataReference target, String nameSuffix, String mediaType, PublishKey key) {
    /**
     * Checks that nothing is null.
     *
     * @param target the {@code target} component
     * @param nameSuffix the {@code nameSuffix} component
     * @param mediaType the {@code mediaType} component
     * @param key the {@code key} component
     */
    public Publication {
        Objects.requireNonNull(target);
        Objects.requireNonNull(nameSuffix);
        Objects.requireNonNull(mediaType);
        Objects.requireNonNull(key);
    }
}
