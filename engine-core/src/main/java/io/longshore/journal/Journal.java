package io.longshore.journal;

import io.longshore.api.Failure;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobEvent;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.Phase;
import io.longshore.api.Script;
import io.longshore.codec.ItemCodec;
import io.longshore.codec.ItemState;
import io.longshore.codec.RequestCodec;
import io.longshore.codec.Resume;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.ItemReports;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LostClaimException;
import io.longshore.spi.Site.CancelCause;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every change of a job or item goes through here: it is checked against the state machine, written to the store, and
 * told to listeners, in that order, under the job's monitor. Only the engine that holds a job changes it.
 */
public final class Journal implements ItemReports {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    /** As each of them is ended by itself, and the next look comes soon. */
    private static final int MOST_OVERDUE = 100;

    private final JobStore store;
    private final Claims claims;
    private final RequestCodec codec;
    private final Events events;
    private final InstantSource clock;
    private final String home;
    private final Waiters waiters;
    private final Map<JobId, LiveJob> held = new ConcurrentHashMap<>();
    private final Queue<JobRecord> unread = new ConcurrentLinkedQueue<>(); // claimed, and not read yet
    private volatile Consumer<ItemKey> itemReleased = key -> {};
    private volatile Consumer<JobId> jobEnded = id -> {};
    private volatile Runnable jobLost = () -> {};

    /**
     * A journal over a store.
     *
     * @param store where jobs are kept
     * @param claims how this engine gets hold of jobs
     * @param codec how requests become text
     * @param events where events go
     * @param clock tells the time
     * @param home names the directories of this engine
     * @param notifier completes the futures of callers, so that what they do there holds up nothing
     */
    public Journal(
            JobStore store,
            Claims claims,
            RequestCodec codec,
            Events events,
            InstantSource clock,
            String home,
            Executor notifier) {
        this.store = store;
        this.claims = claims;
        this.codec = codec;
        this.events = events;
        this.clock = clock;
        this.home = home;
        this.waiters = new Waiters(notifier);
    }

    /**
     * Says what to call when something has ended; called without locks held.
     *
     * @param onItem takes each item that its site is done with
     * @param onJob takes each job that ended
     * @param onLoss run when a job turns out to be another engine's, so that its end is to be {@linkplain #lookForEnds
     *     looked for}; called with locks held
     */
    public void onEnd(Consumer<ItemKey> onItem, Consumer<JobId> onJob, Runnable onLoss) {
        this.itemReleased = onItem;
        this.jobEnded = onJob;
        this.jobLost = onLoss;
    }

    // ---- jobs

    /**
     * Accepts a job.
     *
     * @param request what is asked
     * @param script the script that runs
     * @return the job; an earlier one if the client's key was used before
     * @throws IOException if the store does not take it
     */
    public Job create(JobRequest request, Script script) throws IOException {
        return create(request, script, job -> {
            if (!job.listing) {
                request.items().forEach(item -> job.add(item, false));
            }
        });
    }

    /**
     * Accepts a job that publishes what an earlier one could not.
     *
     * @param id the earlier job, which has ended
     * @param isKept whether the directories of an attempt are still there
     * @return the new job, or empty if there is nothing kept of the earlier one that was not published
     * @throws IOException if the store does not answer, or the earlier job's secrets cannot be opened
     */
    public Optional<Job> republish(JobId id, Predicate<LaunchKey> isKept) throws IOException {
        Optional<JobRecord> record = store.find(id);
        if (record.isEmpty()) {
            return Optional.empty();
        }
        JobRequest request = codec.request(id, record.get().request());
        Map<ItemRequest, LaunchKey> origins = new LinkedHashMap<>();
        for (ItemRecord each : store.items(id)) {
            ItemState state = ItemCodec.read(each.key().number(), each.body());
            LaunchKey origin = state.origin()
                    .orElse(new LaunchKey(each.key(), Math.max(1, state.item().attempts())));
            Optional<Failure> failure = state.item().outcome().flatMap(JobOutcome::failure);
            if (failure.isPresent() && failure.get().phase() == Phase.PUBLISH && isKept.test(origin)) {
                origins.put(
                        state.expanded()
                                .orElseGet(() -> request.items().get(each.key().number())),
                        origin);
            }
        }
        if (origins.isEmpty()) {
            return Optional.empty();
        }
        JobRequest again = request.anew(List.copyOf(origins.keySet()));
        Script script = codec.script(record.get().request());
        return Optional.of(create(
                again, script, job -> origins.forEach((item, origin) -> job.addUnpublished(item, home, origin))));
    }

