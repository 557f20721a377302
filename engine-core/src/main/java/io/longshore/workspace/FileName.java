package io.longshore.workspace;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;

/** What makes a text a plain file name that cannot leave its directory (contract 1.7, 1.8). */
public final class FileName {
    private static final int MAX_BYTES = 255;

    private FileName() {}

    /**
     * Says why a text is no plain file name.
     *
     * @param name any text
     * @return the reason, or empty if it is one
     */
    public static Optional<String> objection(String name) {
        if (name.isEmpty()) {
            return Optional.of("is empty");
        }
        if (name.equals(".") || name.equals("..")) {
            return Optional.of("is no file name");
        }
        if (name.indexOf('/') >= 0) {
            return Optional.of("holds a slash");
        }
        if (name.indexOf('\0') >= 0) {
            return Optional.of("holds a NUL character");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return Optional.of("is longer than " + MAX_BYTES + " bytes");
        }
        return Optional.empty();
    }

    /**
     * The last segment of a name with slashes.
     *
     * @param name such as {@code 2025/06/a.csv}
     * @return such as {@code a.csv}; empty if the name ends in a slash
     */
    public static String lastSegment(String name) {
        return name.substring(name.lastIndexOf('/') + 1);
    }

    /**
     * A name that no earlier file or directory has, also by case or Unicode form: {@code name}, {@code name-2.ext}, ….
     *
     * @param directory where the file will be, such as {@code 2025/06/}, or empty
     * @param name a plain file name
     * @param taken the {@linkplain #folded folded} paths of the earlier files, and of directories, which end in a slash; the
     *     chosen one is added
     * @return the name to use
     * @throws IOException if there is no room to take it
     */
    public static String distinct(String directory, String name, TakenNames taken) throws IOException {
        String candidate = name;
        for (int n = 2;
                taken.contains(folded(directory + candidate) + "/") || !taken.add(folded(directory + candidate));
                n++) {
            int dot = name.lastIndexOf('.');
            candidate = dot > 0 ? fit(name.substring(0, dot), "-" + n + name.substring(dot)) : fit(name, "-" + n);
        }
        return candidate;
    }

    /**
     * A name as file systems that ignore case and Unicode form compare it.
     *
     * @param name a file name
     * @return what equal names share
     */
    public static String folded(String name) {
        String normal = Normalizer.normalize(name, Normalizer.Form.NFC);
        return Normalizer.normalize(normal.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
    }

    private static String fit(String stem, String end) {
        String shortened = stem;
        while ((shortened + end).getBytes(StandardCharsets.UTF_8).length > MAX_BYTES && !shortened.isEmpty()) {
            shortened = shortened.substring(0, shortened.offsetByCodePoints(shortened.length(), -1));
        }
        return shortened + end;
    }
}
