package io.longshore.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One process, and no other that gets the same number later.
 *
 * @param pid its number
 * @param start when it started, in the kernel's ticks, as {@code /proc/<pid>/stat} says in field 22
 */
record ProcessId(long pid, String start) {
    private static volatile @Nullable String boot;

    /**
     * Finds a process that is known perhaps.
     *
     * @param process which
     * @return the process as it is now; empty if it is gone, or nothing of it runs any more
     * @throws IOException if this JVM cannot look now
     */
    static Optional<ProcessStat> find(Optional<ProcessId> process) throws IOException {
        return process.isPresent() ? process.get().find() : Optional.empty();
    }

    /** The process as it is now; empty if it is gone, or nothing of it runs any more. */
    Optional<ProcessStat> find() throws IOException {
        return ProcessStat.of(pid).filter(stat -> stat.id().equals(this) && !stat.isDead());
    }

    /** Asks it to end; nothing if it is gone. */
    void terminate() throws IOException {
        handle().ifPresent(ProcessHandle::destroy);
    }

    /** Forces it to end; nothing if it is gone. */
    void kill() throws IOException {
        handle().ifPresent(ProcessHandle::destroyForcibly);
    }

    /** A handle looks itself at the start time before it signals, so what is reused after our look is safe too. */
    private Optional<ProcessHandle> handle() throws IOException {
        Optional<ProcessHandle> handle = ProcessHandle.of(pid);
        return find().isPresent() ? handle.filter(h -> !h.equals(ProcessHandle.current())) : Optional.empty();
    }

    /** Names the time since this machine started, in which process numbers and start times are unique. */
    static String bootId() {
        String known = boot; // as it may not be read any more where descriptors are short
        if (known == null) {
            try {
                known = Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                        .strip();
            } catch (IOException e) {
                return "-"; // what a supervisor writes that cannot read it either
            }
            boot = known;
        }
        return known;
    }
}
