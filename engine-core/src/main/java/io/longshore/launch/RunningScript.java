package io.longshore.launch;

import io.longshore.spi.Cancellation;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A script with its supervisor. The supervisor ends the script and writes how it ended; what is done here is to ask it,
 * and to do its work where it cannot.
 */
final class RunningScript implements LaunchedScript {
    private static final Logger LOG = LoggerFactory.getLogger(RunningScript.class);

    /** From TERM to KILL for what a lost script left; the same as a supervisor's. */
    private static final Duration LEFTOVER_GRACE = Duration.ofSeconds(1);

    /** How long a supervisor has to end a tree by force before it counts as lost: more than its own limit. */
    private static final Duration FORCE_TIME = Duration.ofSeconds(8);

    /** How long a supervisor has to end itself once it has written down the script's end, which is its last act but one. */
    private static final Duration LAST_ACT_TIME = Duration.ofSeconds(5);

    private static final Duration LAST_ACT_PAUSE = Duration.ofMillis(1);

    /** The same where nothing of the script is left: to close its logs may take long, as on a file system of the network. */
    private static final Duration CLOSE_TIME = Duration.ofMinutes(1);

    /** After a look that failed for this JVM's own sake, such as for want of a file descriptor. */
    private static final Duration BLIND_PAUSE = Duration.ofSeconds(1);

    /** How often what cannot be read is tried, those not counted in which this JVM could read nothing. */
    private static final int MOST_TRIES = 5;

    /** A host that is being paused and resumed shows its supervisors stopped too, for a moment. */
    private static final int MAX_LOOKS_STOPPED = 3;

    private static final String FORGED = "its end was written down while it ran, and not by its supervisor";

    private final LaunchKey key;
    private final Control control;
    private final Optional<ProcessId> supervisor;
    private final Optional<ProcessId> script; // as it was recorded at first, before the script can have got far
    private final Optional<String> damage;
    private final Watch watch;
    private final CompletableFuture<ScriptExit> exit = new CompletableFuture<>();
    private final AtomicBoolean lost = new AtomicBoolean();
    private final AtomicBoolean settling = new AtomicBoolean(); // somebody wrote it down, or its supervisor is gone
    private volatile int looksStopped;

    private final Object lock = new Object();
    // Guarded by lock: times of System.nanoTime, null for never.
    private @Nullable Long killAt;
    private @Nullable Long loseAt;

    private RunningScript(
            LaunchKey key, Control control, Optional<ProcessId> supervisor, Optional<String> damage, Watch watch) {
        this.key = key;
        this.control = control;
        this.supervisor = supervisor;
        this.script = pid(control);
        this.damage = damage;
        this.watch = watch;
    }

    static RunningScript of(LaunchKey key, Control control, ProcessId supervisor, Watch watch) {
        return new RunningScript(key, control, Optional.of(supervisor), Optional.empty(), watch);
    }

    /** A script whose control directory tells too little: all that can be done is to end it. */
    static RunningScript damaged(LaunchKey key, Control control, String damage, Watch watch) {
        return new RunningScript(key, control, Optional.empty(), Optional.of(damage), watch);
    }

    private static Optional<ProcessId> pid(Control control) {
        try {
            return control.readPid();
        } catch (IOException e) {
            return Optional.empty(); // the cookie is left to find it by
        }
    }

    Control control() {
        return control;
    }

    @Override
    public CompletableFuture<ScriptExit> exit() {
        return exit.copy();
    }

    @Override
    public CompletableFuture<Cancellation> cancel(Duration grace) {
        CompletableFuture<Cancellation> cancellation = exit.thenApply(
                end -> end instanceof ScriptExit.Lost gone ? new Cancellation(gone.survivors()) : Cancellation.clean());
        if (exit.isDone() || watch.isClosed()) {
            return cancellation;
        }
        long at = System.nanoTime() + nanos(grace);
        boolean told;
        synchronized (lock) {
            if (killAt != null && killAt - at <= 0) {
                return cancellation; // it ends as soon as that, or sooner, already
            }
            killAt = at;
            told = tell(grace);
            loseAt = told ? at + FORCE_TIME.toNanos() : at;
        }
        if (!told) {
            boolean unused = watch.execute(this::look); // or the watch does in a second
        }
        return cancellation;
    }

    /** Tells the supervisor to end the script; false if it cannot know for sure how soon. */
    private boolean tell(Duration grace) {
        boolean written;
        try {
            control.writeCancel(grace);
            written = true;
        } catch (IOException e) {
            written = false; // the control directory is gone, or the disk is full
        }
        try {
            if (supervisor.isPresent()) {
                supervisor.get().terminate();
            }
        } catch (IOException e) {
            written = false; // it cannot be looked for now
        }
        return written;
    }

    /** Runs when the script's end is known. */
    void whenOver(Runnable action) {
        CompletableFuture<?> unused = exit.thenRun(action);
    }

    /** Looks whether an end is written down; true if so. */
    boolean lookForExit() {
        damage.ifPresent(this::lose);
        if (damage.isPresent() || lost.get() || settling.get()) {
            return true;
        }
        try {
            if (control.readExit().isEmpty()) {
                return false;
            }
        } catch (IOException e) {
            return false; // unreadable is as good as unwritten: the supervisor's end decides
        }
        settle();
        return true;
    }

