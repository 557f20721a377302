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
import io.longshore.codec.RequestCodec;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.ItemReports;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Site.CancelCause;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Every change of a job or item goes through here: it is checked against the state machine, written to the store, and
 * told to listeners, in that order, under the job's monitor.
 */
public final class Journal implements ItemReports {
    private final JobStore store;
    private final RequestCodec codec;
    private final Events events;
    private final InstantSource clock;
    private final Executor notifier;
    private final Map<JobId, LiveJob> live = new ConcurrentHashMap<>();
    private volatile Consumer<ItemKey> itemEnded = key -> {};
    private volatile Consumer<JobId> jobEnded = id -> {};

    /**
     * A journal over a store.
     *
     * @param store where jobs are kept
     * @param codec how requests become text
     * @param events where events go
     * @param clock tells the time
     * @param notifier completes the futures of callers, so that what they do there holds up nothing
     */
    public Journal(JobStore store, RequestCodec codec, Events events, InstantSource clock, Executor notifier) {
        this.store = store;
        this.codec = codec;
        this.events = events;
        this.clock = clock;
        this.notifier = notifier;
    }

    /**
     * Says what to call when something has ended; called without locks held.
     *
     * @param onItem takes each item that ended
     * @param onJob takes each job that ended
     */
    public void onEnd(Consumer<ItemKey> onItem, Consumer<JobId> onJob) {
        this.itemEnded = onItem;
        this.jobEnded = onJob;
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
        JobId id = JobId.random();
        Instant now = clock.instant();
        JobRecord record = new JobRecord(
                id,
                0,
                request.key(),
                script.ref().id(),
                request.priority(),
                JobState.QUEUED,
                false,
                now,
                now,
                Optional.empty(),
                Optional.empty(),
                codec.write(id, request, script),
                "");
        LiveJob job = new LiveJob(record, request, script);
        List<ItemRecord> records = new ArrayList<>();
        if (!job.listing) {
            for (ItemRequest item : request.items()) {
                records.add(add(job, item, false));
            }
        }
        live.put(id, job); // before the store has it, so that whoever claims it finds it
        JobRecord kept;
        try {
            kept = store.create(record, records);
        } catch (IOException | RuntimeException e) {
            live.remove(id);
            throw e;
        }
        if (!kept.id().equals(id)) {
            live.remove(id);
            return find(kept.id()).orElseThrow();
        }
        Job snapshot = job.snapshot();
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
        LiveJob job = live.get(id);
        if (job != null) {
            return Optional.of(job.snapshot());
        }
        Optional<JobRecord> record = store.find(id);
        return record.isPresent() ? Optional.of(read(record.get())) : Optional.empty();
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
            LiveJob job = live.get(record.id());
            jobs.add(job != null ? job.snapshot() : read(record));
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
        LiveJob job = live.get(id);
        if (job != null) {
            return Optional.of(job.ended.copy());
        }
        return find(id).map(CompletableFuture::completedFuture);
    }

    /**
     * Whether a job has not ended.
     *
     * @param id the job
     * @return true if it is one of {@link #liveJobs}
     */
    public boolean isLive(JobId id) {
        return live.containsKey(id);
    }

    /**
     * The jobs that have not ended.
     *
     * @return their ids now
     */
    public List<JobId> liveJobs() {
        return List.copyOf(live.keySet());
    }

