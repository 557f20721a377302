package io.longshore.journal;

import io.longshore.api.Failure;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobState;
import io.longshore.api.Limits;
import io.longshore.api.Phase;
import io.longshore.spi.Site.CancelCause;
import java.util.Optional;

/** How jobs end, by how their items did (contract 3). */
final class Outcomes {
    private Outcomes() {}

    static JobOutcome of(LiveJob job) {
        Optional<JobOutcome> first = Optional.empty();
        Optional<JobOutcome> cut = Optional.empty();
        for (LiveJob.Item item : job.items) {
            JobOutcome outcome = item.item().outcome().orElseThrow();
            if (outcome instanceof JobOutcome.Failed) {
                first = first.or(() -> Optional.of(outcome));
            } else if (!(outcome instanceof JobOutcome.Completed)) {
                cut = cut.or(() -> Optional.of(outcome));
            }
        }
        if (job.ending != null && job.items.isEmpty()) {
            return beforeItBegan(job, job.ending);
        }
        if (cut.isPresent()) {
            return cut.get();
        }
        return first.isPresent() && !job.request().itemsMayFail() ? first.get() : new JobOutcome.Completed();
    }

    static JobState state(JobOutcome outcome) {
        if (outcome instanceof JobOutcome.Completed) {
            return JobState.COMPLETED;
        }
        if (outcome instanceof JobOutcome.Failed) {
            return JobState.FAILED;
        }
        return outcome instanceof JobOutcome.TimedOut ? JobState.TIMED_OUT : JobState.CANCELED;
    }

    /** What an item becomes that waits when its job is ended. */
    static JobOutcome beforeItBegan(LiveJob job, CancelCause cause) {
        if (cause == CancelCause.CANCELED) {
            return new JobOutcome.Canceled(
                    Failure.of(Phase.QUEUED, Failure.CANCELED, "the job was canceled before the item began"));
        }
        String limit = job.request().limits().job().map(Limits::text).orElse("");
        return new JobOutcome.TimedOut(Failure.of(
                Phase.QUEUED, Failure.TIMEOUT, "the job's time-out of " + limit + " passed before the item began"));
    }
}
