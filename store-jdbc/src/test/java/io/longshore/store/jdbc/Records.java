package io.longshore.store.jdbc;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.Owner;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Jobs, items and owners for tests. */
final class Records {
    static final Instant START = Instant.parse("2025-06-30T10:00:00.123456789Z");

    private Records() {}

    static Owner owner(String id) {
        return new Owner(id, "machine", 1, "1");
    }

    static JobRecord job(String deployment) {
        return job(deployment, Optional.empty(), "{\"request\":\"žluť\"}");
    }

    static JobRecord job(String deployment, Optional<String> key, String request) {
        return JobRecord.queued(JobId.random(), key, deployment, 0, START, Optional.empty(), request);
    }

    static JobRecord running(JobRecord job) {
        return moved(job, JobState.RUNNING, START);
    }

    static JobRecord ended(JobRecord job, Instant at) {
        return moved(job, JobState.COMPLETED, at);
    }

    private static JobRecord moved(JobRecord job, JobState state, Instant at) {
        return job.moved(state, at, state.isTerminal() ? "{\"is\":\"Completed\"}" : "");
    }

    static List<ItemRecord> items(JobRecord job, int count) {
        return items(job, 0, count, "{}");
    }

    static List<ItemRecord> items(JobRecord job, int first, int count, String body) {
        return IntStream.range(first, first + count)
                .mapToObj(number -> new ItemRecord(new ItemKey(job.id(), number), 0, ItemRecord.Status.PENDING, body))
                .toList();
    }
}
