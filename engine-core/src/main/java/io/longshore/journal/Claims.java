package io.longshore.journal;

import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobRequest;
import io.longshore.codec.ItemCodec;
import io.longshore.codec.ItemState;
import io.longshore.codec.RequestCodec;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How an engine gets hold of jobs: as whom it claims them, and how a record becomes a job again. */
public final class Claims {
    /** So many jobs that were accepted here need not be read again when they are claimed here. */
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private static final int MOST_REMEMBERED = 1_000;

    private final JobStore store;
    private final RequestCodec codec;
    private final Owner owner;
    private final Predicate<Owner> gone;

    /** Jobs that were accepted here and not claimed yet; guarded by itself. */
    private final Map<JobId, LiveJob> accepted = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<JobId, LiveJob> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    /**
     * Claims of one engine.
     *
     * @param store where jobs are kept
     * @param codec how requests become text
     * @param owner as whom the engine claims jobs
     * @param gone whether another owner is known to be gone
     */
    public Claims(JobStore store, RequestCodec codec, Owner owner, Predicate<Owner> gone) {
        this.store = store;
        this.codec = codec;
        this.owner = owner;
        this.gone = gone;
    }

    Owner owner() {
        return owner;
    }

    boolean isGone(Owner other) {
        return gone.test(other);
    }

    void accepted(LiveJob job) {
        synchronized (accepted) {
            accepted.put(job.id(), job);
        }
    }

    /** A job that was claimed just now; empty if what the store has of it cannot be read. */
    Optional<LiveJob> load(JobRecord record) throws IOException {
        LiveJob known;
        synchronized (accepted) {
            known = accepted.remove(record.id());
        }
        if (known != null && record.version() == 0 && record.epoch() == 1) {
            synchronized (known) {
                known.record = record;
            }
            return Optional.of(known);
        }
        List<ItemRecord> items = store.items(record.id());
        try {
            return Optional.of(open(record, items));
        } catch (IOException | RuntimeException e) {
            LOG.warn("job {} cannot be read", record.id(), e);
            return Optional.empty();
        }
    }

    private LiveJob open(JobRecord record, List<ItemRecord> items) throws IOException {
        LiveJob job = open(record);
        synchronized (job) {
            job.listing &= items.isEmpty();
            int number = 0;
            for (ItemRecord each : items) {
                ItemState state = ItemCodec.read(each.key().number(), each.body());
                ItemRequest request = state.expanded().isPresent()
                        ? state.expanded().get()
                        : job.request().items().get(number);
                job.add(request, state, each.version());
                number++;
            }
        }
        return job;
    }

    /** The job with its secrets; without them where their key is gone, so that its items fail and say so. */
    private LiveJob open(JobRecord record) throws IOException {
        try {
            return new LiveJob(record, codec.request(record.id(), record.request()), codec.script(record.request()));
        } catch (IOException e) {
            JobRequest without = codec.requestWithoutSecrets(record.request());
            LiveJob job = new LiveJob(record, without, codec.script(record.request()));
            job.secretsLost = "the secrets of the job cannot be opened, as their key is gone: " + e.getMessage();
            return job;
        }
    }

    /** A job that this engine held, for those who look at it after its end. */
    Job withoutSecrets(LiveJob job) {
        try {
            return job.snapshot(codec.requestWithoutSecrets(job.record().request()));
        } catch (IOException e) {
            LOG.warn("job {} cannot be read back", job.id(), e);
            return job.snapshot();
        }
    }

    /**
     * A job as the store has it.
     *
     * @throws DamagedJobException if what the store has is no job
     */
    Job read(JobRecord record) throws IOException {
        List<ItemRecord> items = store.items(record.id());
        try {
            return read(record, items);
        } catch (IOException | RuntimeException e) {
            throw new DamagedJobException(record.id(), e);
        }
    }

    private Job read(JobRecord record, List<ItemRecord> records) throws IOException {
        List<JobItem> items = new ArrayList<>();
        for (ItemRecord item : records) {
            items.add(ItemCodec.read(item.key().number(), item.body()).item());
        }
        Job.Builder job = Job.builder(
                        record.id(),
                        codec.requestWithoutSecrets(record.request()),
                        codec.script(record.request()),
                        record.createdAt())
                .state(record.state())
                .modifiedAt(record.modifiedAt())
                .items(items);
        record.runningAt().ifPresent(job::runningAt);
        record.endedAt().ifPresent(job::endedAt);
        if (record.state().isTerminal()) {
            job.outcome(ItemCodec.outcome(record.result()));
        }
        return job.build();
    }
}
