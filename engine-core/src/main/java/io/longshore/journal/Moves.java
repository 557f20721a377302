package io.longshore.journal;

import io.longshore.api.JobState;
import io.longshore.api.Phase;
import java.util.EnumSet;
import java.util.Map;
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

    /** A script that failed may be staged and run again, so the phases of an item are no straight line. */
    private static final Map<Phase, Set<Phase>> OF_ITEMS = Map.of(
            Phase.QUEUED, EnumSet.of(Phase.STAGE, Phase.DONE),
            Phase.STAGE, EnumSet.of(Phase.LAUNCH, Phase.SWEEP),
            Phase.LAUNCH, EnumSet.of(Phase.RUN, Phase.SWEEP),
            Phase.RUN, EnumSet.of(Phase.STAGE, Phase.PUBLISH, Phase.SWEEP),
            Phase.PUBLISH, EnumSet.of(Phase.SWEEP),
            Phase.SWEEP, EnumSet.of(Phase.DONE),
            Phase.DONE, Set.of());

    private Moves() {}

    static JobState require(JobState from, JobState to) {
        return require(OF_JOBS, from, to);
    }

    static Phase require(Phase from, Phase to) {
        return require(OF_ITEMS, from, to);
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
