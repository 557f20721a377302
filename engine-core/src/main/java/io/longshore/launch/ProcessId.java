package io.longshore.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One process, and no other that gets the same number later.
 *
 * @param pid its number
 * @param start when it started, in the kernel's ticks, as {@code /proc/<pid>/stat} says in field 22
 */
record ProcessId(long pid, String start) {
    /** The process as it is now; empty if it is gone, or nothing of it runs any more. */
    Optional<ProcessStat> find() {
        return ProcessStat.of(pid).filter(stat -> stat.id().equals(this) && !stat.isDead());
    }

    /** Asks it to end; nothing if it is gone. */
    void terminate() {
        handle().ifPresent(ProcessHandle::destroy);
    }

    /** Forces it to end; nothing if it is gone. */
    void kill() {
        handle().ifPresent(ProcessHandle::destroyForcibly);
    }

    /** A handle looks itself at the start time before it signals, so what is reused after our look is safe too. */
    private Optional<ProcessHandle> handle() {
        return ProcessHandle.of(pid).filter(handle -> find().isPresent() && !handle.equals(ProcessHandle.current()));
    }

    /** Names the time since this machine started, in which process numbers and start times are unique. */
    static String bootId() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "-"; // what a supervisor writes that cannot read it either
        }
    }
}
