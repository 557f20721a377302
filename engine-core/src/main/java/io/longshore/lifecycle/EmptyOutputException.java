package io.longshore.lifecycle;

import java.io.IOException;

/** A script left nothing, where the job says that this fails it. */
final class EmptyOutputException extends IOException {
    private static final long serialVersionUID = 1L;

    EmptyOutputException() {
        super("the script left BATCH_OUTPUT_DIR empty, and the job says on_empty: fail");
    }
}
