package io.longshore.lifecycle;

import io.longshore.api.Failure;
import io.longshore.api.Handling;
import io.longshore.api.ItemOutput;
import io.longshore.api.JobOutcome;
import io.longshore.api.OutputRequest;
import io.longshore.api.Phase;
import io.longshore.codec.ItemSpec;
import io.longshore.launch.Interpreters;
import io.longshore.publish.OutputException;
import io.longshore.publish.Publisher;
import io.longshore.spi.Cancellation;
import io.longshore.spi.ItemReports;
import io.longshore.spi.ItemReports.Transition;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import io.longshore.spi.Site.CancelCause;
import io.longshore.stage.InputException;
import io.longshore.stage.ScriptEnvironment;
import io.longshore.stage.Staged;
import io.longshore.sweep.Sweeper;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One item on its way: stage, launch, run, publish, sweep. A phase that blocks runs on a worker; while the script runs and
 * between tries there is no thread. Each phase is reported before its first effect. The first failure is the item's
 * reason.
 */
final class ItemRun {
    private static final Logger LOG = LoggerFactory.getLogger(ItemRun.class);

    private final ItemSpec spec;
    private final DataPlane plane;
    private final ItemReports reports;
    private final CompletableFuture<Cancellation> ended = new CompletableFuture<>();
    private final List<String> survivors = new ArrayList<>(); // written by the one worker at a time

    private final Object lock = new Object();
    // All guarded by lock.
    private @Nullable CancelCause canceling;
    private Duration cancelGrace = Duration.ZERO;
    private @Nullable LaunchedScript script;
    private @Nullable Guard guard;
    private @Nullable Runnable waiting; // what a wait between two tries ends in
    private boolean runLimitPassed;

    // Used by one worker at a time, each handing over to the next.
    private int attempt;
    private Workspace workspace;
    private @Nullable Failure failure;
    private boolean completed; // all that can fail or be canceled is over

    ItemRun(ItemSpec spec, DataPlane plane, ItemReports reports) {
        this.spec = spec;
        this.plane = plane;
        this.reports = reports;
        this.attempt = 1;
        this.workspace = Workspace.of(plane.work(), key());
    }

    /** Completes once the item's end has been reported; names the processes that could not be ended. */
    CompletableFuture<Cancellation> ended() {
        return ended;
    }

    void start() {
        onWorker(this::beginAttempt);
    }

    CompletableFuture<Cancellation> cancel(CancelCause cause, Duration grace) {
        LaunchedScript running;
        Guard blocking;
        synchronized (lock) {
            if (canceling != null) {
                return ended.copy();
            }
            canceling = cause;
            cancelGrace = grace;
            running = script;
            blocking = guard;
        }
        if (blocking != null) {
            blocking.stop(reason(cause));
        }
        wake();
        if (running != null) {
            CompletableFuture<Cancellation> unused = running.cancel(grace); // its exit goes on from here
        }
        return ended.copy();
    }

    LaunchKey key() {
        return new LaunchKey(spec.key(), attempt);
    }

    // ---- stage

    private void beginAttempt() throws IOException {
        workspace = Workspace.of(plane.work(), key());
        reports.report(
                spec.key(),
                new Transition.Entered(Phase.STAGE, attempt, plane.clock().instant()));
        Guard limit = guard(Phase.STAGE, spec.request().limits().stage());
        stage(limit, 1);
    }

    private void stage(Guard limit, int tries) throws IOException {
        Staged staged;
        try {
            staged = limit.run(() -> {
                workspace.create();
                return plane.stager().stage(spec, workspace, limit, limit::total);
            });
        } catch (IOException | RuntimeException e) {
            tryAgain(Phase.STAGE, limit, e, tries, spec.request().retries().stage(), () -> stage(limit, tries + 1));
            return;
        }
        release(limit);
        launch(staged);
    }

    // ---- launch, run

    private void launch(Staged staged) throws IOException {
        reports.report(
                spec.key(),
                new Transition.Entered(Phase.LAUNCH, attempt, plane.clock().instant()));
        if (canceled()) {
            sweep();
            return;
        }
        LaunchedScript launched;
        try {
            launched = plane.launcher().launch(launchSpec(staged), key());
        } catch (IOException | RuntimeException e) {
            failure = Failure.of(Phase.LAUNCH, Failure.NOT_STARTED, "script could not be started: " + message(e));
            sweep();
            return;
        }
        synchronized (lock) {
            script = launched;
            if (canceling != null) {
                CompletableFuture<Cancellation> unused = launched.cancel(cancelGrace);
            }
        }
        reports.report(
                spec.key(),
                new Transition.Entered(Phase.RUN, attempt, plane.clock().instant()));
        Optional<Future<?>> timer = spec.request()
                .limits()
                .run()
                .map(limit ->
                        plane.timer().schedule(() -> runLimitPassed(launched), limit.toNanos(), TimeUnit.NANOSECONDS));
        CompletableFuture<ScriptExit> unused = launched.exit().whenComplete((exit, e) -> {
            timer.ifPresent(t -> t.cancel(false));
            onWorker(() -> exited(e == null ? exit : new ScriptExit.Lost("the launcher failed: " + e, List.of())));
        });
    }

