package io.longshore.archive;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;

/** Names as the bytes that the file system has, whatever the locale of the JVM. */
final class EntryName {
    private EntryName() {}

    /** Orders file names by their bytes. */
    static Comparator<Path> order(Path directory) {
        // Unix paths compare so by themselves; that saves a copy of each name.
        return hasRawNames(directory) ? Comparator.naturalOrder() : (a, b) -> Arrays.compareUnsigned(of(a), of(b));
    }

    /** The bytes of a path's last name. */
    static byte[] of(Path path) {
        Path last = path.getFileName();
        String name = last.toString();
        if (!hasRawNames(path)) {
            String separator = path.getFileSystem().getSeparator();
            return (name.endsWith(separator) ? name.substring(0, name.length() - separator.length()) : name)
                    .getBytes(StandardCharsets.UTF_8);
        }
        return isIntact(name)
                ? name.getBytes(StandardCharsets.US_ASCII)
                : lastOf(last.toUri().getRawPath());
    }

    /** Whether text of the JVM cannot have been damaged: a JVM that cannot decode a byte puts ? or U+FFFD for it. */
    private static boolean isIntact(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 0x80 || c == '?') {
                return false;
            }
        }
        return true;
    }

    private static boolean hasRawNames(Path path) {
        return path.getFileSystem().equals(FileSystems.getDefault())
                && path.getFileSystem().getSeparator().equals("/");
    }

    private static byte[] lastOf(String rawPath) {
        int end = rawPath.endsWith("/") ? rawPath.length() - 1 : rawPath.length();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = rawPath.lastIndexOf('/', end - 1) + 1; i < end; i++) {
            if (rawPath.charAt(i) == '%') {
                bytes.write(Integer.parseInt(rawPath, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(rawPath.charAt(i));
            }
        }
        return bytes.toByteArray();
    }

    static boolean isAscii(byte[] name) {
        for (byte b : name) {
            if (b < 0) {
                return false;
            }
        }
        return true;
    }

    static boolean isUtf8(byte[] name) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** A name for a message: quoted, on one line, what is no text escaped as in {@code \xff}. */
    static String shown(byte[] name) {
        boolean text = isUtf8(name);
        String decoded = new String(name, text ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        StringBuilder shown = new StringBuilder(decoded.length() + 2).append('"');
        decoded.codePoints().forEach(c -> {
            if (Character.isISOControl(c) || (!text && c >= 0x80)) {
                shown.append("\\x").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 0xf, 16));
            } else if (c == '"' || c == '\\') {
                shown.append('\\').appendCodePoint(c);
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.append('"').toString();
    }
}