    private Job create(JobRequest request, Script script, Consumer<LiveJob> items) throws IOException {
        JobId id = JobId.random();
        Instant now = clock.instant();
        JobRecord record = JobRecord.queued(
                id,
                request.key(),
                script.ref().id(),
                request.priority(),
                now,
                request.limits().job().map(now::plus),
                codec.write(id, request, script));
        LiveJob job = new LiveJob(record, request, script);
        items.accept(job);
        List<ItemRecord> records = new ArrayList<>();
        for (LiveJob.Item item : job.items) {
            records.add(record(job, item));
        }
        Job snapshot = job.snapshot();
        claims.accepted(job); // before the store has it, so that whoever claims it here need not read it again
        JobRecord kept = store.create(record, records);
        if (!kept.id().equals(id)) {
            return find(kept.id()).orElseThrow();
        }
        events.send(new JobEvent.StateChanged(snapshot));
        return snapshot;
    }

    /**
     * Finds a job.
     *
     * @param id its id
     * @return the job as it is now
     * @throws IOException if the store does not answer
     */
    public Optional<Job> find(JobId id) throws IOException {
        LiveJob job = held.get(id);
        if (job != null) {
            return Optional.of(job.snapshot());
        }
        Optional<JobRecord> record = store.find(id);
        return record.isPresent() ? Optional.of(claims.read(record.get())) : Optional.empty();
    }

    /**
     * Lists the jobs that are kept.
     *
     * @return the jobs, newest first
     * @throws IOException if the store does not answer
     */
    public List<Job> list() throws IOException {
        List<Job> jobs = new ArrayList<>();
        for (JobRecord record : store.list(Integer.MAX_VALUE)) {
            LiveJob job = held.get(record.id());
            try {
                jobs.add(job != null ? job.snapshot() : claims.read(record));
            } catch (DamagedJobException e) {
                LOG.warn("job {} is not listed", record.id(), e);
            }
        }
        return jobs;
    }

    /**
     * A future of a job's end.
     *
     * @param id its id
     * @return a future of the caller's own, or empty if there is no such job
     * @throws IOException if the store does not answer
     */
    public Optional<CompletableFuture<Job>> whenEnded(JobId id) throws IOException {
        CompletableFuture<Job> future = waiters.of(id);
        Optional<Job> job = find(id);
        if (job.isEmpty()) {
            waiters.forget(id);
            return Optional.empty();
        }
        if (job.get().state().isTerminal()) {
            waiters.ended(job.get());
        }
        return Optional.of(future.copy());
    }

    /**
     * Looks whether jobs that somebody waits for were ended by other engines.
     *
     * @throws IOException if the store does not answer
     */
    public void lookForEnds() throws IOException {
        for (JobId id : waiters.ids()) {
            if (!held.containsKey(id)) {
                Optional<Job> job = find(id);
                if (job.isPresent() && job.get().state().isTerminal()) {
                    waiters.ended(job.get());
                }
            }
        }
    }

    /**
     * Whether anybody waits for a job that another engine may end.
     *
     * @return true if so
     */
    public boolean hasWaiters() {
        return waiters.ids().stream().anyMatch(id -> !held.containsKey(id));
    }

