package io.longshore.spi;

import java.io.IOException;

/**
 * Keeps secrets unreadable while they are stored or on their way: authenticated encryption under a key of the host's.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> never for long.
 */
public interface SecretSealer {
    /**
     * Seals a clear text.
     *
     * @param clear the clear text
     * @param context what it belongs to; {@link #open} wants the same again
     * @return the sealed form, different each time
     * @throws IOException if there is no key to seal with
     */
    byte[] seal(byte[] clear, String context) throws IOException;

    /**
     * Opens what was sealed.
     *
     * @param sealed the sealed form
     * @param context what it belongs to
     * @return the clear text
     * @throws IOException if the key is gone or another, or the sealed form or context was changed
     */
    byte[] open(byte[] sealed, String context) throws IOException;
}
