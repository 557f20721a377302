package io.longshore.lifecycle;

import io.longshore.api.Failure;
import io.longshore.api.JobOutcome;
import io.longshore.api.Phase;
import io.longshore.publish.OutputException;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.Site.CancelCause;
import io.longshore.stage.InputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What went wrong, in the words of an outcome. */
final class Failures {
    private Failures() {}

    /** Why a script failed; empty for exit code 0 (contract 3.2). */
    static Optional<Failure> of(ScriptExit exit, Path stderr) {
        if (exit instanceof ScriptExit.Exited exited) {
            return exited.code() == 0
                    ? Optional.empty()
                    : Optional.of(Failure.builder(
                                    Phase.RUN, Failure.EXIT_CODE, "script ended with exit code " + exited.code())
                            .exitCode(exited.code())
                            .stderr(LogTail.of(stderr))
                            .build());
        }
        if (exit instanceof ScriptExit.Signaled signaled) {
            return Optional.of(
                    Failure.builder(Phase.RUN, Failure.SIGNAL, "script was ended by signal " + signaled.signal())
                            .signal(signaled.signal())
                            .stderr(LogTail.of(stderr))
                            .build());
        }
        if (exit instanceof ScriptExit.NotStarted notStarted) {
            return Optional.of(notStarted(notStarted.reason()));
        }
        ScriptExit.Lost lost = (ScriptExit.Lost) exit;
        return Optional.of(Failure.builder(Phase.RUN, Failure.LOST, "script was lost: " + lost.reason())
                .stderr(LogTail.of(stderr))
                .build());
    }

    static Failure notStarted(String reason) {
        return Failure.of(Phase.LAUNCH, Failure.NOT_STARTED, "script could not be started: " + reason);
    }

    /** Why a phase failed that could not be tried again; {@code stopped} says what stopped it, if something did. */
    static Failure of(Phase phase, Exception e, @Nullable String stopped) {
        return stopped != null ? Failure.of(phase, Failure.TIMEOUT, stopped) : Failure.of(phase, code(e), message(e));
    }

    private static String code(Exception e) {
        if (e instanceof InputException) {
            return Failure.INPUT;
        }
        if (e instanceof OutputException || e instanceof EmptyOutputException) {
            return Failure.OUTPUT;
        }
        return e instanceof RuntimeException ? Failure.ENGINE : Failure.STORAGE;
    }

    static String message(Exception e) {
        return e instanceof RuntimeException || e.getMessage() == null ? e.toString() : e.getMessage();
    }

    /** Whether trying again cannot help. */
    static boolean isHopeless(Exception e) {
        return e instanceof InputException
                || e instanceof OutputException
                || e instanceof EmptyOutputException
                || e instanceof PermanentStorageException
                || e instanceof RuntimeException;
    }

    static JobOutcome canceled(Phase phase, CancelCause cause, String why) {
        return cause == CancelCause.CANCELED
                ? new JobOutcome.Canceled(Failure.of(phase, Failure.CANCELED, why))
                : new JobOutcome.TimedOut(Failure.of(phase, Failure.TIMEOUT, why));
    }

    static JobOutcome survived(Optional<Failure> failure, List<String> survivors) {
        String what = "processes of the script could not be ended: " + survivors;
        return new JobOutcome.Failed(failure.map(f -> f.toBuilder().after(what).build())
                .orElseGet(() -> Failure.of(Phase.RUN, Failure.ENGINE, what)));
    }

    /** The same outcome with what failed afterwards; one without a failure has no place for it. */
    static JobOutcome with(JobOutcome outcome, List<String> problems) {
        if (problems.isEmpty() || outcome.failure().isEmpty()) {
            return outcome;
        }
        Failure.Builder more = outcome.failure().get().toBuilder();
        problems.forEach(more::after);
        Failure failure = more.build();
        if (outcome instanceof JobOutcome.TimedOut) {
            return new JobOutcome.TimedOut(failure);
        }
        return outcome instanceof JobOutcome.Canceled
                ? new JobOutcome.Canceled(failure)
                : new JobOutcome.Failed(failure);
    }
}
