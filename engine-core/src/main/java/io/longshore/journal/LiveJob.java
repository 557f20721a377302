package io.longshore.journal;

import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Script;
import io.longshore.codec.ItemState;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.Site.CancelCause;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A job that this engine holds; all but the finals are guarded by the job's own monitor. */
public final class LiveJob {
    /** One item: what was asked, where it stands, the version that the store holds, and whether its site has it. */
    static final class Item {
        final ItemRequest request;
        ItemState state;
        long version;
        boolean begun;

        Item(ItemRequest request, ItemState state, long version) {
            this.request = request;
            this.state = state;
            this.version = version;
        }

        JobItem item() {
            return state.item();
        }

        boolean hasEnded() {
            return item().outcome().isPresent();
        }
    }

    private final JobId id;
    private final JobRequest request;
    private final Script script;
    final List<Item> items = new ArrayList<>();
    JobRecord record;
    Instant modifiedAt;
    int pending;
    int nextToStart;
    boolean listing;

    @Nullable
    CancelCause ending;

    /** Why nothing of the job can begin that needs its secrets; set once, before anybody else knows the job. */
    @Nullable
    String secretsLost;

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

    synchronized JobRecord record() {
        return record;
    }

    /**
     * When the job was accepted.
     *
     * @return the time
     */
    public synchronized Instant createdAt() {
        return record.createdAt();
    }

    Job snapshot() {
        return snapshot(request);
    }

    /** The job as it is now, with a request that is shown in place of its own. */
    synchronized Job snapshot(JobRequest shown) {
        List<JobItem> states = new ArrayList<>(items.size());
        items.forEach(item -> states.add(item.item()));
        Job.Builder job = Job.builder(id, shown, script, record.createdAt())
                .state(record.state())
                .modifiedAt(modifiedAt)
                .items(states);
        record.runningAt().ifPresent(job::runningAt);
        if (record.state().isTerminal()) {
            record.endedAt().ifPresent(job::endedAt);
            job.outcome(Outcomes.of(this));
        }
        return job.build();
    }

    JobState state() {
        return record.state();
    }

    Optional<CancelCause> ending() {
        return Optional.ofNullable(ending);
    }

    Item item(ItemKey key) {
        return items.get(key.number());
    }

    /** Adds an item that the store has, or is about to have. */
    Item add(ItemRequest itemRequest, ItemState state, long version) {
        Item item = new Item(itemRequest, state, version);
        items.add(item);
        if (!item.hasEnded()) {
            pending++;
        }
        return item;
    }

    /** Adds an item that begins; what was asked of it is kept with it where its job's request does not hold it. */
    Item add(ItemRequest itemRequest, boolean expanded) {
        JobItem item = JobItem.builder(items.size(), itemRequest.key()).build();
        return add(itemRequest, ItemState.waiting(item, expanded ? Optional.of(itemRequest) : Optional.empty()), 0);
    }

    /** Adds an item that begins with the output of an earlier one's attempt, which is in a home. */
    Item addUnpublished(ItemRequest itemRequest, String home, LaunchKey origin) {
        JobItem item = JobItem.builder(items.size(), itemRequest.key()).build();
        return add(itemRequest, ItemState.unpublished(item, home, origin), 0);
    }

    /** The first item that waits and was not given out; empty if none does. */
    Optional<Item> nextWaiting() {
        while (nextToStart < items.size()
                && (items.get(nextToStart).begun || items.get(nextToStart).hasEnded())) {
            nextToStart++;
        }
        return ending != null || listing || nextToStart == items.size()
                ? Optional.empty()
                : Optional.of(items.get(nextToStart));
    }

    static ItemRecord.Status status(ItemState state) {
        if (state.item().outcome().isEmpty()) {
            return ItemRecord.Status.PENDING;
        }
        return state.item().outcome().get() instanceof JobOutcome.Completed
                ? ItemRecord.Status.COMPLETED
                : ItemRecord.Status.FAILED;
    }
}
