package io.longshore.cli;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobEvent;
import io.longshore.api.JobListener;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/** {@code longshore work}: runs the queue until it is interrupted. */
final class WorkCommand implements JobListener {
    static final Supplier<Syntax> WORK = () -> new Syntax(
                    "longshore work",
                    List.of("[--leave] [--space DIR]"),
                    "Runs the jobs of the home's queue until it is stopped. Any number of workers may do so at once, on"
                            + " this machine. A worker goes on with the jobs of those that are gone, whose scripts may"
                            + " still run. Scripts inherit the worker's environment (PATH, HOME, LANG, LC_*, TZ), and"
                            + " its AWS credentials serve where a reference names no connection.",
                    "TERM or INT (Ctrl-C) drains: no more jobs start, those that run here go on to their end, and the"
                            + " exit code is 0. A second one leaves their scripts running for the next worker, and ends"
                            + " this one at once.")
            .flag("--leave", "Leave scripts running at the first signal.")
            .rememberedSpace();

    private final Caller caller;
    private final CompletableFuture<Boolean> stopped = new CompletableFuture<>();

    /** Whether all that ran here has ended, or was left. */
    private final CompletableFuture<Boolean> drained = new CompletableFuture<>();

    private WorkCommand(Caller caller) {
        this.caller = caller;
    }

    static int work(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = WORK.get();
        Optional<Syntax.Given> given = syntax.parse(arguments);
        if (given.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        return new WorkCommand(caller).work(given.get().flag("--leave"));
    }

    private int work(boolean leave) throws IOException {
        Home home = Home.open(caller);
        Interrupts.Watch watch = caller.interrupts().watchEach(this::interrupt); // before there is a queue to leave
        try (JobQueue queue = JobQueue.work(caller, home, this)) {
            try (watch) {
                caller.err()
                        .line("working on the queue of "
                                + Text.quoted(home.directory().toString()));
                boolean unused = stopped.get();
                end(queue.engine(), leave);
            } // what is left is quick; a signal ends who cannot wait for it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody else interrupts this thread but who wants it to end
        } catch (ExecutionException e) {
            throw new IllegalStateException("the queue could not be drained", e.getCause());
        }
        return Main.COMPLETED;
    }

    private void end(Engine engine, boolean leave) throws InterruptedException, ExecutionException {
        if (leave) {
            drained.complete(false);
        } else {
            caller.err().line("draining: what runs goes on to its end; once more leaves it to the next worker");
            Thread drain = new Thread(() -> drain(engine), "longshore-drain");
            drain.setDaemon(true);
            drain.start();
        }
        caller.err().line(drained.get() ? "drained" : "leaving what runs to the next worker");
    }

    private void drain(Engine engine) {
        try {
            engine.drain();
            drained.complete(true);
        } catch (InterruptedException | RuntimeException e) {
            drained.completeExceptionally(e);
        }
    }

    private void interrupt() {
        if (!stopped.complete(true)) {
            drained.complete(false);
        }
    }

    @Override
    public void onEvent(JobEvent event) {
        if (event instanceof JobEvent.StateChanged changed) {
            Job job = changed.snapshot();
            caller.err().line("job " + job.id() + " " + said(job));
        }
    }

    private static String said(Job job) {
        String script = Text.shown(job.script().ref().toString());
        if (job.endedAt().isEmpty()) {
            return QueueCommands.state(job) + ": " + script;
        }
        String failure = job.outcome()
                .flatMap(outcome -> outcome.failure())
                .map(cause -> ": " + Text.shown(cause.message()))
                .orElse("");
        return QueueCommands.state(job) + " after " + Text.duration(QueueCommands.took(job)) + ": " + script + failure;
    }
}
