package io.longshore.lifecycle;

import io.longshore.api.LogPart;
import io.longshore.workspace.LogFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The end of a log, for people. */
final class LogTail {
    private static final int MAX_BYTES = 8 << 10;

    private LogTail() {}

    /** The last whole lines, at most 8 KiB; empty where there is no log. */
    static String of(Path log) {
        try {
            LogPart tail = LogFile.of(log).readEnd(MAX_BYTES);
            String text = new String(tail.bytes(), StandardCharsets.UTF_8);
            int firstLine = text.indexOf('\n');
            return tail.offset() > 0 && firstLine >= 0 && firstLine + 1 < text.length()
                    ? text.substring(firstLine + 1)
                    : text;
        } catch (IOException e) {
            return ""; // there is none, or a script put something else in its place
        }
    }
}
