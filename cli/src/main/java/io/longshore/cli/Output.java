package io.longshore.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of the two streams that the command writes. What cannot be written is dropped, so that a reader who has gone away
 * hurts nobody; who cares asks for the {@link #failure}.
 *
 * <p><b>Threads:</b> thread-safe; what one call writes stays together.
 */
final class Output {
    private final OutputStream stream;
    private @Nullable IOException failure; // guarded by this

    Output(OutputStream stream) {
        this.stream = stream;
    }

    void line(String text) {
        text(text + "\n");
    }

    void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        bytes(bytes, bytes.length);
    }

    /** Says whether it is worth going on. */
    synchronized boolean bytes(byte[] bytes, int length) {
        if (failure == null) {
            try {
                stream.write(bytes, 0, length);
                stream.flush();
            } catch (IOException e) {
                failure = e;
            }
        }
        return failure == null;
    }

    /** The first failure to write, unless it is that nobody reads any more. */
    synchronized Optional<IOException> failure() {
        return Optional.ofNullable(failure)
                .filter(e -> e.getMessage() == null || !e.getMessage().contains("Broken pipe"));
    }
}
