package io.longshore.stage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An input that cannot be had however often it is tried; the message names the reference. */
public final class InputException extends IOException {
    private static final long serialVersionUID = 1L;

    InputException(String message) {
        super(message);
    }

    InputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
