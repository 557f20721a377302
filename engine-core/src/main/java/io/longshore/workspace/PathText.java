package io.longshore.workspace;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Paths as UTF-8 text and back, whatever the JVM's locale: under a POSIX locale the JVM turns what is not ASCII into
 * {@code ?} or refuses it, but a path's URI still has its bytes.
 */
public final class PathText {
    private PathText() {}

    /**
     * A path's text as the file system has it.
     *
     * @param path an absolute path
     * @return the text, to be written as UTF-8
     */
    public static String of(Path path) {
        if (!isDefault(path)) {
            return path.toString();
        }
        String raw = path.toAbsolutePath().toUri().getRawPath();
        if (raw.indexOf('%') < 0) {
            return path.toAbsolutePath().toString();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) == '%') {
                bytes.write(Integer.parseInt(raw, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(raw.charAt(i));
            }
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        return text.length() > 1 && text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /**
     * The text of a path's last name as the file system has it.
     *
     * @param path an absolute path that is no root
     * @return the text, without a slash; bytes that are no UTF-8 are U+FFFD
     */
    public static String nameOf(Path path) {
        if (!isDefault(path)) {
            return path.getFileName().toString();
        }
        String text = of(path);
        return text.substring(text.lastIndexOf('/') + 1);
    }

    /**
     * A file directly in a directory.
     *
     * @param directory the directory
     * @param name a plain file name, checked before
     * @return the path
     */
    public static Path child(Path directory, String name) {
        try {
            return directory.resolve(name);
        } catch (InvalidPathException e) {
            if (!isDefault(directory)) {
                throw e;
            }
            StringBuilder uri =
                    new StringBuilder(directory.toAbsolutePath().toUri().getRawPath());
            if (uri.charAt(uri.length() - 1) != '/') {
                uri.append('/');
            }
            for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
                uri.append('%').append(Character.forDigit((b >> 4) & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
            }
            return Path.of(URI.create("file://" + uri));
        }
    }

    private static boolean isDefault(Path path) {
        return path.getFileSystem().equals(FileSystems.getDefault());
    }
}
