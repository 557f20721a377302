package io.longshore.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Locale;

/** How things are said to people. */
final class Text {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final int UNIT = 1024;

    private Text() {}

    /** Text of somebody else's on one line, with nothing in it that a terminal would obey. */
    static String shown(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (Character.isISOControl(c) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069)) {
                shown.append(String.format("\\u%04x", c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.toString();
    }

    static String quoted(String text) {
        return "\"" + shown(text) + "\"";
    }

    static String size(long bytes) {
        if (bytes < UNIT) {
            return bytes + (bytes == 1 ? " byte" : " bytes");
        }
        double value = bytes;
        int unit = -1;
        while (value >= UNIT && unit < UNITS.length - 1) {
            value /= UNIT;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }

    /** What stands for the middle of a log that was not kept. */
    static String leftOut(long bytes) {
        return "[" + bytes + (bytes == 1 ? " byte" : " bytes") + " left out]";
    }

    static String duration(Duration duration) {
        long minutes = duration.toMinutes();
        if (minutes == 0) {
            return String.format(Locale.ROOT, "%.2f s", duration.toMillis() / 1000.0);
        }
        return minutes < 60
                ? minutes + " min " + duration.toSecondsPart() + " s"
                : duration.toHours() + " h " + duration.toMinutesPart() + " min";
    }

    static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** What went wrong, where java.nio often says no more than the path. */
    static String of(IOException e) {
        if (e instanceof FileSystemException file && file.getFile() != null) {
            String path = quoted(file.getFile());
            if (e instanceof NoSuchFileException) {
                return "no such file or directory: " + path;
            }
            if (e instanceof AccessDeniedException) {
                return "permission denied: " + path;
            }
            if (e instanceof FileAlreadyExistsException) {
                return "exists already, and is not what it should be: " + path;
            }
            if (file.getReason() != null) {
                return shown(file.getReason()) + ": " + path;
            }
        }
        if (e instanceof InterruptedIOException) {
            return "interrupted";
        }
        return e.getMessage() == null ? e.toString() : shown(e.getMessage());
    }
}
