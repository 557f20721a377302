package io.longshore.journal;

import io.longshore.api.JobItem;
import io.longshore.api.JobState;
import io.longshore.api.Phase;
import io.longshore.codec.ItemState;
import io.longshore.spi.ItemReports.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The state machines of jobs and items, as data: what may follow what (contract 3.1). */
final class Moves {
    private static final Set<JobState> ENDS =
            EnumSet.of(JobState.COMPLETED, JobState.FAILED, JobState.TIMED_OUT, JobState.CANCELED);

    private static final Map<JobState, Set<JobState>> OF_JOBS = Map.of(
            JobState.QUEUED, union(EnumSet.of(JobState.RUNNING), ENDS),
            JobState.RUNNING, union(EnumSet.of(JobState.CANCELING), ENDS),
            JobState.CANCELING, ENDS,
            JobState.COMPLETED, Set.of(),
            JobState.FAILED, Set.of(),
            JobState.TIMED_OUT, Set.of(),
            JobState.CANCELED, Set.of());

    /**
     * A script that failed may be staged and run again, and an engine that takes over an item may have to stage it anew, so
     * the phases of an item are no straight line. An item that its site does not take is done, whatever its phase; one that
     * publishes the output of an earlier job begins with that.
     */
    private static final Map<Phase, Set<Phase>> OF_ITEMS = Map.of(
            Phase.QUEUED, EnumSet.of(Phase.STAGE, Phase.PUBLISH, Phase.DONE),
            Phase.STAGE, EnumSet.of(Phase.STAGE, Phase.LAUNCH, Phase.SWEEP, Phase.DONE),
            Phase.LAUNCH, EnumSet.of(Phase.STAGE, Phase.RUN, Phase.SWEEP, Phase.DONE),
            Phase.RUN, EnumSet.of(Phase.STAGE, Phase.PUBLISH, Phase.SWEEP, Phase.DONE),
            Phase.PUBLISH, EnumSet.of(Phase.STAGE, Phase.SWEEP, Phase.DONE),
            Phase.SWEEP, EnumSet.of(Phase.DONE),
            Phase.DONE, Set.of());

    private Moves() {}

    static JobState require(JobState from, JobState to) {
        return require(OF_JOBS, from, to);
    }

    static Phase require(Phase from, Phase to) {
        return require(OF_ITEMS, from, to);
    }

    /** What a transition makes of an item that runs in a home. */
    static ItemState apply(ItemState state, Transition transition, String home) {
        JobItem item = state.item();
        if (item.outcome().isPresent()) {
            throw new IllegalStateException("item " + item.number() + " has ended");
        }
        if (transition instanceof Transition.Entered entered) {
            boolean again =
                    entered.phase() == Phase.STAGE && (item.phase() == Phase.RUN || item.phase() == Phase.PUBLISH);
            JobItem.Builder next = item.toBuilder()
                    .phase(require(item.phase(), entered.phase()))
                    .attempts(entered.attempt());
            if (item.startedAt().isEmpty()) {
                next.startedAt(entered.at());
            }
            took(item, next, entered.at());
            return new ItemState(
                    next.build(),
                    state.expanded(),
                    entered.ending(),
                    state.failedRuns() + (again ? 1 : 0),
                    Optional.of(home),
                    state.origin());
        }
        return state.with(look(item, transition));
    }

    private static JobItem look(JobItem item, Transition transition) {
        JobItem.Builder next = item.toBuilder();
        if (transition instanceof Transition.Warned warned) {
            next.warning(warned.text());
        } else if (transition instanceof Transition.Committed committed) {
            if (item.outputs().stream()
                    .noneMatch(o -> o.output().equals(committed.output().output()))) {
                next.output(committed.output());
            }
        } else if (transition instanceof Transition.Ended ended) {
            Instant started = item.startedAt().orElse(ended.at());
            next.phase(require(item.phase(), Phase.DONE))
                    .outcome(ended.outcome())
                    .endedAt(ended.at().isAfter(started) ? ended.at() : started);
            took(item, next, ended.at());
        }
        return next.build();
    }

    /** Adds the time since the current phase was entered. */
    private static void took(JobItem item, JobItem.Builder next, Instant until) {
        if (item.phase() != Phase.QUEUED && item.startedAt().isPresent()) {
            Duration took = Duration.between(entered(item), until);
            next.took(item.phase(), took.isNegative() ? Duration.ZERO : took);
        }
    }

    /** When an item that has begun entered its phase: what the phases before it took is known. */
    static Instant entered(JobItem item) {
        Instant entered = item.startedAt().orElseThrow();
        for (Duration before : item.durations().values()) {
            entered = entered.plus(before);
        }
        return entered;
    }

    private static <S> S require(Map<S, Set<S>> moves, S from, S to) {
        if (!moves.getOrDefault(from, Set.of()).contains(to)) {
            throw new IllegalStateException(to + " does not follow " + from);
        }
        return to;
    }

    private static Set<JobState> union(Set<JobState> some, Set<JobState> more) {
        EnumSet<JobState> all = EnumSet.copyOf(some);
        all.addAll(more);
        return all;
    }
}
