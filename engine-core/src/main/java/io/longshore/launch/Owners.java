package io.longshore.launch;

import io.longshore.spi.Owner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/** Engines as processes of machines: which one this is, and whether another one is gone. */
public final class Owners {
    private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

    private Owners() {}

    /**
     * This process, for one more engine in it.
     *
     * @return a new owner
     */
    public static Owner create() {
        long pid = ProcessHandle.current().pid();
        String start;
        try {
            start = ProcessStat.of(pid).map(stat -> stat.id().start()).orElse("");
        } catch (IOException e) {
            start = ""; // a lease says whether it is gone
        }
        return new Owner(UUID.randomUUID().toString(), machine(), pid, start);
    }

    /**
     * Whether an owner is known to be gone: its process ran on this machine, and does so no more. Of other machines, and of
     * containers with process numbers of their own, nothing is known.
     *
     * @param owner an owner
     * @return true if its process has ended
     */
    public static boolean isGone(Owner owner) {
        try {
            return !owner.startedAt().isEmpty()
                    && owner.machine().equals(machine())
                    && new ProcessId(owner.pid(), owner.startedAt()).find().isEmpty();
        } catch (IOException e) {
            return false; // not known to be
        }
    }

    /** The machine since it was booted, and the room in which process numbers mean something. */
    private static String machine() {
        Optional<String> room = Optional.empty();
        try {
            room = Optional.of(Files.readSymbolicLink(PID_NAMESPACE).toString());
        } catch (IOException | UnsupportedOperationException e) {
            // no such thing here
        }
        String boot = ProcessId.bootId();
        // What cannot be told apart is taken to be elsewhere, where a lease says who is gone.
        return room.isEmpty() || boot.equals("-") ? UUID.randomUUID().toString() : boot + " " + room.get();
    }
}