    /**
     * Whether this engine holds a job.
     *
     * @param id the job
     * @return true if it is one of {@link #heldJobs}
     */
    public boolean isHeld(JobId id) {
        return held.containsKey(id);
    }

    /**
     * The jobs that this engine holds.
     *
     * @return their ids now
     */
    public List<JobId> heldJobs() {
        return List.copyOf(held.keySet());
    }

    // ---- what the queue does

    /**
     * Claims the job whose turn it is.
     *
     * @param limit how many jobs of one deployment may be claimed at once
     * @return the job, or empty if none may run
     * @throws IOException if the store does not answer
     */
    public Optional<LiveJob> claim(int limit) throws IOException {
        Optional<JobRecord> record = store.claim(claims.owner(), limit);
        while (record.isPresent()) {
            Optional<LiveJob> job = hold(record.get());
            if (job.isPresent()) {
                return job;
            }
            record = store.claim(claims.owner(), limit);
        }
        return Optional.empty();
    }

    /**
     * Claims one job that no living engine holds.
     *
     * @param id the job
     * @return the job, or empty if it is gone, has ended or is somebody's
     * @throws IOException if the store does not answer
     */
    public Optional<LiveJob> claim(JobId id) throws IOException {
        LiveJob job = held.get(id);
        if (job != null) {
            return Optional.of(job);
        }
        Optional<JobRecord> record = store.claim(claims.owner(), id, claims::isGone);
        return record.isPresent() ? hold(record.get()) : Optional.empty();
    }

    /**
     * Takes over the jobs of engines that are gone, and those that this one claimed and could not read yet.
     *
     * @return the jobs
     * @throws IOException if the store does not answer
     */
    public List<LiveJob> takeOver() throws IOException {
        unread.addAll(store.takeOver(claims.owner(), claims::isGone));
        List<LiveJob> taken = new ArrayList<>();
        for (int left = unread.size(); left > 0; left--) {
            @Nullable JobRecord record = unread.poll();
            if (record != null) {
                try {
                    hold(record).ifPresent(taken::add);
                } catch (IOException e) {
                    LOG.warn("job {} waits, as the job store does not give its items", record.id(), e);
                }
            }
        }
        return taken;
    }

    /** The job, in hand; empty if what the store has of it cannot be read, by which it has failed. */
    private Optional<LiveJob> hold(JobRecord record) throws IOException {
        Optional<LiveJob> job;
        try {
            job = claims.load(record);
        } catch (IOException e) {
            unread.add(record);
            throw e;
        }
        if (job.isEmpty()) {
            Failure failure = Failure.of(Phase.QUEUED, Failure.ENGINE, "what the job store has of the job is damaged");
            String result = ItemCodec.write(new JobOutcome.Failed(failure));
            Instant now = later(record.modifiedAt(), clock.instant());
            boolean unused = store.update(record.moved(JobState.FAILED, now, result));
            waiters.failed(record.id(), failure.message());
        } else {
            held.put(record.id(), job.get());
        }
        return job;
    }

    /**
     * Takes the next item that waits.
     *
     * @param job the job
     * @return the item's number, which is not given again, or empty if none waits
     */
    public OptionalInt takeNext(LiveJob job) {
        synchronized (job) {
            Optional<LiveJob.Item> next = job.nextWaiting();
            next.ifPresent(item -> item.begun = true);
            return next.isPresent() ? OptionalInt.of(next.get().item().number()) : OptionalInt.empty();
        }
    }

    /**
     * Whether items of a job still wait for their turn.
     *
     * @param job the job
     * @return true if {@link #takeNext} would give one
     */
    public boolean hasNext(LiveJob job) {
        synchronized (job) {
            return job.nextWaiting().isPresent();
        }
    }

