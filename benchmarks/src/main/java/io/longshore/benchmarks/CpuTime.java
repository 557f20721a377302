package io.longshore.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * CPU seconds so far: of this JVM, and of the processes that it started. Those that detach themselves, as supervisors do,
 * are adopted by this JVM's parent, {@code benchmarks/compare}, and counted with those that it waited for.
 */
final class CpuTime {
    private static final String ADOPTER = "longshore.benchmarks.adopter"; // set where the parent adopts and waits
    private static final double TICKS_A_SECOND = 100; // on all machines that Linux shows it to
    private static final long LOOK_NANOS = 1_000_000;

    private CpuTime() {}

    static double ofJvm() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }

    /** Of the processes that have ended; waits for the end of those that were left. */
    static double ofProcesses() throws IOException {
        if (!Boolean.getBoolean(ADOPTER)) {
            throw new IllegalStateException("what detached processes cost is counted by benchmarks/compare only");
        }
        long own = ProcessHandle.current().pid();
        long parent = ProcessHandle.current().parent().orElseThrow().pid();
        Path adopted = Path.of("/proc/%d/task/%d/children".formatted(parent, parent));
        while (!Files.readString(adopted).strip().equals(Long.toString(own))) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return waitedFor(own) + waitedFor(parent);
    }

    private static double waitedFor(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1); // from the third on
        return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) / TICKS_A_SECOND;
    }
}
