package io.longshore.launch;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A process as {@code /proc} shows it.
 *
 * @param id which process
 * @param name its program's name
 * @param state its main thread's, one letter: Z has exited, T is stopped
 * @param parent its parent's number
 * @param session its session's number
 * @param threads how many threads it has, a main thread that has exited before others included
 */
record ProcessStat(ProcessId id, String name, char state, long parent, long session, int threads) {
    private static final Path PROC = Path.of("/proc");

    /**
     * The process of a number.
     *
     * @return what is known of it, or empty if it is gone
     * @throws IOException if this JVM cannot look, such as without a free file descriptor; the process may be there
     */
    static Optional<ProcessStat> of(long pid) throws IOException {
        Path process = PROC.resolve(Long.toString(pid));
        String stat;
        try {
            stat = new String(Files.readAllBytes(process.resolve("stat")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            if (Files.exists(process)) { // which takes no descriptor
                throw e;
            }
            return Optional.empty();
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
                Long.parseLong(rest.get(3)),
                Integer.parseInt(rest.get(17))));
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

    /**
     * Whether this JVM can open files now, as many at once as a look at all processes does; what it could not read before may be
     * there all the same otherwise.
     */
    static boolean canLook() {
        return canOpen(3); // all processes, the threads of one, and a file of a thread
    }

    private static boolean canOpen(int files) {
        try (InputStream file = Files.newInputStream(PROC.resolve("self/stat"))) {
            return file.read() >= 0 && (files == 1 || canOpen(files - 1));
        } catch (IOException e) {
            return false;
        }
    }

    /** Its environment as it was when its program began, each entry between two NULs; empty if that is not to be seen. */
    String environment() throws IOException {
        Path process = PROC.resolve(Long.toString(id.pid()));
        if (state != 'Z') {
            return environment(process);
        }
        // Its main thread has none any more; other threads that go on still have it.
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path thread : threads) {
                String environment = environment(thread);
                if (!environment.isEmpty()) {
                    return environment;
                }
            }
        } catch (IOException e) {
            requireSight(e);
        } catch (DirectoryIteratorException e) {
            requireSight(new IOException(e));
        }
        return ""; // gone
    }

    /** Throws a failure that is this JVM's; what is gone, or somebody else's, is so whatever is short here. */
    private static void requireSight(IOException failure) throws IOException {
        boolean isOfProcess = failure instanceof NoSuchFileException || failure instanceof AccessDeniedException;
        if (!isOfProcess && !canLook()) {
            throw failure;
        }
    }

    private static String environment(Path task) throws IOException {
        try {
            return "\0" + new String(Files.readAllBytes(task.resolve("environ")), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            requireSight(e);
            return ""; // gone, or somebody else's
        }
    }

    /** Whether nothing of it runs any more; a process whose main thread alone has exited looks like a zombie and runs on. */
    boolean isDead() {
        return state == 'Z' ? threads <= 1 : state == 'X' || state == 'x';
    }

    boolean isStopped() {
        return state == 'T';
    }

    /** For people: {@code pid name}. */
    String describe() {
        return id.pid() + " " + name;
    }
}
