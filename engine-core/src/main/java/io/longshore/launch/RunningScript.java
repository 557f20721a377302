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

/**
 * A script with its supervisor. The supervisor ends the script and writes how it ended; what is done here is to ask it,
 * and to do its work where it cannot.
 */
final class RunningScript implements LaunchedScript {
    /** From TERM to KILL for what a lost script left; the same as a supervisor's. */
    private static final Duration LEFTOVER_GRACE = Duration.ofSeconds(1);

    /** How long a supervisor has to end a tree by force before it counts as lost: more than its own limit. */
    private static final Duration FORCE_TIME = Duration.ofSeconds(8);

    /** How long a supervisor has to end itself once it has written down the script's end, which is its last act but one. */
    private static final Duration LAST_ACT_TIME = Duration.ofSeconds(5);

    private static final Duration LAST_ACT_PAUSE = Duration.ofMillis(1);

    /** A host that is being paused and resumed shows its supervisors stopped too, for a moment. */
    private static final int MAX_LOOKS_STOPPED = 3;

    private static final String FORGED = "its end was written down while it ran, and not by its supervisor";

    private final LaunchKey key;
    private final Control control;
    private final Optional<ProcessId> supervisor;
    private final Optional<ProcessId> script; // as it was recorded at first, before the script can have got far
    private final Watch watch;
    private final CompletableFuture<ScriptExit> exit = new CompletableFuture<>();
    private final AtomicBoolean lost = new AtomicBoolean();
    private final AtomicBoolean endSeen = new AtomicBoolean(); // somebody wrote down an end
    private volatile int looksStopped;

    private final Object lock = new Object();
    // Guarded by lock: times of System.nanoTime, null for never.
    private @Nullable Long killAt;
    private @Nullable Long loseAt;

    RunningScript(LaunchKey key, Control control, Optional<ProcessId> supervisor, Watch watch) {
        this.key = key;
        this.control = control;
        this.supervisor = supervisor;
        this.script = pid(control);
        this.watch = watch;
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
            watch.execute(this::look);
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
        supervisor.ifPresent(ProcessId::terminate);
        return written;
    }

    /** Runs when the script's end is known. */
    void whenOver(Runnable action) {
        CompletableFuture<?> unused = exit.thenRun(action);
    }

    /** Looks whether an end is written down; true if so. */
    boolean lookForExit() {
        if (lost.get() || endSeen.get()) {
            return true;
        }
        if (readExit().isEmpty()) {
            return false;
        }
        if (endSeen.compareAndSet(false, true)) {
            watch.execute(this::believe);
        }
        return true;
    }

    /** Takes the end that is written down, unless it was the script that wrote it, which then still runs. */
    private void believe() {
        long since = System.nanoTime();
        while (supervisor.flatMap(ProcessId::find).isPresent()) {
            if (System.nanoTime() - since >= LAST_ACT_TIME.toNanos()) {
                lose(FORGED);
                return;
            }
            try {
                TimeUnit.NANOSECONDS.sleep(LAST_ACT_PAUSE.toNanos());
            } catch (InterruptedException e) {
                return; // closed: forgotten
            }
        }
        Optional<ScriptExit> end = readExit(); // anew, as the supervisor's replaces what was there before
        if (end.isEmpty()) {
            lose("its supervisor is gone");
        } else if (!(end.get() instanceof ScriptExit.Lost)
                && script.flatMap(ProcessId::find).isPresent()) {
            lose(FORGED);
        } else {
            complete(end.get());
        }
    }

    /** Looks for the end and, where it is not to be hoped for, does without. */
    void look() {
        Optional<ProcessStat> alive = supervisor.flatMap(ProcessId::find);
        // After the look at the supervisor, which writes the script's end before its own.
        if (lookForExit()) {
            return;
        }
        if (alive.isEmpty()) {
            lose("its supervisor is gone");
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
    void lose(String reason) {
        if (!lost.compareAndSet(false, true)) {
            return;
        }
        synchronized (lock) {
            killAt = killAt != null ? killAt : System.nanoTime() + LEFTOVER_GRACE.toNanos();
        }
        watch.execute(() -> {
            List<String> survivors = List.of();
            String known = reason;
            try {
                Optional<ProcessId> process = script.isPresent() ? script : control.readPid();
                survivors = new Leftovers(Cookie.of(key), supervisor, process).end(this::killAt);
            } catch (InterruptedIOException e) {
                return; // closed: forgotten
            } catch (IOException | RuntimeException e) {
                known += "; what it left could not be looked for: " + e.getMessage();
            }
            complete(new ScriptExit.Lost(known, survivors));
        });
    }

    private long killAt() {
        synchronized (lock) {
            return Objects.requireNonNull(killAt);
        }
    }

    private Optional<ScriptExit> readExit() {
        try {
            return control.readExit();
        } catch (IOException e) {
            return Optional.empty(); // unreadable is as good as unwritten: the supervisor's end decides
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
}