    /**
     * Takes the items that an engine before this one began and did not end.
     *
     * @param job a job that was taken over
     * @return their numbers, which are not given again
     */
    public List<Integer> takeBegun(LiveJob job) {
        synchronized (job) {
            List<Integer> begun = new ArrayList<>();
            for (LiveJob.Item item : job.items) {
                if (!item.begun && !item.hasEnded() && item.item().phase() != Phase.QUEUED) {
                    item.begun = true;
                    begun.add(item.item().number());
                }
            }
            return begun;
        }
    }

    /**
     * What was asked of an item.
     *
     * @param job the job
     * @param number the item
     * @return its key and inputs
     */
    public ItemRequest item(LiveJob job, int number) {
        synchronized (job) {
            return job.items.get(number).request;
        }
    }

    /**
     * Why an item cannot be staged: its secrets are lost.
     *
     * @param job the job
     * @param number the item
     * @return the reason, or empty if they are not, or it has come further than that
     */
    public Optional<String> secretsLost(LiveJob job, int number) {
        synchronized (job) {
            Phase phase = job.items.get(number).item().phase();
            return phase == Phase.QUEUED || phase == Phase.STAGE
                    ? Optional.ofNullable(job.secretsLost)
                    : Optional.empty();
        }
    }

    /**
     * Where an item goes on that was begun before.
     *
     * @param job the job
     * @param number the item
     * @return the place, or empty for an item that waits
     */
    public Optional<Resume> resume(LiveJob job, int number) {
        synchronized (job) {
            ItemState state = job.items.get(number).state;
            JobItem item = state.item();
            boolean waits = item.phase() == Phase.QUEUED;
            if (waits && state.origin().isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new Resume(
                    item.phase(),
                    waits ? 1 : item.attempts(),
                    state.failedRuns(),
                    state.ending(),
                    waits ? clock.instant() : Moves.entered(item),
                    state.home().equals(Optional.of(home)),
                    state.origin()));
        }
    }

    /**
     * Whether the items of a job are to be listed before they can run; the job runs from now on.
     *
     * @param job the job
     * @return true if so
     * @throws IOException if the store does not answer
     */
    public boolean beginListing(LiveJob job) throws IOException {
        synchronized (job) {
            if (!job.listing || job.ending != null) {
                return false;
            }
            run(job);
            return true;
        }
    }

    /**
     * Gives a job the items that were listed. Where the store did not answer, it may be called anew.
     *
     * @param job the job
     * @param listed the items
     * @param failures why the folder of an item key could not be listed; each becomes one failed item
     * @throws IOException if the store does not answer
     */
    public void endListing(LiveJob job, List<ItemRequest> listed, Map<String, Failure> failures) throws IOException {
        synchronized (job) {
            if (job.listing) {
                addListed(job, listed, failures);
            }
            endIfDone(job);
        }
        afterEnd(job);
    }

    private void addListed(LiveJob job, List<ItemRequest> listed, Map<String, Failure> failures) throws IOException {
        List<ItemRecord> records = new ArrayList<>();
        boolean written = false;
        try {
            if (job.ending == null) {
                for (ItemRequest item : listed) {
                    records.add(record(job, job.add(item, true)));
                }
                for (Map.Entry<String, Failure> failure : failures.entrySet()) {
                    LiveJob.Item item = job.add(ItemRequest.of(failure.getKey(), List.of()), true);
                    item.state = item.state.with(ended(job, item.item(), new JobOutcome.Failed(failure.getValue())));
                    job.pending--;
                    records.add(record(job, item));
                }
            }
            if (!store.add(records, job.record.epoch())) {
                throw lost(job);
            }
            job.listing = false;
            written = true;
        } finally {
            if (!written) {
                job.items.clear();
                job.pending = 0;
            }
        }
    }

