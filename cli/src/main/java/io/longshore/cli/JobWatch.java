package io.longshore.cli;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** One job of the command's engine, from its submission to its end or to the caller's interrupt. */
final class JobWatch {
    private final Caller caller;
    private final Engine engine;
    private final JobView view;
    private final boolean json;
    private final boolean logs;
    private final Duration grace;
    private final CountDownLatch over = new CountDownLatch(1);

    private boolean interrupted; // guarded by this
    private @Nullable JobId job; // guarded by this

    /**
     * A watch over one job.
     *
     * @param grace how long the script has to end by itself after an interrupt
     */
    JobWatch(Caller caller, Engine engine, JobView view, boolean json, boolean logs, Duration grace) {
        this.caller = caller;
        this.engine = engine;
        this.view = view;
        this.json = json;
        this.logs = logs;
        this.grace = grace;
    }

    int run(JobRequest request) {
        Interrupts.Watch watch = caller.interrupts().watch(this::interrupt, this::interruptAgain);
        try (watch) {
            Optional<Job> submitted = submit(request);
            return submitted.isEmpty() ? Main.INTERRUPTED : untilEnd(submitted.get());
        } finally {
            over.countDown();
        }
    }

    /** Holds the lock while it submits, so that an interrupt finds the job or keeps it from being made. */
    private synchronized Optional<Job> submit(JobRequest request) {
        if (interrupted) {
            return Optional.empty();
        }
        Job submitted = engine.submit(request);
        job = submitted.id();
        return Optional.of(submitted);
    }

    private int untilEnd(Job submitted) {
        JobId id = submitted.id();
        Optional<LogFollower> follower = logs
                ? Optional.of(new LogFollower(engine, submitted, json ? caller.err() : caller.out(), caller.err()))
                : Optional.empty();
        Job ended = await(id);
        follower.ifPresent(f -> f.finish(ended));
        String document = json ? engine.document(id) : "";
        Map<JobItem, Path> workspaces = JobView.workspaces(engine, ended);
        try {
            engine.close(); // also waits for the events on their way, so that the view has the last word
        } catch (IOException e) {
            caller.err().line("warning: the engine did not close: " + Text.of(e));
        }
        view.end(ended, workspaces);
        if (json) {
            caller.out().line(document);
        }
        return exitCode(ended);
    }

    private Job await(JobId id) {
        while (true) {
            try {
                return engine.await(id);
            } catch (InterruptedException e) {
                engine.cancel(id); // nobody else interrupts this thread but who wants it to end
            }
        }
    }

    private static int exitCode(Job ended) {
        if (ended.state() == JobState.COMPLETED) {
            return ended.counters().failed() > 0 ? Main.ITEMS_FAILED : Main.COMPLETED;
        }
        return ended.state() == JobState.CANCELED ? Main.INTERRUPTED : Main.FAILED;
    }

    private void interruptAgain() {
        JobId running;
        synchronized (this) {
            running = job;
        }
        if (running != null) {
            view.interruptedAgain();
            cancel(running, Duration.ZERO);
        }
    }

    private void cancel(JobId id, Duration within) {
        try {
            engine.cancel(id, within);
        } catch (NoSuchElementException | IllegalStateException e) {
            // it has ended by now
        }
    }

    /** Ends the job, and returns when the command has said so: the process ends then. */
    private void interrupt() {
        JobId running;
        synchronized (this) {
            interrupted = true;
            running = job;
        }
        if (running != null) {
            view.interrupted(grace);
            cancel(running, grace);
        }
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
