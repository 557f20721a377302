package io.longshore.engine;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.api.Phase;
import io.longshore.codec.ItemCodec;
import io.longshore.journal.MemoryJobStore;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A store in memory that can be told not to take a write. */
final class FaultyJobStore implements JobStore {
    private final MemoryJobStore store = new MemoryJobStore();
    private final CountDownLatch failed = new CountDownLatch(1);
    private final Object lock = new Object();
    // Guarded by lock.
    private @Nullable Phase failingPhase;
    private @Nullable JobState failingState;
    private boolean failingListing;
    private @Nullable Exception failure;
    private boolean once;
    private volatile boolean durable;

    /** Makes it say that jobs outlive their engine, so that a close does not wait for them. */
    FaultyJobStore durable() {
        durable = true;
        return this;
    }

    /** Makes the next write of an item in a phase fail, with an {@link IOException} or an unchecked exception. */
    void failNextItem(Phase phase, Exception thrown) {
        synchronized (lock) {
            failingPhase = phase;
            failure = thrown;
            once = true;
        }
    }

    /** Makes all writes of items in a phase fail until it {@linkplain #recover recovers}. */
    void failItems(Phase phase, IOException thrown) {
        synchronized (lock) {
            failingPhase = phase;
            failure = thrown;
            once = false;
        }
    }

    /** Makes the next write of a job in a state fail, with an {@link IOException} or an unchecked exception. */
    void failNextJob(JobState state, Exception thrown) {
        synchronized (lock) {
            failingState = state;
            failure = thrown;
            once = true;
        }
    }

    /** Makes the next write of items that a folder gave fail. */
    void failNextListing(IOException thrown) {
        synchronized (lock) {
            failingListing = true;
            failure = thrown;
            once = true;
        }
    }

    void recover() {
        synchronized (lock) {
            failingPhase = null;
            failingState = null;
            failingListing = false;
            failure = null;
        }
    }

    /** Is at zero once a write has failed. */
    CountDownLatch failed() {
        return failed;
    }

    private void failIf(boolean told) throws IOException {
        Exception thrown = failure;
        if (!told || thrown == null) {
            return;
        }
        if (once) {
            recover();
        }
        failed.countDown();
        if (thrown instanceof IOException e) {
            throw e;
        }
        throw (RuntimeException) thrown;
    }

    @Override
    public boolean update(JobRecord next) throws IOException {
        synchronized (lock) {
            failIf(next.state() == failingState);
        }
        return store.update(next);
    }

    @Override
    public boolean update(ItemRecord next, long epoch) throws IOException {
        Phase phase = ItemCodec.read(next.key().number(), next.body()).item().phase();
        synchronized (lock) {
            failIf(phase == failingPhase);
        }
        return store.update(next, epoch);
    }

    @Override
    public boolean isDurable() {
        return durable;
    }

    @Override
    public JobRecord create(JobRecord job, List<ItemRecord> items) throws IOException {
        return store.create(job, items);
    }

    @Override
    public Optional<JobRecord> find(JobId id) throws IOException {
        return store.find(id);
    }

    @Override
    public List<ItemRecord> items(JobId id) throws IOException {
        return store.items(id);
    }

    @Override
    public List<JobRecord> list(int limit) throws IOException {
        return store.list(limit);
    }

    @Override
    public void keepAlive(Owner owner, Duration lease) throws IOException {
        store.keepAlive(owner, lease);
    }

    @Override
    public Optional<JobRecord> claim(Owner owner, int limit) throws IOException {
        return store.claim(owner, limit);
    }

    @Override
    public Optional<JobRecord> claim(Owner owner, JobId id, Predicate<Owner> gone) throws IOException {
        return store.claim(owner, id, gone);
    }

    @Override
    public List<JobRecord> takeOver(Owner owner, Predicate<Owner> gone) throws IOException {
        return store.takeOver(owner, gone);
    }

    @Override
    public void release(Owner owner) throws IOException {
        store.release(owner);
    }

    @Override
    public boolean holds(JobId id, long epoch) throws IOException {
        return store.holds(id, epoch);
    }

    @Override
    public boolean requestCancel(JobId id) throws IOException {
        return store.requestCancel(id);
    }

    @Override
    public List<JobId> cancelRequests(Owner owner) throws IOException {
        return store.cancelRequests(owner);
    }

    @Override
    public List<JobId> overdue(Instant now, int limit) throws IOException {
        return store.overdue(now, limit);
    }

    @Override
    public boolean add(List<ItemRecord> items, long epoch) throws IOException {
        synchronized (lock) {
            failIf(failingListing);
        }
        return store.add(items, epoch);
    }

    @Override
    public List<JobId> prune(Instant before, int newest) throws IOException {
        return store.prune(before, newest);
    }

    @Override
    public void onWake(Runnable wake) {
        store.onWake(wake);
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
