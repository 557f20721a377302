package io.longshore.lifecycle;

import io.longshore.api.Failure;
import io.longshore.api.Handling;
import io.longshore.api.ItemOutput;
import io.longshore.api.JobOutcome;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.Limits;
import io.longshore.api.OnLost;
import io.longshore.api.OutputRequest;
import io.longshore.api.Phase;
import io.longshore.codec.ItemSpec;
import io.longshore.codec.Resume;
import io.longshore.launch.Interpreters;
import io.longshore.publish.Publisher;
import io.longshore.spi.Cancellation;
import io.longshore.spi.ItemReports;
import io.longshore.spi.ItemReports.Transition;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.LostClaimException;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import io.longshore.spi.Site.CancelCause;
import io.longshore.stage.ScriptEnvironment;
import io.longshore.stage.Staged;
import io.longshore.sweep.Sweeper;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One item on its way: stage, launch, run, publish, sweep. A phase that blocks runs on a worker; while the script runs and
 * between tries there is no thread. Each phase is reported before its first effect, so that an engine that comes after this
 * one can go on from there. The first failure is the item's reason.
 */
final class ItemRun {
    private static final Logger LOG = LoggerFactory.getLogger(ItemRun.class);

    /** How often a script that was lost runs again, where its job asks for that: it may be what ends its supervisor. */
    private static final int MOST_LOST_RUNS = 3;

    /** How often a script that runs already is looked for, for a minute: a machine short of something says nothing of it. */
    private static final int MOST_ATTACHES = 8;

    private static final Duration THREAD_PAUSE = Duration.ofSeconds(1);

    private final ItemSpec spec;
    private final DataPlane plane;
    private final ItemReports reports;
    private final Halt halt;
    private final CompletableFuture<Cancellation> ended = new CompletableFuture<>();

    // Used by one worker at a time, each handing over to the next.
    private Phase phase = Phase.QUEUED;
    private int attempt = 1;
    private int failedRuns;
    private Workspace workspace;
    private @Nullable Failure failure;
    private boolean crashed;
    private boolean sweeping; // or past that
    private boolean uploadLeft; // of an engine that is gone, or one whose close failed
    private final List<String> survivors = new ArrayList<>();

    ItemRun(ItemSpec spec, DataPlane plane, ItemReports reports) {
        this.spec = spec;
        this.plane = plane;
        this.reports = reports;
        this.halt = new Halt(plane.timer(), plane.stopGrace());
        this.workspace = Workspace.of(plane.work(), key());
    }

    /** Completes once the item's end has been reported, or it was let go of; names the processes that are left. */
    CompletableFuture<Cancellation> ended() {
        return ended;
    }

    void start() {
        onWorker(spec.resume().isPresent() ? () -> resume(spec.resume().get()) : this::beginAttempt);
    }

    CompletableFuture<Cancellation> cancel(CancelCause cause, Duration grace) {
        halt.cancel(cause, reason(cause), grace);
        return ended.copy();
    }

    /** Leaves the item to whoever starts it again; completes when nothing here touches its directories any more. */
    CompletableFuture<Cancellation> letGo() {
        if (halt.letGo()) {
            ended.complete(Cancellation.clean());
        }
        return ended.copy();
    }

    /** The attempt whose directories these are. */
    private LaunchKey key() {
        return spec.resume().flatMap(Resume::origin).orElse(new LaunchKey(spec.key(), attempt));
    }

    private Instant now() {
        return plane.clock().instant();
    }

    // ---- going on where another engine stopped

    private void resume(Resume from) throws IOException {
        phase = from.phase();
        attempt = from.attempt();
        failedRuns = from.failedRuns();
        failure = from.ending().flatMap(JobOutcome::failure).orElse(null);
        workspace = Workspace.of(plane.work(), key());
        uploadLeft = phase.compareTo(Phase.PUBLISH) >= 0;
        switch (from.phase()) {
            case QUEUED -> publishAnew(from);
            case STAGE -> stageAnew();
            case LAUNCH -> attach(from, true);
            case RUN -> attach(from, false);
            case PUBLISH -> resumePublish(from);
            case SWEEP, DONE -> finish(from.ending().orElseGet(() -> ending(true)));
        }
    }