    /**
     * Begins the end of a job, unless it has begun: items that wait are ended at once, and no more of them start.
     *
     * @param job the job
     * @param cause why
     * @return the items that have begun and not ended, which their site must end
     * @throws IOException if the store does not answer
     */
    public List<ItemKey> beginEnd(LiveJob job, CancelCause cause) throws IOException {
        List<ItemKey> begun = new ArrayList<>();
        synchronized (job) {
            for (LiveJob.Item item : job.items) {
                if (item.begun && !item.hasEnded()) {
                    begun.add(key(job, item));
                }
            }
            if (job.ending != null || job.state().isTerminal()) {
                return begun;
            }
            job.ending = cause;
            boolean written = false;
            try {
                if (cause == CancelCause.CANCELED && job.state() == JobState.RUNNING) {
                    write(job, JobState.CANCELING, "");
                    events.send(new JobEvent.StateChanged(job.snapshot()));
                }
                for (LiveJob.Item item : job.items) {
                    if (!item.begun && !item.hasEnded()) {
                        end(job, item, Outcomes.beforeItBegan(job, cause));
                    }
                }
                endIfDone(job);
                written = true;
            } finally {
                if (!written) {
                    job.ending = null; // so that it can be asked for again
                }
            }
        }
        afterEnd(job);
        return begun;
    }

    /**
     * Ends an item that its site did not take. Where the store did not answer, it may be called anew.
     *
     * @param key the item
     * @param failure why
     * @throws IOException if the store does not answer
     */
    public void failToStart(ItemKey key, Failure failure) throws IOException {
        LiveJob job = require(key);
        synchronized (job) {
            LiveJob.Item item = job.item(key);
            if (!item.hasEnded()) {
                end(job, item, new JobOutcome.Failed(failure));
            }
            endIfDone(job);
        }
        afterEnd(job);
    }

    /**
     * Ends a job whose items have all ended, where its engine was gone before it could.
     *
     * @param job the job
     * @throws IOException if the store does not answer
     */
    public void endIfAllEnded(LiveJob job) throws IOException {
        synchronized (job) {
            if (!job.items.isEmpty()) {
                endIfDone(job);
            }
        }
        afterEnd(job);
    }

    /**
     * Why a job is being ended.
     *
     * @param job the job
     * @return the cause, or empty if it is not
     */
    public Optional<CancelCause> ending(LiveJob job) {
        synchronized (job) {
            return job.ending();
        }
    }

    /**
     * The jobs that nobody claimed before their time-outs passed.
     *
     * @return the ids of some of them, those that waited longest
     * @throws IOException if the store does not answer
     */
    public List<JobId> overdue() throws IOException {
        return store.overdue(clock.instant(), MOST_OVERDUE);
    }

    /**
     * The jobs that somebody asked to end, and this engine holds.
     *
     * @return their ids
     * @throws IOException if the store does not answer
     */
    public List<JobId> cancelRequests() throws IOException {
        return store.cancelRequests(claims.owner());
    }

    /**
     * Asks the engine that holds a job to end it.
     *
     * @param id the job
     * @throws IOException if the store does not answer
     */
    public void requestCancel(JobId id) throws IOException {
        store.requestCancel(id);
    }

    // ---- what a site reports

    @Override
    public void report(ItemKey key, Transition transition) throws IOException {
        LiveJob job = require(key);
        boolean ended = transition instanceof Transition.Ended;
        synchronized (job) {
            if (transition instanceof Transition.Entered) {
                run(job);
            }
            LiveJob.Item item = job.item(key);
            if (!ended) {
                write(job, item, Moves.apply(item.state, transition, home));
            } else {
                if (!item.hasEnded()) { // else it is reported anew, as the end of the job was not kept
                    write(job, item, Moves.apply(item.state, transition, home));
                    job.pending--;
                }
                endIfDone(job);
            }
        }
        if (ended) {
            afterEnd(job);
        }
    }

    @Override
    public void released(ItemKey key) {
        itemReleased.accept(key);
    }

    @Override
    public boolean mayCommit(ItemKey key) {
        LiveJob job = held.get(key.job());
        if (job == null) {
            return false;
        }
        long epoch;
        synchronized (job) {
            if (job.ending != null || job.item(key).item().phase() != Phase.PUBLISH) {
                return false;
            }
            epoch = job.record.epoch();
        }
        try {
            return store.holds(key.job(), epoch);
        } catch (IOException e) {
            LOG.warn("item {} was not published, as it is not known whose it is", key, e);
            return false;
        }
    }

