package io.longshore.archive;

import java.io.IOException;

/** A file that is read whole when its piece is made, and what is to be told of it when the piece is written. */
final class SmallFile {
    private final OutputFile file;
    private String leftOut = "";
    private boolean grown;

    SmallFile(OutputFile file) {
        this.file = file;
    }

    /** Reads it into a place that has room; false if it is left out. */
    boolean read(byte[] into, int at) throws IOException {
        Content content;
        try {
            content = file.content();
        } catch (IOException e) {
            leftOut = OutputTree.whyLeftOut(e).orElseThrow(() -> e);
            return false;
        }
        try (content) {
            content.readAll(into, at);
            grown = content.hasGrown();
        }
        return true;
    }

    boolean isLeftOut() {
        return !leftOut.isEmpty();
    }

    /** Warns of what is not in the archive of it. */
    void tell(Warnings warnings) {
        if (isLeftOut()) {
            warnings.leftOut(file.rawName(), leftOut);
        } else if (grown) {
            warnings.grown(file.rawName(), file.sizeBytes());
        }
    }
}
