package io.longshore.spi;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A failure that trying again cannot mend: wrong credentials, a missing bucket, a changed object, a name that the store
 * does not take. The engine does not retry it. An absent object is {@link java.nio.file.NoSuchFileException} instead, and
 * is not retried either.
 */
public final class PermanentStorageException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure with its cause.
     *
     * @param message what was tried, on what; never a secret
     * @param cause what the back end said, or null
     */
    public PermanentStorageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * A failure of our own finding.
     *
     * @param message what was tried, on what; never a secret
     */
    public PermanentStorageException(String message) {
        super(message);
    }
}
