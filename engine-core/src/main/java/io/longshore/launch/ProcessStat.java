package io.longshore.launch;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A process as {@code /proc} shows it.
 *
 * @param id which process
 * @param name its program's name
 * @param state one letter: Z is a zombie, T stopped
 * @param parent its parent's number
 * @param session its session's number
 */
record ProcessStat(ProcessId id, String name, char state, long parent, long session) {
    private static final Path PROC = Path.of("/proc");

    static Optional<ProcessStat> of(long pid) {
        String stat;
        try {
            stat = new String(Files.readAllBytes(PROC.resolve(pid + "/stat")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return Optional.empty(); // gone, which is all that can be wrong with it
        }
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')');
        if (open < 0 || close < open) {
            return Optional.empty();
        }
        List<String> rest = Splitter.on(' ').splitToList(stat.substring(close + 2));
        if (rest.size() < 20) {
            return Optional.empty();
        }
        return Optional.of(new ProcessStat(
                new ProcessId(pid, rest.get(19)),
                stat.substring(open + 1, close).replaceAll("\\p{Cntrl}", "?"),
                rest.get(0).charAt(0),
                Long.parseLong(rest.get(1)),
                Long.parseLong(rest.get(3))));
    }

    /** All processes that can be seen. */
    static List<ProcessStat> all() throws IOException {
        List<ProcessStat> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                of(Long.parseLong(entry.getFileName().toString())).ifPresent(found::add);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    /** Its environment as it was when its program began, each entry between two NULs; empty if that is not to be seen. */
    String environment() {
        try {
            return "\0"
                    + new String(Files.readAllBytes(PROC.resolve(id.pid() + "/environ")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // gone, or somebody else's
        }
    }

    boolean isZombie() {
        return state == 'Z' || state == 'X' || state == 'x';
    }

    boolean isStopped() {
        return state == 'T';
    }

    /** For people: {@code pid name}. */
    String describe() {
        return id.pid() + " " + name;
    }
}