    private Job read(JobRecord record) throws IOException {
        List<JobItem> items = new ArrayList<>();
        for (ItemRecord item : store.items(record.id())) {
            items.add(ItemCodec.read(item.key().number(), item.body()));
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

    // ---- what the queue does

    /**
     * Claims the job whose turn it is.
     *
     * @param limit how many jobs of one deployment may be claimed at once
     * @return the job, or empty if none may run
     * @throws IOException if the store does not answer
     */
    public Optional<LiveJob> claim(int limit) throws IOException {
        for (; ; ) {
            Optional<JobRecord> claimed = store.claim(limit);
            if (claimed.isEmpty()) {
                return Optional.empty();
            }
            LiveJob job = live.get(claimed.get().id());
            if (job != null) { // else it was ended since
                return Optional.of(job);
            }
        }
    }

    /**
     * Takes the next item that waits.
     *
     * @param job the job
     * @return the item's number, which is not given again, or empty if none waits
     */
    public OptionalInt takeNext(LiveJob job) {
        synchronized (job) {
            if (job.ending != null || job.listing || job.nextToStart == job.items.size()) {
                return OptionalInt.empty();
            }
            return OptionalInt.of(job.nextToStart++);
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
            return job.ending == null && !job.listing && job.nextToStart < job.items.size();
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
     * Gives a job the items that were listed.
     *
     * @param job the job
     * @param listed the items
     * @param failures why the folder of an item key could not be listed; each becomes one failed item
     * @throws IOException if the store does not answer
     */
    public void endListing(LiveJob job, List<ItemRequest> listed, Map<String, Failure> failures) throws IOException {
        List<ItemKey> ended = new ArrayList<>();
        synchronized (job) {
            job.listing = false;
            List<ItemRecord> records = new ArrayList<>();
            if (job.ending == null) {
                for (ItemRequest item : listed) {
                    records.add(add(job, item, true));
                }
                for (String key : failures.keySet()) {
                    records.add(add(job, ItemRequest.of(key, List.of()), true));
                }
            }
            if (!store.add(records)) {
                throw new IOException("job " + job.id() + " is gone");
            }
            if (job.ending == null) {
                int number = listed.size();
                for (Failure failure : failures.values()) {
                    ItemKey key = new ItemKey(job.id(), number++);
                    end(job, key, new JobOutcome.Failed(failure));
                    ended.add(key);
                }
            }
            endIfDone(job);
        }
        ended.forEach(itemEnded);
        afterEnd(job);
    }

    /**
     * Begins the end of a job: items that wait are ended at once, and no more of them start.
     *
     * @param id the job
     * @param cause why
     * @return the items that have begun and not ended, which their site must end; empty if the job was ending before
     * @throws IOException if the store does not answer
     */
    public List<ItemKey> beginEnd(JobId id, CancelCause cause) throws IOException {
        LiveJob job = live.get(id);
        if (job == null) {
            return List.of();
        }
        List<ItemKey> begun = new ArrayList<>();
        synchronized (job) {
            if (job.ending != null || job.state().isTerminal()) {
                return List.of();
            }
            job.ending = cause;
            if (cause == CancelCause.CANCELED && job.state() == JobState.RUNNING) {
                write(job, JobState.CANCELING, "");
                events.send(new JobEvent.StateChanged(job.snapshot()));
            }
            for (int i = 0; i < job.items.size(); i++) {
                ItemKey key = new ItemKey(id, i);
                if (i >= job.nextToStart && job.items.get(i).state.outcome().isEmpty()) {
                    end(job, key, whyEnded(job, cause));
                } else if (job.items.get(i).state.outcome().isEmpty()) {
                    begun.add(key);
                }
            }
            endIfDone(job);
        }
        afterEnd(job);
        return begun;
    }

    /**
     * Ends an item that its site did not take.
     *
     * @param key the item
     * @param failure why
     * @throws IOException if the store does not answer
     */
    public void failToStart(ItemKey key, Failure failure) throws IOException {
        LiveJob job = require(key);
        synchronized (job) {
            end(job, key, new JobOutcome.Failed(failure));
            endIfDone(job);
        }
        itemEnded.accept(key);
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

    private static JobOutcome whyEnded(LiveJob job, CancelCause cause) {
        return cause == CancelCause.CANCELED
                ? new JobOutcome.Canceled(
                        Failure.of(Phase.QUEUED, Failure.CANCELED, "the job was canceled before the item began"))
                : new JobOutcome.TimedOut(Failure.of(
                        Phase.QUEUED,
                        Failure.TIMEOUT,
                        "the job's time-out of "
                                + job.request()
                                        .limits()
                                        .job()
                                        .map(Duration::toString)
                                        .orElse("")
                                + " passed before the item began"));
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
            LiveJob.Item item = job.items.get(key.number());
            write(job, key, apply(item.state, transition));
            if (ended) {
                job.pending--;
                endIfDone(job);
            }
        }
        if (ended) {
            itemEnded.accept(key);
            afterEnd(job);
        }
    }

    @Override
    public boolean mayCommit(ItemKey key) {
        LiveJob job = live.get(key.job());
        if (job == null) {
            return false;
        }
        synchronized (job) {
            return job.ending == null && job.items.get(key.number()).state.phase() == Phase.PUBLISH;
        }
    }

    @Override
    public void progress(ItemKey key, Phase phase, long bytes, OptionalLong totalBytes) {
        events.send(new JobEvent.Progress(key.job(), key.number(), phase, bytes, totalBytes));
    }

    private JobItem apply(JobItem item, Transition transition) {
        if (item.outcome().isPresent()) {
            throw new IllegalStateException("item " + item.number() + " has ended");
        }
        JobItem.Builder next = item.toBuilder();
        if (transition instanceof Transition.Entered entered) {
            next.phase(Moves.require(item.phase(), entered.phase())).attempts(entered.attempt());
            if (item.startedAt().isEmpty()) {
                next.startedAt(entered.at());
            }
            took(item, next, entered.at());
        } else if (transition instanceof Transition.Warned warned) {
            next.warning(warned.text());
        } else if (transition instanceof Transition.Committed committed) {
            if (item.outputs().stream()
                    .noneMatch(o -> o.output().equals(committed.output().output()))) {
                next.output(committed.output());
            }
        } else if (transition instanceof Transition.Ended ended) {
            next.phase(Moves.require(item.phase(), Phase.DONE))
                    .outcome(ended.outcome())
                    .endedAt(later(item.startedAt().orElse(ended.at()), ended.at()));
            took(item, next, ended.at());
        }
        return next.build();
    }

    /** Adds the time since the current phase was entered; what the phases before it took is known already. */
    private static void took(JobItem item, JobItem.Builder next, Instant until) {
        if (item.phase() != Phase.QUEUED && item.startedAt().isPresent()) {
            Instant entered = item.startedAt().get();
            for (Duration before : item.durations().values()) {
                entered = entered.plus(before);
            }
            Duration took = Duration.between(entered, until);
            next.took(item.phase(), took.isNegative() ? Duration.ZERO : took);
        }
    }

    // ---- writes; all under the job's monitor

    private static ItemRecord add(LiveJob job, ItemRequest request, boolean expanded) throws IOException {
        int number = job.items.size();
        JobItem state = JobItem.builder(number, request.key()).build();
        LiveJob.Item item = new LiveJob.Item(request, expanded, state, 0);
        job.items.add(item);
        job.pending++;
        return record(job, number, item);
    }

    private static ItemRecord record(LiveJob job, int number, LiveJob.Item item) throws IOException {
        ItemRecord.Status status = item.state.outcome().isEmpty()
                ? ItemRecord.Status.PENDING
                : item.state.outcome().get() instanceof JobOutcome.Completed
                        ? ItemRecord.Status.COMPLETED
                        : ItemRecord.Status.FAILED;
        Optional<ItemRequest> expanded = item.expanded ? Optional.of(item.request) : Optional.empty();
        return new ItemRecord(
                new ItemKey(job.id(), number), item.version, status, ItemCodec.write(item.state, expanded));
    }

    private void write(LiveJob job, ItemKey key, JobItem next) throws IOException {
        LiveJob.Item item = job.items.get(key.number());
        JobItem before = item.state;
        item.state = next;
        item.version++;
        boolean written = false;
        try {
            written = store.update(record(job, key.number(), item));
        } finally {
            if (!written) {
                item.state = before;
                item.version--;
            }
        }
        if (!written) {
            throw new IOException("item " + key + " was changed by somebody else");
        }
        job.modifiedAt = later(job.modifiedAt, clock.instant());
        events.send(new JobEvent.ItemChanged(job.id(), next));
    }

    private void end(LiveJob job, ItemKey key, JobOutcome outcome) throws IOException {
        JobItem item = job.items.get(key.number()).state;
        write(
                job,
                key,
                item.toBuilder()
                        .phase(Moves.require(item.phase(), Phase.DONE))
                        .outcome(outcome)
                        .endedAt(later(job.modifiedAt, clock.instant()))
                        .build());
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
        JobOutcome outcome = outcome(job);
        JobState state = outcome instanceof JobOutcome.Completed
                ? JobState.COMPLETED
                : outcome instanceof JobOutcome.Failed
                        ? JobState.FAILED
                        : outcome instanceof JobOutcome.TimedOut ? JobState.TIMED_OUT : JobState.CANCELED;
        write(job, state, ItemCodec.write(outcome));
    }

    private static JobOutcome outcome(LiveJob job) {
        Optional<JobOutcome> first = Optional.empty();
        Optional<JobOutcome> cut = Optional.empty();
        for (LiveJob.Item item : job.items) {
            JobOutcome outcome = item.state.outcome().orElseThrow();
            if (outcome instanceof JobOutcome.Failed) {
                first = first.or(() -> Optional.of(outcome));
            } else if (!(outcome instanceof JobOutcome.Completed)) {
                cut = cut.or(() -> Optional.of(outcome));
            }
        }
        if (job.ending != null && job.items.isEmpty()) {
            return whyEnded(job, job.ending);
        }
        if (cut.isPresent()) {
            return cut.get();
        }
        return first.isPresent() && !job.request().itemsMayFail() ? first.get() : new JobOutcome.Completed();
    }

    private void write(LiveJob job, JobState state, String result) throws IOException {
        JobRecord before = job.record;
        Instant now = later(job.modifiedAt, clock.instant());
        JobRecord next = new JobRecord(
                before.id(),
                before.version() + 1,
                before.key(),
                before.deployment(),
                before.priority(),
                Moves.require(before.state(), state),
                job.ending == CancelCause.CANCELED,
                before.createdAt(),
                now,
                state == JobState.RUNNING ? Optional.of(now) : before.runningAt(),
                state.isTerminal() ? Optional.of(now) : Optional.empty(),
                before.request(),
                result);
        if (!store.update(next)) {
            throw new IOException("job " + job.id() + " was changed by somebody else");
        }
        job.record = next;
        job.modifiedAt = now;
    }

    private static Instant later(Instant one, Instant other) {
        return other.isAfter(one) ? other : one;
    }

    /** Tells of a job's end, once; called without locks held. */
    private void afterEnd(LiveJob job) throws IOException {
        synchronized (job) {
            if (!job.state().isTerminal()) {
                return;
            }
        }
        if (live.remove(job.id(), job)) {
            Job ended = read(job.record);
            events.send(new JobEvent.StateChanged(ended));
            jobEnded.accept(job.id());
            notifier.execute(() -> job.ended.complete(ended));
        }
    }

    private LiveJob require(ItemKey key) throws IOException {
        LiveJob job = live.get(key.job());
        if (job == null) {
            throw new IOException("job " + key.job() + " has ended, or is somebody else's");
        }
        return job;
    }
}
