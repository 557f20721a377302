package io.longshore.cli;

import io.longshore.api.ArchiveFormat;
import io.longshore.api.DataReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;

/** What the caller names as an output: a file that can be written, or an object in S3. */
final class Outputs {
    private Outputs() {}

    static DataReference reference(Caller caller, String text) {
        return Inputs.s3("--output", text).orElseGet(() -> Inputs.ofFile(file(caller, text)));
    }

    /** What the end of its name says, and a zip otherwise. */
    static ArchiveFormat format(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        return Stream.of(ArchiveFormat.TAR_GZ, ArchiveFormat.TAR_ZST)
                .filter(format -> name.endsWith("." + format.id()))
                .findFirst()
                .orElse(name.endsWith(".tgz") ? ArchiveFormat.TAR_GZ : ArchiveFormat.ZIP);
    }

    /** A file that can be made or replaced; where a link stands, the file that it leads to. */
    static Path file(Caller caller, String text) {
        if (text.equals("-")) {
            throw new RefusedException("--output cannot be standard output; a file of that name is ./-");
        }
        Path file = caller.path("--output", text);
        if (Files.isDirectory(file) || text.endsWith("/") || file.getFileName() == null) {
            throw refused("is a directory, not a file", text);
        }
        Path named = file.normalize();
        boolean stream = named.startsWith("/proc") // even where it leads to a regular file
                || (named.startsWith("/dev") && !named.startsWith("/dev/shm"));
        if (Files.exists(file) && (stream || !Files.isRegularFile(file))) {
            throw refused("is no regular file, and is not replaced", text);
        }
        try {
            Path target = Files.exists(file) ? file.toRealPath() : file;
            Path directory = target.getParent();
            if (directory == null || !Files.isDirectory(directory)) {
                throw refused("is in a directory that is not there", text);
            }
            requireWritable(directory, text);
            return target;
        } catch (IOException e) {
            throw refused("cannot be reached (" + Text.of(e) + ")", text);
        }
    }

    /** Refuses to replace what the job itself reads. */
    static void requireOther(Path output, String text, Path input, String option) {
        try {
            if (Files.exists(output) && Files.isSameFile(output, input)) {
                throw refused("is the file that " + option + " names, and would replace it", text);
            }
        } catch (IOException e) {
            throw refused("cannot be compared with " + option + " (" + Text.of(e) + ")", text);
        }
    }

    /** Tried rather than asked: what access rights say is not true for root, nor on every file system. */
    private static void requireWritable(Path directory, String text) {
        Path probe = directory.resolve(".longshore-" + UUID.randomUUID());
        try {
            Files.createFile(probe);
            Files.delete(probe);
        } catch (IOException e) {
            throw refused("is in a directory that cannot be written to", text);
        }
    }

    private static RefusedException refused(String problem, String text) {
        return new RefusedException("--output " + problem + ": " + Text.quoted(text));
    }
}
