package io.longshore.benchmarks;

import com.google.common.base.Splitter;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;

/**
 * CPU seconds so far: of this JVM, and of the processes that it started. What engines' fork servers and the supervisors below
 * them cost is counted while these run. Supervisors whose engine was closed are adopted by this JVM's parent,
 * {@code benchmarks/compare}, and counted with what that waited for.
 */
final class CpuTime {
    private static final String ADOPTER = "longshore.benchmarks.adopter"; // set where the parent adopts and waits
    private static final String FORK_SERVER = "longshore"; // as a list of processes shows it
    private static final double TICKS_A_SECOND = 100; // on all machines that Linux shows it to
    private static final long LOOK_NANOS = 1_000_000;
    private static final Splitter NUMBERS = Splitter.on(' ').trimResults().omitEmptyStrings();

    private CpuTime() {}

    static double ofJvm() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    /** Of the scripts and other processes that have ended; waits for the end of those that were left. */
    static double ofProcesses() throws IOException {
        if (!Boolean.getBoolean(ADOPTER)) {
            throw new IllegalStateException("what detached processes cost is counted by benchmarks/compare only");
        }
        long own = ProcessHandle.current().pid();
        long parent = ProcessHandle.current().parent().orElseThrow().pid();
        awaitChildren(parent, child -> child == own);
        double seconds = waitedFor(own) + waitedFor(parent);
        for (ProcessHandle child : ProcessHandle.current().children().toList()) {
            if (isNamedAsForkServer(child.pid())) {
                // But for the next supervisor, which has no script yet.
                awaitChildren(child.pid(), CpuTime::isNamedAsForkServer);
                seconds += waitedFor(child.pid()) + own(child.pid());
            }
        }
        return seconds;
    }

    private static void awaitChildren(long pid, LongPredicate expected) throws IOException {
        Path children = proc(pid).resolve("task").resolve(Long.toString(pid)).resolve("children");
        while (!NUMBERS.splitToStream(Files.readString(children))
                .mapToLong(Long::parseLong)
                .allMatch(expected)) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private static boolean isNamedAsForkServer(long pid) {
        try {
            return Files.readString(proc(pid).resolve("comm")).strip().equals(FORK_SERVER);
        } catch (IOException e) {
            return false; // gone
        }
    }

    /** Of the children of a process that it waited for. */
    private static double waitedFor(long pid) throws IOException {
        return seconds(pid, 13);
    }

    private static double own(long pid) throws IOException {
        return seconds(pid, 11);
    }

    private static double seconds(long pid, int field) throws IOException {
        String stat = Files.readString(proc(pid).resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1); // from the third on
        return (Long.parseLong(fields[field]) + Long.parseLong(fields[field + 1])) / TICKS_A_SECOND;
    }

    private static Path proc(long pid) {
        return Path.of("/proc", Long.toString(pid));
    }
}
