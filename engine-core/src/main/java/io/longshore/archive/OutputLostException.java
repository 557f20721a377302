package io.longshore.archive;

import java.io.IOException;

/** An output directory that is no directory any more: the script deleted it, or put a link or a file in its place. */
public final class OutputLostException extends IOException {
    private static final long serialVersionUID = 1L;

    OutputLostException(String message) {
        super(message);
    }
}