    private LaunchSpec launchSpec(Staged staged) throws IOException {
        List<String> argv = staged.script().isPresent()
                ? Interpreters.argvFor(staged.script().get(), spec.script().arguments())
                : spec.script().arguments();
        return new LaunchSpec(
                argv,
                ScriptEnvironment.of(spec, workspace, staged, plane.inherited()),
                workspace.scratch(),
                workspace.control(),
                workspace.stdout(),
                workspace.stderr());
    }

    private void runLimitPassed(LaunchedScript running) {
        synchronized (lock) {
            if (canceling != null || running != script) {
                return;
            }
            runLimitPassed = true;
        }
        CompletableFuture<Cancellation> unused = running.cancel(plane.stopGrace());
    }

    private void exited(ScriptExit exit) throws IOException {
        boolean limitPassed;
        synchronized (lock) {
            script = null;
            limitPassed = runLimitPassed;
            runLimitPassed = false;
        }
        try {
            Sweeper.forgetSecrets(workspace);
        } catch (IOException e) {
            warn("the connections file could not be removed: " + e.getMessage());
        }
        if (exit instanceof ScriptExit.Lost lost) {
            survivors.addAll(lost.survivors());
        }
        if (canceled()) {
            sweep();
            return;
        }
        Optional<Failure> failed = limitPassed
                ? Optional.of(Failure.builder(
                                Phase.RUN,
                                Failure.TIMEOUT,
                                "script ran longer than its limit of "
                                        + spec.request().limits().run().orElseThrow())
                        .stderr(LogTail.of(workspace.stderr()))
                        .build())
                : failureOf(exit);
        if (failed.isPresent()) {
            scriptFailed(failed.get(), !(exit instanceof ScriptExit.NotStarted));
        } else {
            publish("");
        }
    }

    private Optional<Failure> failureOf(ScriptExit exit) {
        if (exit instanceof ScriptExit.Exited exited) {
            return exited.code() == 0
                    ? Optional.empty()
                    : Optional.of(Failure.builder(
                                    Phase.RUN, Failure.EXIT_CODE, "script ended with exit code " + exited.code())
                            .exitCode(exited.code())
                            .stderr(LogTail.of(workspace.stderr()))
                            .build());
        }
        if (exit instanceof ScriptExit.Signaled signaled) {
            return Optional.of(
                    Failure.builder(Phase.RUN, Failure.SIGNAL, "script was ended by signal " + signaled.signal())
                            .signal(signaled.signal())
                            .stderr(LogTail.of(workspace.stderr()))
                            .build());
        }
        if (exit instanceof ScriptExit.NotStarted notStarted) {
            return Optional.of(Failure.of(
                    Phase.LAUNCH, Failure.NOT_STARTED, "script could not be started: " + notStarted.reason()));
        }
        ScriptExit.Lost lost = (ScriptExit.Lost) exit;
        return Optional.of(Failure.builder(Phase.RUN, Failure.LOST, "script was lost: " + lost.reason())
                .stderr(LogTail.of(workspace.stderr()))
                .build());
    }

    private void scriptFailed(Failure failed, boolean ran) throws IOException {
        if (ran && attempt <= spec.request().retries().run() && survivors.isEmpty()) {
            warn("attempt " + attempt + " failed and was tried again: " + failed.message());
            plane.sweeper().sweep(workspace, key(), spec.request().keepWorkspace(), true);
            Duration wait = plane.backoff().before(attempt + 1);
            attempt++;
            later(wait, this::beginAttempt);
            return;
        }
        failure = failed;
        Optional<OutputRequest> output = spec.request().output();
        if (ran
                && output.isPresent()
                && output.get().onFailure() == OutputRequest.OnFailure.PUBLISH
                && output.get().kind() == OutputRequest.Kind.ARCHIVE
                && output.get().target().handling() != Handling.SCRIPT) {
            publish(".failed-" + spec.key().job());
        } else {
            sweep();
        }
    }

    // ---- publish

