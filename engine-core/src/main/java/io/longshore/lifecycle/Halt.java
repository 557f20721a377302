package io.longshore.lifecycle;

import io.longshore.api.Limits;
import io.longshore.api.Phase;
import io.longshore.spi.Cancellation;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import io.longshore.spi.Site.CancelCause;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** All that can stop an item, whatever it is doing: a cancel, the limits of its phases, an engine that lets go of it. */
final class Halt {
    private final ScheduledExecutorService timer;
    private final Duration stopGrace;
    private final Object lock = new Object();
    // All guarded by lock.
    private @Nullable CancelCause cause;
    private @Nullable String why;
    private Duration grace = Duration.ZERO;
    private boolean letGo;
    private boolean runLimitPassed;
    private @Nullable LaunchedScript script;
    private @Nullable Guard guard;
    private @Nullable Runnable waiting; // what a wait between two tries ends in

    Halt(ScheduledExecutorService timer, Duration stopGrace) {
        this.timer = timer;
        this.stopGrace = stopGrace;
    }

    /**
     * Ends the item: what blocks is interrupted, a wait is cut short, a script that runs is ended. The first cause stays, and
     * the shortest grace counts.
     */
    void cancel(CancelCause newCause, String reason, Duration newGrace) {
        LaunchedScript running;
        synchronized (lock) {
            if (letGo || (cause != null && newGrace.compareTo(grace) >= 0)) {
                return;
            }
            if (cause == null) {
                cause = newCause;
                why = reason;
            }
            grace = newGrace;
            running = script;
        }
        stopBlocking(reason);
        if (running != null) {
            CompletableFuture<Cancellation> unused = running.cancel(newGrace); // its exit goes on from here
        }
    }

    /** Stops driving the item, and leaves its script running; true if nothing of the item is at work here any more. */
    boolean letGo() {
        boolean idle;
        synchronized (lock) {
            letGo = true;
            lock.notifyAll();
            idle = script != null;
        }
        stopBlocking("the engine is closed");
        return idle;
    }

    private void stopBlocking(String reason) {
        Guard blocking;
        synchronized (lock) {
            blocking = guard;
        }
        if (blocking != null) {
            blocking.stop(reason);
        }
        wake();
    }

    boolean isLetGo() {
        synchronized (lock) {
            return letGo;
        }
    }

    Optional<CancelCause> cause() {
        synchronized (lock) {
            return Optional.ofNullable(cause);
        }
    }

    boolean isCanceled() {
        return cause().isPresent();
    }

    // ---- a script that runs

    /** Takes the script that was launched; one of an item that is to end is ended at once. */
    void launched(LaunchedScript launched, Optional<Duration> limit) {
        synchronized (lock) {
            script = launched;
            if (cause != null) {
                CompletableFuture<Cancellation> unused = launched.cancel(grace);
            }
        }
        if (limit.isPresent()) {
            Duration left = limit.get().isNegative() ? Duration.ZERO : limit.get();
            Future<?> unused = timer.schedule(() -> runLimitPassed(launched), left.toNanos(), TimeUnit.NANOSECONDS);
            CompletableFuture<?> unusedToo = launched.exit().whenComplete((exit, e) -> unused.cancel(false));
        }
    }

    private void runLimitPassed(LaunchedScript running) {
        synchronized (lock) {
            if (cause != null || letGo || !running.equals(script)) { // its end may be on its way
                return;
            }
            runLimitPassed = true;
        }
        CompletableFuture<Cancellation> unused = running.cancel(stopGrace);
    }

    /** Forgets the script that ended; true if its limit had passed. */
    boolean exited() {
        synchronized (lock) {
            script = null;
            boolean passed = runLimitPassed;
            runLimitPassed = false;
            return passed;
        }
    }

    Optional<LaunchedScript> running() {
        synchronized (lock) {
            return Optional.ofNullable(script);
        }
    }

    // ---- a phase that blocks

    /** Watches over a phase, all its tries and the waits between them. */
    Guard guard(Phase phase, Optional<Duration> limit, Guard.Watcher watcher) {
        Guard created = new Guard(watcher);
        synchronized (lock) {
            guard = created;
            if (why != null) {
                created.stop(why);
            } else if (letGo) {
                created.stop("the engine is closed");
            }
        }
        limit.ifPresent(d -> created.limitedBy(
                timer.schedule(() -> limitPassed(created, phase, d), d.toNanos(), TimeUnit.NANOSECONDS)));
        return created;
    }

    private void limitPassed(Guard limited, Phase phase, Duration after) {
        limited.stop(phase.name().toLowerCase(Locale.ROOT) + " took longer than its limit of " + Limits.text(after));
        boolean current;
        synchronized (lock) {
            current = guard == limited;
        }
        if (current) {
            wake();
        }
    }

    void release(Guard released) {
        released.close();
        synchronized (lock) {
            if (guard == released) {
                guard = null;
            }
        }
    }

    // ---- a wait

    /** Goes on after a wait, or at once when the item is to end. */
    void later(Duration wait, Runnable next) {
        AtomicBoolean gone = new AtomicBoolean();
        Runnable goOn = () -> {
            if (gone.compareAndSet(false, true)) {
                next.run();
            }
        };
        boolean ending;
        synchronized (lock) {
            waiting = goOn;
            ending = cause != null || letGo || (guard != null && guard.stopped() != null);
        }
        if (ending) {
            goOn.run();
        } else {
            Future<?> unused = timer.schedule(goOn, wait.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** Waits on the calling thread; cut short when the item is let go of. */
    void pause(Duration wait) throws InterruptedIOException {
        long end = System.nanoTime() + wait.toNanos();
        synchronized (lock) {
            for (long left = wait.toNanos(); !letGo && left > 0; left = end - System.nanoTime()) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(lock, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("interrupted in a wait");
                }
            }
        }
    }

    private void wake() {
        Runnable goOn;
        synchronized (lock) {
            goOn = waiting;
        }
        if (goOn != null) {
            goOn.run();
        }
    }
}