    @Override
    public void progress(ItemKey key, Phase phase, long bytes, OptionalLong totalBytes) {
        events.send(new JobEvent.Progress(key.job(), key.number(), phase, bytes, totalBytes));
    }

    // ---- writes; all under the job's monitor

    private static ItemKey key(LiveJob job, LiveJob.Item item) {
        return new ItemKey(job.id(), item.item().number());
    }

    private static ItemRecord record(LiveJob job, LiveJob.Item item) throws IOException {
        return new ItemRecord(key(job, item), item.version, LiveJob.status(item.state), ItemCodec.write(item.state));
    }

    private void write(LiveJob job, LiveJob.Item item, ItemState next) throws IOException {
        ItemState before = item.state;
        item.state = next;
        item.version++;
        boolean written = false;
        try {
            written = store.update(record(job, item), job.record.epoch());
        } finally {
            if (!written) {
                item.state = before;
                item.version--;
            }
        }
        if (!written) {
            throw lost(job);
        }
        job.modifiedAt = later(job.modifiedAt, clock.instant());
        events.send(new JobEvent.ItemChanged(job.id(), next.item()));
    }

    private JobItem ended(LiveJob job, JobItem item, JobOutcome outcome) {
        return item.toBuilder()
                .phase(Moves.require(item.phase(), Phase.DONE))
                .outcome(outcome)
                .endedAt(later(job.modifiedAt, clock.instant()))
                .build();
    }

    private void end(LiveJob job, LiveJob.Item item, JobOutcome outcome) throws IOException {
        write(job, item, item.state.with(ended(job, item.item(), outcome)));
        job.pending--;
    }

    private void run(LiveJob job) throws IOException {
        if (job.state() == JobState.QUEUED) {
            write(job, JobState.RUNNING, "");
            events.send(new JobEvent.StateChanged(job.snapshot()));
        }
    }

    private void endIfDone(LiveJob job) throws IOException {
        if (job.pending > 0 || job.listing || job.state().isTerminal()) {
            return;
        }
        JobOutcome outcome = Outcomes.of(job);
        write(job, Outcomes.state(outcome), ItemCodec.write(outcome));
    }

    private void write(LiveJob job, JobState state, String result) throws IOException {
        Instant now = later(job.modifiedAt, clock.instant());
        JobRecord next = job.record.moved(Moves.require(job.state(), state), now, result);
        if (job.ending == CancelCause.CANCELED) {
            next = next.withCancelRequested();
        }
        if (!store.update(next)) {
            throw lost(job);
        }
        job.record = next;
        job.modifiedAt = now;
    }

    /** Another engine claimed the job: this one thought so long that it was believed to be gone. */
    private LostClaimException lost(LiveJob job) {
        if (held.remove(job.id(), job)) {
            jobLost.run();
        }
        return new LostClaimException("job " + job.id() + " is another engine's by now");
    }

    private static Instant later(Instant one, Instant other) {
        return other.isAfter(one) ? other : one;
    }

    /** Tells of a job's end, once; called without locks held. */
    private void afterEnd(LiveJob job) {
        synchronized (job) {
            if (!job.state().isTerminal()) {
                return;
            }
        }
        if (held.remove(job.id(), job)) {
            Job ended = claims.withoutSecrets(job);
            try {
                events.send(new JobEvent.StateChanged(ended));
                jobEnded.accept(job.id());
            } finally {
                waiters.ended(ended);
            }
        }
    }

    private LiveJob require(ItemKey key) throws IOException {
        LiveJob job = held.get(key.job());
        if (job == null) {
            throw new LostClaimException("job " + key.job() + " has ended, or is another engine's");
        }
        return job;
    }
}