    private void publish(String nameSuffix) throws IOException {
        reports.report(
                spec.key(),
                new Transition.Entered(Phase.PUBLISH, attempt, plane.clock().instant()));
        publish(nameSuffix, guard(Phase.PUBLISH, spec.request().limits().publish()), 1);
    }

    private void publish(String nameSuffix, Guard limit, int tries) throws IOException {
        try {
            limit.run(() -> {
                publishOnce(nameSuffix, limit);
                return true;
            });
        } catch (IOException | RuntimeException e) {
            tryAgain(
                    Phase.PUBLISH,
                    limit,
                    e,
                    tries,
                    spec.request().retries().publish(),
                    () -> publish(nameSuffix, limit, tries + 1));
            return;
        }
        release(limit);
        completed = failure == null;
        sweep();
    }

    private void publishOnce(String nameSuffix, Guard limit) throws IOException {
        Optional<OutputRequest> output = spec.request().output();
        boolean empty = plane.publisher().isEmpty(workspace);
        if (output.isEmpty()) {
            if (!empty) {
                warn("files in BATCH_OUTPUT_DIR were not collected, as the job has no output reference");
            }
            return;
        }
        if (output.get().target().handling() == Handling.SCRIPT) {
            if (!empty) {
                warn("files in BATCH_OUTPUT_DIR were not collected, as the script publishes to "
                        + output.get().target().location() + " by itself");
            }
            return;
        }
        if (empty && output.get().kind() == OutputRequest.Kind.ARCHIVE) {
            if (!nameSuffix.isEmpty()) {
                return;
            }
            if (output.get().onEmpty() == OutputRequest.OnEmpty.FAIL) {
                throw new EmptyOutputException();
            }
            warn("nothing was published, as the script left BATCH_OUTPUT_DIR empty");
            return;
        }
        Publisher.Report report = new Publisher.Report() {
            @Override
            public void warn(String warning) throws IOException {
                ItemRun.this.warn(warning);
            }

            @Override
            public void committed(ItemOutput published) throws IOException {
                reports.report(spec.key(), new Transition.Committed(published));
            }
        };
        if (output.get().kind() == OutputRequest.Kind.ARCHIVE) {
            plane.publisher().archive(spec, workspace, nameSuffix, limit, this::requireMayCommit, report);
        } else {
            plane.publisher().files(spec, workspace, limit, this::requireMayCommit, report);
        }
    }

    private void requireMayCommit() throws IOException {
        if (canceled() || !reports.mayCommit(spec.key())) {
            throw new InterruptedIOException("the item may not publish any more");
        }
    }

    // ---- sweep

    private void sweep() throws IOException {
        reports.report(
                spec.key(),
                new Transition.Entered(Phase.SWEEP, attempt, plane.clock().instant()));
        List<String> problems = new ArrayList<>();
        if (failure != null && failure.phase() == Phase.PUBLISH) {
            try {
                plane.publisher().abandon(spec);
            } catch (IOException | RuntimeException e) {
                problems.add("leftovers of the upload may be in the store: " + e.getMessage());
            }
        }
        boolean failed = failure != null || canceled() || !survivors.isEmpty();
        try {
            plane.sweeper().sweep(workspace, key(), spec.request().keepWorkspace(), failed);
        } catch (IOException | RuntimeException e) {
            problems.add("the workspace could not be removed: " + e);
        }
        JobOutcome outcome = outcome(problems);
        reports.report(spec.key(), new Transition.Ended(outcome, plane.clock().instant()));
        ended.complete(new Cancellation(survivors));
    }

    private JobOutcome outcome(List<String> problems) throws IOException {
        CancelCause cause;
        synchronized (lock) {
            cause = canceling;
        }
        if (!survivors.isEmpty()) {
            Failure.Builder named = failure == null
                    ? Failure.builder(
                            Phase.RUN, Failure.ENGINE, "processes of the script could not be ended: " + survivors)
                    : failure.toBuilder().after("processes of the script could not be ended: " + survivors);
            problems.forEach(named::after);
            return new JobOutcome.Failed(named.build());
        }
        if (failure == null && cause != null && !completed) {
            Failure.Builder why = Failure.builder(
                    Phase.RUN, cause == CancelCause.CANCELED ? Failure.CANCELED : Failure.TIMEOUT, reason(cause));
            problems.forEach(why::after);
            return cause == CancelCause.CANCELED
                    ? new JobOutcome.Canceled(why.build())
                    : new JobOutcome.TimedOut(why.build());
        }
        if (failure != null) {
            Failure.Builder why = failure.toBuilder();
            problems.forEach(why::after);
            return new JobOutcome.Failed(why.build());
        }
        for (String problem : problems) {
            warn(problem);
        }
        return new JobOutcome.Completed();
    }

