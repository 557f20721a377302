package io.longshore.publish;

import java.io.IOException;

/** An output that is not what was asked for, however often it is tried. */
public final class OutputException extends IOException {
    private static final long serialVersionUID = 1L;

    OutputException(String message) {
        super(message);
    }
}