    private void attach(Resume from, boolean mayNotHaveStarted) throws IOException {
        Optional<LaunchedScript> script = Optional.empty();
        boolean unreadable = false;
        String reason = "it was started on another machine, or by an engine with another home, that is gone";
        if (from.isHere()) {
            try {
                script = lookForScript();
                reason = "its control directory is gone";
            } catch (IOException | RuntimeException e) {
                requireNotLetGo();
                unreadable = true;
                reason = "its control directory cannot be read: " + Failures.message(e);
            }
        }
        if (script.isPresent()) {
            hold(script.get(), mayNotHaveStarted ? Duration.ZERO : Duration.between(from.enteredAt(), now()));
            requireNotLetGo();
            if (mayNotHaveStarted) {
                enter(Phase.RUN, Optional.empty());
            }
            follow(script.get());
        } else if (mayNotHaveStarted && from.isHere() && !unreadable) {
            attempt++; // in a fresh directory: a supervisor on its way to the old one finds its claim taken
            beginAttempt();
        } else {
            if (mayNotHaveStarted) {
                enter(Phase.RUN, Optional.empty());
            }
            exited(new ScriptExit.Lost(reason, List.of()));
        }
    }

    /** Whatever ends the item waits for this, as it could not end the script before. */
    private Optional<LaunchedScript> lookForScript() throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                return plane.launcher().attach(key(), workspace.control());
            } catch (IOException e) {
                if (tries == MOST_ATTACHES) {
                    throw e;
                }
                LOG.warn("the script of item {} could not be looked for, and is again", spec.key(), e);
            }
            halt.pause(plane.backoff().before(tries + 1));
            requireNotLetGo();
        }
    }

    /** In a fresh directory: an engine that lost the item while it slept may yet write to the old one. */
    private void stageAnew() throws IOException {
        try {
            workspace.delete();
        } catch (IOException e) {
            warn("what another engine staged could not be removed: " + Failures.message(e));
        }
        attempt++;
        beginAttempt();
    }

    /** Publishes what the script of an earlier job wrote. */
    private void publishAnew(Resume from) throws IOException {
        uploadLeft = true;
        enter(Phase.PUBLISH, Optional.empty());
        resumePublish(from);
    }

    private void resumePublish(Resume from) throws IOException {
        if (from.isHere()) {
            publish(failure == null ? "" : failedSuffix(), limit(Phase.PUBLISH), 1);
            return;
        }
        Optional<ItemOutput> committed = plane.publisher().committed(spec, failure == null ? "" : failedSuffix());
        if (committed.isPresent()) {
            report(new Transition.Committed(committed.get()));
            sweep();
        } else {
            scriptFailed(
                    Failure.of(
                            Phase.PUBLISH,
                            Failure.LOST,
                            "what the script wrote is on another machine, or in another home, whose engine is gone"),
                    true);
        }
    }

    // ---- stage

    private void beginAttempt() throws IOException {
        workspace = Workspace.of(plane.work(), key());
        enter(Phase.STAGE, Optional.empty());
        for (int earlier = 1; earlier < attempt; earlier++) {
            LaunchKey old = new LaunchKey(spec.key(), earlier);
            try {
                sweep(Workspace.of(plane.work(), old), old, isKept(true, false)); // its script failed
            } catch (IOException | RuntimeException e) {
                warn("the workspace of attempt " + earlier + " could not be removed: " + Failures.message(e));
            }
        }
        stage(limit(Phase.STAGE), 1);
    }

    private void stage(Guard limit, int tries) throws IOException {
        Staged staged;
        try {
            staged = limit.run(() -> {
                workspace.create();
                workspace.takeReserve();
                plane.orphans().mark(workspace);
                return plane.stager().stage(spec, workspace, limit, limit::total);
            });
        } catch (IOException | RuntimeException e) {
            tryAgain(Phase.STAGE, limit, e, tries, spec.request().retries().stage(), () -> stage(limit, tries + 1));
            return;
        }
        halt.release(limit);
        for (String warning : staged.warnings()) {
            warn(warning);
        }
        launch(staged);
    }

    // ---- launch, run

    private void launch(Staged staged) throws IOException {
        enter(Phase.LAUNCH, Optional.empty());
        if (halt.isCanceled()) {
            sweep();
            return;
        }
        LaunchedScript launched;
        try {
            workspace.takeReserve(); // which the way here may have needed
            launched = plane.launcher().launch(launchSpec(staged), key());
        } catch (IOException | RuntimeException e) {
            failure = Failures.notStarted(Failures.message(e));
            sweep();
            return;
        }
        hold(launched, Duration.ZERO);
        enter(Phase.RUN, Optional.empty());
        follow(launched);
    }

    /** From here on whatever ends the item ends its script, also while its journal does not answer. */
    private void hold(LaunchedScript launched, Duration ran) {
        halt.launched(launched, spec.request().limits().run().map(limit -> limit.minus(ran)));
    }

    private void follow(LaunchedScript launched) {
        CompletableFuture<ScriptExit> unused = launched.exit()
                .whenComplete((exit, e) -> onWorker(
                        () -> exited(e == null ? exit : new ScriptExit.Lost("the launcher failed: " + e, List.of()))));
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

    private void exited(ScriptExit exit) throws IOException {
        boolean limitPassed = halt.exited();
        try {
            Sweeper.forgetSecrets(workspace);
        } catch (IOException e) {
            warn("the connections file could not be removed: " + e.getMessage());
        }
        if (exit instanceof ScriptExit.Lost lost) {
            survivors.addAll(lost.survivors());
        }
        if (halt.isCanceled()) {
            sweep();
            return;
        }
        Optional<Failure> failed = limitPassed
                ? Optional.of(Failure.builder(
                                Phase.RUN,
                                Failure.TIMEOUT,
                                "script ran longer than its limit of "
                                        + Limits.text(
                                                spec.request().limits().run().orElseThrow()))
                        .stderr(LogTail.of(workspace.stderr()))
                        .build())
                : Failures.of(exit, workspace.stderr());
        if (failed.isEmpty()) {
            enter(Phase.PUBLISH, Optional.empty());
            publish("", limit(Phase.PUBLISH), 1);
        } else {
            scriptFailed(failed.get(), !(exit instanceof ScriptExit.NotStarted));
        }
    }

    private void scriptFailed(Failure failed, boolean ran) throws IOException {
        int allowed = spec.request().retries().run()
                + (failed.code().equals(Failure.LOST) && spec.request().onLost() == OnLost.RERUN ? MOST_LOST_RUNS : 0);
        if (ran && failedRuns < allowed && survivors.isEmpty()) {
            Duration wait = plane.backoff().before(failedRuns + 2);
            warn("attempt " + attempt + " of " + (allowed + 1) + " failed, and the script was run again after "
                    + Limits.text(wait) + ": " + failed.message());
            halt.later(
                    wait,
                    () -> onWorker(() -> {
                        if (halt.isCanceled()) {
                            sweep();
                            return;
                        }
                        failedRuns++;
                        attempt++;
                        beginAttempt();
                    }));
            return;
        }
        failure = failed;
        Optional<OutputRequest> output = spec.request().output();
        if (ran
                && output.isPresent()
                && output.get().onFailure() == OutputRequest.OnFailure.PUBLISH
                && output.get().kind() == OutputRequest.Kind.ARCHIVE
                && output.get().target().handling() != Handling.SCRIPT
                && !failed.code().equals(Failure.LOST)) {
            enter(Phase.PUBLISH, Optional.of(new JobOutcome.Failed(failed)));
            publish(failedSuffix(), limit(Phase.PUBLISH), 1);
        } else {
            sweep();
        }
    }

    private String failedSuffix() {
        return ".failed-" + spec.key().job();
    }

    // ---- publish

    private void publish(String nameSuffix, Guard limit, int tries) throws IOException {
        boolean done;
        try {
            done = limit.run(() -> {
                publishOnce(nameSuffix, limit);
                return true;
            });
        } catch (IOException | RuntimeException e) {
            // What goes wrong in a close is suppressed by what went wrong before it.
            uploadLeft |= limit.stopped() != null || e.getSuppressed().length > 0;
            tryAgain(
                    Phase.PUBLISH,
                    limit,
                    e,
                    tries,
                    spec.request().retries().publish(),
                    () -> publish(nameSuffix, limit, tries + 1));
            return;
        }
        halt.release(limit);
        sweep(ending(done));
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
                        + output.get().target() + " by itself");
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
                report(new Transition.Committed(published));
            }
        };
        Optional<String> problem = abandonLeftovers();
        limit.requireActive();
        if (problem.isPresent()) {
            warn(problem.get());
        }
        if (output.get().kind() == OutputRequest.Kind.ARCHIVE) {
            plane.publisher().archive(spec, workspace, nameSuffix, limit, this::requireMayCommit, report);
        } else {
            plane.publisher().files(spec, workspace, limit, this::requireMayCommit, report);
        }
    }

    /** Removes what an upload left that was not closed; says so where that fails, which keeps nobody from publishing. */
    private Optional<String> abandonLeftovers() {
        if (!uploadLeft || spec.request().output().isEmpty()) {
            return Optional.empty();
        }
        try {
            plane.publisher().abandon(spec);
            uploadLeft = false;
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.of("leftovers of the upload may be in the store: " + e.getMessage());
        }
    }

    private void requireMayCommit() throws IOException {
        if (halt.isLetGo() || halt.isCanceled() || !reports.mayCommit(spec.key())) {
            throw new InterruptedIOException("the item may not publish any more");
        }
    }

    // ---- sweep

    private void sweep() throws IOException {
        sweep(ending(false));
    }

    /** How the item ends, by what is known now; what was published before a cancel came is published. */
    private JobOutcome ending(boolean published) {
        Optional<Failure> first = Optional.ofNullable(failure);
        if (!survivors.isEmpty()) {
            return Failures.survived(first, survivors);
        }
        if (first.isPresent()) {
            return new JobOutcome.Failed(first.get());
        }
        Optional<CancelCause> cause = halt.cause();
        return cause.isEmpty() || published
                ? new JobOutcome.Completed()
                : Failures.canceled(phase, cause.get(), reason(cause.get()));
    }

    private void sweep(JobOutcome ending) throws IOException {
        enter(Phase.SWEEP, Optional.of(ending));
        sweeping = true;
        finish(ending);
    }

    private void finish(JobOutcome ending) throws IOException {
        List<String> problems = new ArrayList<>();
        if (!(ending instanceof JobOutcome.Completed)) {
            abandonLeftovers().ifPresent(problems::add);
        }
        try {
            boolean failed = !(ending instanceof JobOutcome.Completed);
            boolean unpublished =
                    ending.failure().filter(f -> f.phase() == Phase.PUBLISH).isPresent();
            sweep(workspace, key(), isKept(failed, unpublished));
        } catch (IOException | RuntimeException e) {
            problems.add("the workspace could not be removed: " + e);
        }
        if (ending instanceof JobOutcome.Completed) {
            for (String problem : problems) {
                warn(problem);
            }
        }
        report(new Transition.Ended(Failures.with(ending, problems), now()));
        ended.complete(new Cancellation(survivors));
    }

    private void sweep(Workspace swept, LaunchKey key, boolean keep) throws IOException {
        plane.sweeper().sweep(swept, key, keep);
        plane.orphans().markLogs(key.item().job());
        if (keep) {
            Orphans.unmark(swept);
        }
    }

    private boolean isKept(boolean failed, boolean unpublished) {
        return switch (spec.request().keepWorkspace().orElse(KeepWorkspace.NEVER)) {
            case NEVER -> false;
            case UNPUBLISHED -> unpublished;
            case ON_FAILURE -> failed;
            case ALWAYS -> true;
        };
    }

    // ---- what the phases share

    private void enter(Phase next, Optional<JobOutcome> ending) throws IOException {
        report(new Transition.Entered(next, attempt, now(), ending));
        phase = next;
    }

    private void warn(String warning) throws IOException {
        report(new Transition.Warned(warning));
    }

    /** Journals a transition, however long the store does not answer: nothing may follow before it is kept. */
    private void report(Transition transition) throws IOException {
        for (int tries = 1; ; tries++) {
            requireNotLetGo();
            try {
                reports.report(spec.key(), transition);
                return;
            } catch (LostClaimException | InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                makeRoom(e);
                LOG.warn("item {} waits, as its journal did not take a transition", spec.key(), e);
                halt.pause(plane.backoff().before(tries + 1));
            }
        }
    }

    /** The journal may be on the disk that the item fills; a script that still runs would fill this room, too. */
    private void makeRoom(IOException failure) {
        if (halt.running().map(script -> script.exit().isDone()).orElse(true)) {
            try {
                workspace.releaseReserve();
            } catch (IOException e) {
                failure.addSuppressed(e);
            }
        }
    }

    private void requireNotLetGo() throws LetGoException {
        if (halt.isLetGo()) {
            throw new LetGoException();
        }
    }

    private Guard limit(Phase phase) {
        Optional<Duration> limit = phase == Phase.STAGE
                ? spec.request().limits().stage()
                : spec.request().limits().publish();
        return halt.guard(phase, limit, (bytes, total) -> reports.progress(spec.key(), phase, bytes, total));
    }

    private void tryAgain(Phase phase, Guard limit, Exception e, int tries, int retries, Step again)
            throws IOException {
        requireNotLetGo();
        if (halt.isCanceled()) {
            halt.release(limit);
            sweep();
            return;
        }
        String stopped = limit.stopped();
        if (stopped == null && !Failures.isHopeless(e) && tries <= retries) {
            Duration wait = plane.backoff().before(tries + 1);
            warn(phase.name().toLowerCase(Locale.ROOT) + " failed, try " + tries + " of " + (retries + 1)
                    + ", and was tried again after " + Limits.text(wait) + ": " + Failures.message(e));
            halt.later(wait, () -> onWorker(again));
            return;
        }
        halt.release(limit);
        Failure failed = Failures.of(phase, e, stopped);
        failure = failure == null
                ? failed
                : failure.toBuilder().after(failed.message()).build();
        sweep();
    }

    private String reason(CancelCause cause) {
        return cause == CancelCause.CANCELED
                ? "the job was canceled"
                : "the job took longer than its time-out of "
                        + spec.request().limits().job().map(Limits::text).orElse("");
    }

    /** A step of the item; what it throws is the engine's failure, not the item's. */
    private interface Step {
        void run() throws IOException;
    }

    private void onWorker(Step step) {
        try {
            plane.workers().execute(() -> run(step));
        } catch (OutOfMemoryError e) {
            LOG.warn("there is no thread for item {} yet", spec.key(), e);
            Future<?> unused =
                    plane.timer().schedule(() -> onWorker(step), THREAD_PAUSE.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void run(Step step) {
        try {
            requireNotLetGo();
            step.run();
        } catch (LetGoException e) {
            leave();
        } catch (LostClaimException e) {
            LOG.warn("item {} is another engine's by now, and was left to it", spec.key());
            halt.letGo();
            leave();
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("item {} stopped, as the engine failed", spec.key(), e);
            crashed(e);
        }
    }

    /** Whoever goes on with an item that was not launched stages it anew, elsewhere. */
    private void leave() {
        if (phase == Phase.STAGE) {
            try {
                workspace.delete();
            } catch (IOException | RuntimeException e) {
                LOG.warn("what was staged for item {} could not be removed", spec.key(), e);
            }
        }
        ended.complete(Cancellation.clean());
    }

    /** The engine itself failed in a step: what runs is ended, and the item with it. */
    private void crashed(Throwable e) {
        if (crashed && sweeping) {
            ended.complete(new Cancellation(survivors)); // even the report of its end failed
            return;
        }
        crashed = true;
        String what = "the engine failed: " + e;
        failure = failure == null
                ? Failure.of(Phase.SWEEP, Failure.ENGINE, what)
                : failure.toBuilder().after(what).build();
        if (sweeping) {
            onWorker(this::endWithoutSweep);
            return;
        }
        Optional<LaunchedScript> running = halt.running();
        if (running.isEmpty()) {
            onWorker(this::sweep);
        } else {
            halt.exited();
            CompletableFuture<Cancellation> unused =
                    running.get().cancel(Duration.ZERO).whenComplete((c, ignored) -> onWorker(this::sweep));
        }
    }

    /** The sweep itself failed: what is left of the item stays, but its job ends. */
    private void endWithoutSweep() throws IOException {
        report(new Transition.Ended(ending(false), now()));
        ended.complete(new Cancellation(survivors));
    }

    /** The engine let go of the item while a step was under way; nothing of it is reported any more. */
    private static final class LetGoException extends IOException {
        private static final long serialVersionUID = 1L;

        LetGoException() {
            super("the engine let go of the item");
        }
    }
}
