package io.longshore.spi;

import java.io.IOException;

/** A job is another engine's by now: whoever held it before thought so long that it was believed to be gone. */
public final class LostClaimException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A lost claim.
     *
     * @param message which job, or item
     */
    public LostClaimException(String message) {
        super(message);
    }
}
