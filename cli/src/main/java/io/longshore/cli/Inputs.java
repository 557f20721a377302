package io.longshore.cli;

import io.longshore.api.DataReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the caller names as an input: a file that is there, or an object in S3. */
final class Inputs {
    private static final Pattern URL = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(.*)", Pattern.DOTALL);

    private Inputs() {}

    /** A regular file that can be read. */
    static Path file(String what, Caller caller, String text) {
        if (text.equals("-")) {
            throw new RefusedException(what + " cannot be standard input; a file of that name is ./-");
        }
        Path file = caller.path(what, text);
        String problem = Files.isDirectory(file)
                ? "is a directory, not a file"
                : !Files.exists(file)
                        ? "is not there"
                        : !Files.isRegularFile(file)
                                ? "is no regular file"
                                : !Files.isReadable(file) ? "cannot be read" : "";
        if (!problem.isEmpty()) {
            throw new RefusedException(what + " " + problem + ": " + Text.quoted(text));
        }
        return file;
    }

    /** What a file holds, or a pipe such as a shell's {@code <(…)}, or standard input for {@code -}: text, and not endless. */
    static String text(String what, Caller caller, String name, int mostBytes) throws IOException {
        byte[] bytes =
                name.equals("-") ? caller.in().readNBytes(mostBytes + 1) : bytes(what, caller, name, mostBytes + 1);
        if (bytes.length > mostBytes) {
            throw new RefusedException(what + " is larger than " + Text.size(mostBytes) + ": " + Text.quoted(name));
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new RefusedException(what + " is not UTF-8: " + Text.quoted(name));
        }
        if (text.indexOf('\0') >= 0) {
            throw new RefusedException(what + " holds a NUL character: " + Text.quoted(name));
        }
        return text;
    }

    private static byte[] bytes(String what, Caller caller, String name, int most) throws IOException {
        Path file = caller.path(what, name);
        if (!Files.exists(file) || Files.isDirectory(file)) {
            throw new RefusedException(what + " is no file that is there: " + Text.quoted(name));
        }
        // By its channel, as streams ask for a position before they read, and a pipe has none.
        ByteBuffer bytes = ByteBuffer.allocate(most);
        try (ReadableByteChannel in = Files.newByteChannel(file)) {
            while (bytes.hasRemaining() && in.read(bytes) >= 0) {
                // until it ends, or is too much
            }
        } catch (FileSystemException e) {
            throw new RefusedException(what + " cannot be read: " + Text.quoted(name));
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    static DataReference reference(Caller caller, String text) {
        return s3("--input", text).orElseGet(() -> ofFile(file("--input", caller, text)));
    }

    static DataReference ofFile(Path file) {
        return DataReference.builder("file")
                .location(DataReference.PATH, file.toString())
                .build();
    }

    /** An object of S3, or empty for a path. */
    static Optional<DataReference> s3(String option, String text) {
        Matcher url = URL.matcher(text);
        if (!url.matches()) {
            return Optional.empty();
        }
        if (!url.group(1).toLowerCase(Locale.ROOT).equals("s3")) {
            throw new RefusedException(option + " is neither a file nor s3://bucket/key: " + Text.quoted(text));
        }
        int slash = url.group(2).indexOf('/');
        String key = slash < 0 ? "" : url.group(2).substring(slash + 1);
        if (slash <= 0 || key.isEmpty()) {
            throw new RefusedException(option + " must be s3://bucket/key, both not empty: " + Text.quoted(text));
        }
        if (key.endsWith("/")) {
            throw new RefusedException(option + " names a folder, not an object: " + Text.quoted(text));
        }
        return Optional.of(DataReference.builder("s3")
                .location(DataReference.BUCKET, url.group(2).substring(0, slash))
                .location(DataReference.KEY, key)
                .build());
    }
}