    // ---- what the phases share

    private Guard guard(Phase phase, Optional<Duration> limit) {
        Guard created = new Guard((bytes, total) -> reports.progress(spec.key(), phase, bytes, total));
        synchronized (lock) {
            guard = created;
            if (canceling != null) {
                created.stop(reason(canceling));
            }
        }
        limit.ifPresent(d -> created.limitedBy(
                plane.timer().schedule(() -> limitPassed(created, phase, d), d.toNanos(), TimeUnit.NANOSECONDS)));
        return created;
    }

    private void limitPassed(Guard limit, Phase phase, Duration after) {
        limit.stop(name(phase) + " took longer than its limit of " + after);
        boolean current;
        synchronized (lock) {
            current = guard == limit;
        }
        if (current) {
            wake();
        }
    }

    private static String name(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    private void release(Guard limit) {
        limit.close();
        synchronized (lock) {
            if (guard == limit) {
                guard = null;
            }
        }
    }

    private void tryAgain(Phase phase, Guard limit, Exception e, int tries, int retries, Step again)
            throws IOException {
        if (canceled()) {
            release(limit);
            sweep();
            return;
        }
        String stopped = limit.stopped();
        boolean hopeless = e instanceof InputException
                || e instanceof OutputException
                || e instanceof EmptyOutputException
                || e instanceof PermanentStorageException
                || e instanceof RuntimeException;
        if (stopped == null && !hopeless && tries <= retries) {
            warn(name(phase) + " failed and was tried again: " + e.getMessage());
            later(plane.backoff().before(tries + 1), again);
            return;
        }
        release(limit);
        Failure failed = Failure.of(phase, code(e, stopped), stopped != null ? stopped : message(e));
        failure = failure == null
                ? failed
                : failure.toBuilder().after(failed.message()).build();
        sweep();
    }

    private static String code(Exception e, @Nullable String stopped) {
        if (stopped != null) {
            return Failure.TIMEOUT;
        }
        if (e instanceof InputException) {
            return Failure.INPUT;
        }
        if (e instanceof OutputException || e instanceof EmptyOutputException) {
            return Failure.OUTPUT;
        }
        return e instanceof RuntimeException ? Failure.ENGINE : Failure.STORAGE;
    }

    private static String message(Exception e) {
        return e instanceof RuntimeException || e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private boolean canceled() {
        synchronized (lock) {
            return canceling != null;
        }
    }

    private String reason(CancelCause cause) {
        return cause == CancelCause.CANCELED
                ? "the job was canceled"
                : "the job took longer than its time-out of "
                        + spec.request().limits().job().map(Duration::toString).orElse("");
    }

    private void warn(String warning) throws IOException {
        reports.report(spec.key(), new Transition.Warned(warning));
    }

    /** The engine itself failed in a step: what runs is ended, and the item with it. */
    private void crashed(Throwable e) {
        LaunchedScript running;
        synchronized (lock) {
            running = script;
            script = null;
        }
        if (failure != null && failure.code().equals(Failure.ENGINE)) {
            ended.complete(new Cancellation(survivors)); // even the sweep failed
            return;
        }
        failure = Failure.of(Phase.SWEEP, Failure.ENGINE, "the engine failed: " + e);
        if (running == null) {
            onWorker(this::sweep);
        } else {
            CompletableFuture<Cancellation> unused =
                    running.cancel(Duration.ZERO).whenComplete((c, ignored) -> onWorker(this::sweep));
        }
    }

    /** A step of the item; what it throws is the engine's failure, not the item's. */
    private interface Step {
        void run() throws IOException;
    }

    /** Goes on after a wait, or at once when the item is to end. */
    private void later(Duration wait, Step step) {
        AtomicBoolean gone = new AtomicBoolean();
        Runnable goOn = () -> {
            if (gone.compareAndSet(false, true)) {
                onWorker(step);
            }
        };
        boolean ending;
        synchronized (lock) {
            waiting = goOn;
            ending = canceling != null || (guard != null && guard.stopped() != null);
        }
        if (ending) {
            goOn.run();
        } else {
            Future<?> unused = plane.timer().schedule(goOn, wait.toNanos(), TimeUnit.NANOSECONDS);
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

    private void onWorker(Step step) {
        plane.workers().execute(() -> {
            try {
                step.run();
            } catch (IOException e) {
                LOG.warn("item {} stopped, as its journal did not take a transition", spec.key(), e);
                ended.complete(new Cancellation(survivors));
            } catch (RuntimeException | Error e) {
                LOG.warn("item {} stopped, as the engine failed", spec.key(), e);
                crashed(e);
            }
        });
    }
}