    /** Its supervisor is gone, or has told the end. */
    private void settle() {
        if (settling.compareAndSet(false, true)) {
            execute(this::believe, () -> settling.set(false));
        }
    }

    /** Does something once; it is done anew by a later look where this JVM has no room for it now. */
    private void execute(Runnable once, Runnable undo) {
        boolean executed = watch.execute(() -> {
            try {
                once.run();
            } catch (Error e) {
                undo.run();
                throw e;
            }
        });
        if (!executed) {
            undo.run();
        }
    }

    /** Takes the end that is written down, unless it was the script that wrote it, which then still runs. */
    private void believe() {
        try {
            for (long since = System.nanoTime(); isThere(supervisor); ) {
                long waited = System.nanoTime() - since;
                if (waited >= CLOSE_TIME.toNanos() || (waited >= LAST_ACT_TIME.toNanos() && isThere(script))) {
                    lose(FORGED);
                    return;
                }
                TimeUnit.NANOSECONDS.sleep(LAST_ACT_PAUSE.toNanos());
            }
            Optional<ScriptExit> end = readEnd(); // anew, as the supervisor's replaces what was there before
            if (end.isEmpty()) {
                lose("its supervisor is gone");
            } else if (!(end.get() instanceof ScriptExit.Lost) && isThere(script)) {
                lose(FORGED);
            } else {
                complete(end.get());
            }
        } catch (InterruptedException e) {
            // closed: forgotten
        } catch (IOException e) {
            LOG.debug("the processes of {} cannot be looked for now", key, e);
            settling.set(false); // the watch looks again
        }
    }

    private static boolean isThere(Optional<ProcessId> process) throws IOException, InterruptedException {
        return patiently(() -> ProcessId.find(process).isPresent());
    }

    private Optional<ScriptExit> readEnd() throws InterruptedException {
        try {
            return patiently(control::readExit);
        } catch (IOException e) {
            return Optional.empty(); // the script made it so
        }
    }

    /** What a look sees, tried again while this JVM can read nothing, and a few times beyond that. */
    private static <T> T patiently(Look<T> look) throws IOException, InterruptedException {
        for (int tries = 1; ; tries += ProcessStat.canLook() ? 1 : 0) {
            try {
                return look.see();
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                if (tries == MOST_TRIES) {
                    throw e;
                }
                LOG.debug("a script cannot be looked at now", e);
            }
            TimeUnit.NANOSECONDS.sleep(BLIND_PAUSE.toNanos());
        }
    }

    /** Looks for the end and, where it is not to be hoped for, does without. */
    void look() {
        Optional<ProcessStat> alive;
        try {
            alive = ProcessId.find(supervisor);
        } catch (IOException e) {
            LOG.debug("the supervisor of {} cannot be looked for now", key, e);
            return;
        }
        // After the look at the supervisor, which writes the script's end before its own.
        if (lookForExit()) {
            return;
        }
        if (alive.isEmpty()) {
            settle();
            return;
        }
        looksStopped = alive.get().isStopped() ? looksStopped + 1 : 0;
        boolean late;
        synchronized (lock) {
            late = loseAt != null && System.nanoTime() - loseAt >= 0;
        }
        if (looksStopped >= MAX_LOOKS_STOPPED) {
            lose("its supervisor was stopped");
        } else if (late) {
            lose("its supervisor did not end it");
        }
    }

    /** Ends what is left of the script without its supervisor's help. */
    private void lose(String reason) {
        if (!lost.compareAndSet(false, true)) {
            return;
        }
        synchronized (lock) {
            killAt = killAt != null ? killAt : System.nanoTime() + LEFTOVER_GRACE.toNanos();
        }
        execute(() -> endLeftovers(reason), () -> {
            lost.set(false);
            settling.set(false);
        });
    }

    private void endLeftovers(String reason) {
        try {
            complete(new ScriptExit.Lost(reason, patiently(this::endOnce)));
        } catch (InterruptedIOException | InterruptedException e) {
            // closed: forgotten
        } catch (IOException | RuntimeException e) {
            String unknown = reason + "; what it left could not be looked for: " + e.getMessage();
            complete(new ScriptExit.Lost(unknown, List.of()));
        }
    }

    private List<String> endOnce() throws IOException {
        Optional<ProcessId> process = script.isPresent() ? script : pid(control);
        return new Leftovers(Cookie.of(key), supervisor, process).end(this::killAt);
    }

    private long killAt() {
        synchronized (lock) {
            return Objects.requireNonNull(killAt);
        }
    }

    private void complete(ScriptExit end) {
        if (!watch.isClosed()) {
            watch.remove(this);
            exit.complete(end);
        }
    }

    private static long nanos(Duration grace) {
        return grace.compareTo(Duration.ofDays(365)) > 0
                ? Duration.ofDays(365).toNanos()
                : Math.max(0, grace.toNanos());
    }

    private interface Look<T> {
        T see() throws IOException;
    }
}
