package io.longshore.journal;

import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Script;
import io.longshore.spi.JobRecord;
import io.longshore.spi.Site.CancelCause;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A job that has not ended, as this engine holds it; all but the finals are guarded by the job's own monitor. */
public final class LiveJob {
    /** One item: what was asked, where it stands, and the version that the store holds. */
    static final class Item {
        final ItemRequest request;
        final boolean expanded;
        JobItem state;
        long version;

        Item(ItemRequest request, boolean expanded, JobItem state, long version) {
            this.request = request;
            this.expanded = expanded;
            this.state = state;
            this.version = version;
        }
    }

    private final JobId id;
    private final JobRequest request;
    private final Script script;
    final CompletableFuture<Job> ended = new CompletableFuture<>();
    final List<Item> items = new ArrayList<>();
    JobRecord record;
    Instant modifiedAt;
    int pending;
    int nextToStart;
    boolean listing;

    @Nullable
    CancelCause ending;

    LiveJob(JobRecord record, JobRequest request, Script script) {
        this.id = record.id();
        this.record = record;
        this.request = request;
        this.script = script;
        this.modifiedAt = record.modifiedAt();
        this.listing = request.items().stream().anyMatch(ItemRequest::forEachObject);
    }

    /**
     * The job's id.
     *
     * @return the id
     */
    public JobId id() {
        return id;
    }

    /**
     * What was asked.
     *
     * @return the request with its secrets
     */
    public JobRequest request() {
        return request;
    }

    /**
     * The script that runs.
     *
     * @return the script
     */
    public Script script() {
        return script;
    }

    synchronized Job snapshot() {
        List<JobItem> states = new ArrayList<>(items.size());
        items.forEach(item -> states.add(item.state));
        Job.Builder job = Job.builder(id, request, script, record.createdAt())
                .state(record.state())
                .modifiedAt(modifiedAt)
                .items(states);
        record.runningAt().ifPresent(job::runningAt);
        return job.build();
    }

    JobState state() {
        return record.state();
    }

    Optional<CancelCause> ending() {
        return Optional.ofNullable(ending);
    }
}
