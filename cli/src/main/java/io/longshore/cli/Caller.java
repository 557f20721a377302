package io.longshore.cli;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Who called the command, as the command sees it.
 *
 * @param in standard input
 * @param out standard output, for results alone
 * @param err standard error, for everything else
 * @param environment the environment variables, with those of the launcher script
 * @param directory what relative paths are relative to
 * @param columns the width of the terminal that {@code err} is, or empty where it is none
 * @param interrupts how the caller ends the command early
 */
record Caller(
        InputStream in,
        Output out,
        Output err,
        Map<String, String> environment,
        Path directory,
        OptionalInt columns,
        Interrupts interrupts) {
    private static final String MARK = "LONGSHORE_CALLER_";
    private static final String COLUMNS = MARK + "COLUMNS";
    private static final String LC_ALL = MARK + "LC_ALL";
    private static final String LC_ALL_UNSET = MARK + "LC_ALL_UNSET";
    private static final int USUAL_COLUMNS = 80;

    /** The caller of this process. */
    static Caller ofProcess() {
        Map<String, String> environment = System.getenv();
        return new Caller(
                new BufferedInputStream(new FileInputStream(FileDescriptor.in)), // a pipe has no position to ask for
                new Output(new FileOutputStream(FileDescriptor.out)),
                new Output(new FileOutputStream(FileDescriptor.err)),
                environment,
                Path.of("").toAbsolutePath(),
                columns(environment),
                Interrupts.ofProcess());
    }

    /** A JVM cannot tell whether standard error is a terminal: the launcher script looks, and says how wide it is. */
    static OptionalInt columns(Map<String, String> environment) {
        String columns = environment.get(COLUMNS);
        if (columns == null || "dumb".equals(environment.get("TERM"))) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(columns.matches("[1-9]\\d{0,4}") ? Integer.parseInt(columns) : USUAL_COLUMNS);
    }

    /** What scripts may inherit: the caller's own variables, whose LC_ALL the launcher script replaced for this JVM. */
    Map<String, String> ownEnvironment() {
        Map<String, String> own = new HashMap<>(environment);
        own.keySet().removeIf(name -> name.startsWith(MARK));
        if (environment.containsKey(LC_ALL)) {
            own.put("LC_ALL", environment.get(LC_ALL));
        } else if (environment.containsKey(LC_ALL_UNSET)) {
            own.remove("LC_ALL");
        }
        return own;
    }

    /** The absolute path that an argument means. */
    Path path(String what, String text) {
        if (text.isEmpty()) {
            throw new RefusedException(what + " is empty");
        }
        try {
            return directory.resolve(text);
        } catch (InvalidPathException e) {
            throw new RefusedException(what + " is no path: " + Text.quoted(text));
        }
    }
}
