package io.longshore.launch;

import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptLauncher;
import io.longshore.workspace.LogLimits;
import io.longshore.workspace.PathText;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Starts scripts as processes of this machine, each under a small supervisor that outlives this JVM (see
 * docs/decisions/0002). A script that runs costs this JVM no thread and no pipe.
 */
public final class ProcessLauncher implements ScriptLauncher {
    private final Supervisor supervisor;
    private final LogLimits limits;
    private final Watch watch;
    private final Map<LaunchKey, Slot> slots = new ConcurrentHashMap<>(); // what this launcher started or found

    ProcessLauncher(Supervisor supervisor, LogLimits limits) {
        this(supervisor, limits, Watch.ofThisMachine());
    }

    ProcessLauncher(Supervisor supervisor, LogLimits limits, Watch watch) {
        this.supervisor = supervisor;
        this.limits = limits;
        this.watch = watch;
    }

    /**
     * A launcher. That this machine can supervise scripts at all is seen at the first launch.
     *
     * @return a new launcher
     */
    public static ProcessLauncher create() {
        return create(LogLimits.DEFAULT);
    }

    /**
     * A launcher whose supervisors give the room of a long log's middle back to the file system, where it can take it.
     *
     * @param limits what of a log is left
     * @return a new launcher
     */
    public static ProcessLauncher create(LogLimits limits) {
        return new ProcessLauncher(Supervisor.ofThisMachine(), limits);
    }

    @Override
    public LaunchedScript launch(LaunchSpec spec, LaunchKey key) throws IOException {
        Control control = new Control(spec.control());
        return once(key, () -> control.isClaimed() ? find(key, control) : start(spec, key, control))
                .orElseThrow(() -> new IOException("launch was given up before, and never begins now: " + key));
    }

    @Override
    public Optional<LaunchedScript> attach(LaunchKey key, Path control) throws IOException {
        return once(key, () -> find(key, new Control(control)));
    }

    @Override
    public void close() throws IOException {
        watch.close();
        slots.clear();
        supervisor.close();
    }

    private Optional<RunningScript> start(LaunchSpec spec, LaunchKey key, Control control) throws IOException {
        Cookie cookie = Cookie.of(key);
        String nonce = UUID.randomUUID().toString();
        control.writeLaunch(spec, limits, nonce, cookie);
        Supervisor.Answer answer;
        try {
            answer = supervisor.start(control, nonce, cookie);
        } catch (InterruptedException e) {
            boolean inTime = control.claim();
            Optional<RunningScript> begun = inTime ? Optional.empty() : find(key, control);
            Thread.currentThread().interrupt();
            if (inTime) {
                throw new InterruptedIOException("interrupted before the script was started");
            }
            return begun;
        } catch (IOException e) {
            if (Files.isDirectory(control.directory()) && !control.claim()) {
                return find(key, control); // it began, and only its answer was lost
            }
            throw e;
        }
        return answer.supervisor().isPresent()
                ? Optional.of(watch.add(
                        RunningScript.of(key, control, answer.supervisor().get(), watch)))
                : find(key, control); // another launcher was first
    }

    /** Finds a script by what its control directory says, claiming a launch that has not begun. */
    private Optional<RunningScript> find(LaunchKey key, Control control) throws IOException {
        try {
            return findClaimed(key, control);
        } catch (AccessDeniedException e) {
            return Optional.of(lost(key, control, "its control files cannot be read"));
        }
    }

    private Optional<RunningScript> findClaimed(LaunchKey key, Control control) throws IOException {
        if (isGone(control.directory())) {
            return Optional.of(lost(key, control, "its control directory is gone"));
        }
        Optional<Control.Claim> claim =
                control.claim() ? Optional.of(new Control.Claim(Optional.empty())) : control.awaitClaim();
        if (claim.isPresent() && claim.get().supervisor().isPresent()) {
            return Optional.of(watch.add(
                    RunningScript.of(key, control, claim.get().supervisor().get(), watch)));
        }
        if (claim.isPresent()) { // given up, by this look or one before it that saw no more than that
            return Leftovers.isStarted(Cookie.of(key))
                    ? Optional.of(lost(key, control, "its control files are gone"))
                    : Optional.empty();
        }
        if (control.readPid().isPresent() || Leftovers.isStarted(Cookie.of(key))) {
            return Optional.of(lost(key, control, "its claim is damaged"));
        }
        // Who made it died before it could start anything, or hangs, and must not go on.
        new Leftovers(Cookie.of(key), Optional.empty(), Optional.empty()).end(System::nanoTime);
        control.replaceClaim();
        return Optional.empty();
    }

    /** Not where it cannot be seen, as on a file system that does not answer. */
    private static boolean isGone(Path directory) {
        return !Files.isDirectory(directory) && (Files.exists(directory) || Files.notExists(directory));
    }

    private RunningScript lost(LaunchKey key, Control control, String damage) {
        String where = damage + ": \"" + PathText.of(control.directory()) + "\"";
        return watch.add(RunningScript.damaged(key, control, where, watch));
    }

    /** Starts or finds a script, one caller at a time for a key; while it runs, later callers get the same. */
    private Optional<LaunchedScript> once(LaunchKey key, Finder finder) throws IOException {
        watch.requireOpen();
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted before the launch was looked at");
        }
        watch.begin(); // so that nothing is wanting for that once the script runs
        try {
            return inSlot(key, finder);
        } finally {
            watch.end();
        }
    }

    private Optional<LaunchedScript> inSlot(LaunchKey key, Finder finder) throws IOException {
        Slot slot = slots.computeIfAbsent(key, k -> new Slot());
        synchronized (slot) {
            try {
                if (slot.script == null) {
                    slot.script = finder.find().orElse(null);
                }
            } catch (ClosedByInterruptException e) {
                throw (IOException)
                        new InterruptedIOException("interrupted while the launch was looked at").initCause(e);
            } finally {
                // Who waits for the slot still finds the script in it; who comes later finds the control directory.
                if (slot.script == null) {
                    slots.remove(key, slot);
                } else {
                    slot.script.whenOver(() -> slots.remove(key, slot));
                }
            }
            return Optional.ofNullable(slot.script);
        }
    }

    private interface Finder {
        Optional<RunningScript> find() throws IOException;
    }

    /** Its monitor is held while the script is started or looked for. */
    private static final class Slot {
        private @Nullable RunningScript script;
    }
}
