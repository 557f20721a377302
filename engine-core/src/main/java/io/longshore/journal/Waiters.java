package io.longshore.journal;

import io.longshore.api.Job;
import io.longshore.api.JobId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Who waits for the ends of jobs; futures complete on other threads, so that what callers do there holds up nothing. */
final class Waiters {
    private final Map<JobId, CompletableFuture<Job>> futures = new ConcurrentHashMap<>();
    private final Executor notifier;

    Waiters(Executor notifier) {
        this.notifier = notifier;
    }

    /** The one future of a job; the caller looks at the job after this, so that an end cannot slip between. */
    CompletableFuture<Job> of(JobId id) {
        return futures.computeIfAbsent(id, unused -> new CompletableFuture<>());
    }

    List<JobId> ids() {
        return List.copyOf(futures.keySet());
    }

    void ended(Job job) {
        CompletableFuture<Job> future = futures.remove(job.id());
        if (future != null) {
            notifier.execute(() -> future.complete(job));
        }
    }

    void failed(JobId id, String why) {
        CompletableFuture<Job> future = futures.remove(id);
        if (future != null) {
            notifier.execute(() -> future.completeExceptionally(new IllegalStateException(why)));
        }
    }

    void forget(JobId id) {
        futures.remove(id);
    }
}
