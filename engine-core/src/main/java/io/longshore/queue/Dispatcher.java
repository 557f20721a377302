package io.longshore.queue;

import io.longshore.api.Failure;
import io.longshore.api.ItemRequest;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.Phase;
import io.longshore.codec.ItemSpec;
import io.longshore.codec.RequestCodec;
import io.longshore.journal.Journal;
import io.longshore.journal.LiveJob;
import io.longshore.spi.Cancellation;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LostClaimException;
import io.longshore.spi.Site;
import io.longshore.spi.Site.CancelCause;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives out the engine's slots: on one thread, woken by what happens and never by the clock, it claims jobs and starts
 * their items. A new job and the items of running ones take turns, so that a job of many items holds up nobody.
 */
public final class Dispatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** How long to wait for a store that does not answer. */
    private static final long STORE_PAUSE_MILLIS = 1_000;

    private final Journal journal;
    private final Site site;
    private final RequestCodec codec;
    private final FolderListing listing;
    private final Payloads payloads;
    private final int maxJobsPerDeployment;
    private final Duration stopGrace;
    private final InstantSource clock;
    private final ScheduledExecutorService timer;
    private final Executor workers;
    private final Slots slots;
    private final Semaphore wakes = new Semaphore(0);
    private final Map<JobId, Future<?>> timeouts = new ConcurrentHashMap<>();
    private final Map<JobId, Thread> listings = new ConcurrentHashMap<>();
    private final Thread thread = new Thread(this::run, "longshore-queue");
    private volatile boolean closed;

    /** Guards {@link #draining}, and is held while jobs are claimed, so that none is after a drain has begun. */
    private final Object claiming = new Object();

    private boolean draining;

    /** The jobs whose items wait for slots, in the order of their turns; guarded by its own monitor. */
    private final Deque<LiveJob> running = new ArrayDeque<>();

    private boolean newJobsTurn = true; // used on the queue's thread

    /** Makes the content of an item's {@code JOBS_PAYLOAD_FILE}. */
    @FunctionalInterface
    public interface Payloads {
        /**
         * The payload that an item's script finds.
         *
         * @param job the job
         * @param item the item
         * @return JSON without secrets
         */
        String of(LiveJob job, ItemRequest item);
    }

    /** Lists the folders that a job's items come from. */
    @FunctionalInterface
    public interface FolderListing {
        /**
         * Makes one item of each object of a folder.
         *
         * @param request the job
         * @param folder one of its items, which stands for a folder
         * @return the items
         * @throws IOException if the folder cannot be listed, or is empty
         */
        List<ItemRequest> list(JobRequest request, ItemRequest folder) throws IOException;
    }

    /**
     * A dispatcher; {@link #start} begins its work.
     *
     * @param journal knows the jobs
     * @param site runs the items
     * @param codec writes items for the site
     * @param listing lists folders
     * @param payloads makes payloads
     * @param maxItems how many items run at once
     * @param maxJobsPerDeployment how many jobs of one deployment run at once
     * @param stopGrace how long a script has to end by itself
     * @param clock tells the time
     * @param timer waits; not closed with the dispatcher
     * @param workers run what blocks
     */
    public Dispatcher(
            Journal journal,
            Site site,
            RequestCodec codec,
            FolderListing listing,
            Payloads payloads,
            int maxItems,
            int maxJobsPerDeployment,
            Duration stopGrace,
            InstantSource clock,
            ScheduledExecutorService timer,
            Executor workers) {
        this.journal = journal;
        this.site = site;
        this.codec = codec;
        this.listing = listing;
        this.payloads = payloads;
        this.slots = new Slots(maxItems);
        this.maxJobsPerDeployment = maxJobsPerDeployment;
        this.stopGrace = stopGrace;
        this.clock = clock;
        this.timer = timer;
        this.workers = workers;
        thread.setDaemon(true);
    }

    /** Begins to give out slots. */
    public void start() {
        thread.start();
    }

    /** Looks again whether something can start; cheap, and may be called too often. */
    public void wake() {
        wakes.release();
    }

    /** Takes back the slot of an item that its site is done with. */
    public void itemReleased() {
        slots.giveBack();
        wake();
    }

    /**
     * Forgets what is kept for a job that ended.
     *
     * @param id the job
     */
    public void jobEnded(JobId id) {
        Future<?> timeout = timeouts.remove(id);
        if (timeout != null) {
            timeout.cancel(false);
        }
        wake();
    }

    /**
     * Ends a job when its time-out has passed, if it has one.
     *
     * @param id the job
     * @param request what was asked
     * @param createdAt when it was accepted
     */
    public void limit(JobId id, JobRequest request, Instant createdAt) {
        if (request.limits().job().isEmpty()) {
            return;
        }
        Duration left = Duration.between(
                clock.instant(), createdAt.plus(request.limits().job().get()));
        Future<?> timeout = timer.schedule(
                () -> workers.execute(() -> end(id, CancelCause.TIMED_OUT, stopGrace)),
                Math.max(0, left.toNanos()),
                TimeUnit.NANOSECONDS);
        Future<?> before = timeouts.put(id, timeout);
        if (before != null) {
            before.cancel(false);
        }
    }

    /**
     * Ends a job; its items that wait end now, those that run when nothing of them is left. A job that another engine
     * holds is that engine's to end.
     *
     * @param id the job
     * @param cause why
     * @param grace how long a script has to end by itself; of several the shortest counts
     */
    public void end(JobId id, CancelCause cause, Duration grace) {
        insist("the end of job " + id, () -> {
            boolean held = journal.isHeld(id);
            Optional<LiveJob> job = journal.claim(id);
            if (job.isEmpty()) {
                if (cause == CancelCause.CANCELED) {
                    journal.requestCancel(id);
                }
                return;
            }
            if (!held) {
                resume(job.get(), false);
            }
            try {
                end(job.get(), cause, grace);
            } catch (LostClaimException e) {
                LOG.warn("job {} is another engine's by now, which is to end it", id);
                if (cause == CancelCause.CANCELED) {
                    journal.requestCancel(id);
                }
            }
        });
    }

    private void end(LiveJob job, CancelCause cause, Duration grace) throws IOException {
        List<ItemKey> begun = journal.beginEnd(job, cause);
        listings.computeIfPresent(job.id(), (id, lister) -> {
            lister.interrupt();
            return lister;
        });
        for (ItemKey item : begun) {
            CompletableFuture<Cancellation> unused = site.cancel(item, cause, grace); // its end is reported
        }
    }

    /** What the store must take. */
    private interface Step {
        void run() throws IOException;
    }

    /** Takes a step here; again, later, for as long as the store does not answer and the engine is not closed. */
    private void insist(String what, Step step) {
        try {
            step.run();
        } catch (LostClaimException e) {
            LOG.warn("{}: the job is another engine's by now", what, e);
        } catch (IOException e) {
            LOG.warn("{} waits, as the job store does not take it", what, e);
            try {
                Future<?> unused = timer.schedule(
                        () -> workers.execute(() -> insist(what, step)), STORE_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closing) {
                // whoever takes the job over sees where it stands
            }
        } catch (RuntimeException | Error e) {
            LOG.error("{} failed", what, e);
        }
    }

    /** Goes on with the jobs of engines that are gone. */
    public void takeOver() {
        try {
            List<LiveJob> taken;
            synchronized (claiming) {
                taken = draining ? List.of() : journal.takeOver();
            }
            for (LiveJob job : taken) {
                resume(job, true);
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("the jobs of engines that are gone could not be taken over", e);
        }
    }

    /** Ends jobs whose time-outs passed in the queue, whoever submitted them. */
    public void endOverdue() {
        try {
            for (JobId id : journal.overdue()) {
                end(id, CancelCause.TIMED_OUT, stopGrace);
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("the jobs that waited too long could not be looked for", e);
        }
    }

    /** Goes on with a job: its items that had begun at once, as their scripts may run, the others when it is their turn. */
    private void resume(LiveJob job, boolean whole) throws IOException {
        limit(job.id(), job.request(), job.createdAt());
        for (int number : journal.takeBegun(job)) {
            slots.take();
            startItem(job, new ItemKey(job.id(), number));
        }
        journal.endIfAllEnded(job);
        if (whole) {
            startOrList(job);
            wake();
        }
    }

    private void startOrList(LiveJob job) throws IOException {
        if (journal.beginListing(job)) {
            workers.execute(() -> list(job));
        } else if (journal.hasNext(job)) {
            synchronized (running) {
                running.add(job);
            }
        }
    }

    private void run() {
        while (!closed) {
            try {
                wakes.acquire();
                wakes.drainPermits();
                for (JobId id : journal.cancelRequests()) {
                    end(id, CancelCause.CANCELED, stopGrace);
                }
                while (!closed && startOne()) {
                    // until there is no slot, or nothing to start
                }
            } catch (InterruptedException e) {
                return; // closed
            } catch (IOException | RuntimeException | Error e) {
                LOG.warn("the queue could not go on and tries again when something changes", e);
            }
        }
    }

    /** Claims no more jobs, once it returns; the items of those that were claimed still start. */
    public void drain() {
        synchronized (claiming) {
            draining = true;
        }
    }

    private Optional<LiveJob> claimNext() throws IOException {
        synchronized (claiming) {
            return draining ? Optional.empty() : journal.claim(maxJobsPerDeployment);
        }
    }

    private boolean startOne() throws IOException {
        if (!slots.tryTake()) {
            return false;
        }
        boolean started = false;
        try {
            started = newJobsTurn ? startOfNew() || startOfRunning() : startOfRunning() || startOfNew();
            newJobsTurn = !newJobsTurn;
            return started;
        } finally {
            if (!started) {
                slots.giveBack();
            }
        }
    }

    private boolean startOfNew() throws IOException {
        while (true) {
            Optional<LiveJob> claimed = claimNext();
            if (claimed.isEmpty()) {
                return false;
            }
            LiveJob job = claimed.get();
            limit(job.id(), job.request(), job.createdAt());
            if (journal.beginListing(job)) {
                workers.execute(() -> list(job));
            } else if (startNext(job)) {
                return true;
            }
        }
    }

    private boolean startOfRunning() {
        for (; ; ) {
            LiveJob job;
            synchronized (running) {
                job = running.poll();
            }
            if (job == null) {
                return false;
            }
            if (startNext(job)) {
                return true;
            }
        }
    }

    private boolean startNext(LiveJob job) {
        OptionalInt number = journal.takeNext(job);
        if (number.isEmpty()) {
            return false;
        }
        if (journal.hasNext(job)) {
            synchronized (running) {
                running.add(job);
            }
        }
        ItemKey key = new ItemKey(job.id(), number.getAsInt());
        workers.execute(() -> startItem(job, key));
        return true;
    }

    private void startItem(LiveJob job, ItemKey key) {
        Failure failure;
        try {
            Optional<String> secretsLost = journal.secretsLost(job, key.number());
            if (secretsLost.isEmpty()) {
                ItemRequest item = journal.item(job, key.number());
                JobRequest only = job.request().reducedTo(item);
                ItemSpec spec = new ItemSpec(
                        key, only, job.script(), payloads.of(job, item), journal.resume(job, key.number()));
                site.start(codec.write(spec), key);
                Optional<CancelCause> ending = journal.ending(job);
                if (ending.isPresent()) { // the end of the job may have come before the site knew the item
                    CompletableFuture<Cancellation> unused = site.cancel(key, ending.get(), stopGrace);
                }
                return;
            }
            failure = Failure.of(Phase.STAGE, Failure.ENGINE, secretsLost.get());
        } catch (IOException | RuntimeException | Error e) {
            failure = Failure.of(Phase.QUEUED, Failure.ENGINE, "item could not be started: " + e);
        }
        itemReleased();
        Failure why = failure;
        insist("the failure of item " + key, () -> journal.failToStart(key, why));
    }

    // ---- folders

    private void list(LiveJob job) {
        List<ItemRequest> items = new ArrayList<>();
        Map<String, Failure> failures = new LinkedHashMap<>();
        listings.put(job.id(), Thread.currentThread());
        try {
            for (ItemRequest item : job.request().items()) {
                if (!item.forEachObject()) {
                    items.add(item);
                } else if (journal.ending(job).isEmpty()) {
                    @Nullable Failure failure = list(job, item, items);
                    if (failure != null) {
                        failures.put(item.key(), failure);
                    }
                }
            }
        } finally {
            listings.remove(job.id());
            Thread.interrupted(); // one that came to end the listing
        }
        insist("the list of items of job " + job.id(), () -> {
            journal.endListing(job, items, failures);
            synchronized (running) {
                running.add(job);
            }
            wake();
        });
    }

    private @Nullable Failure list(LiveJob job, ItemRequest folder, List<ItemRequest> into) {
        try {
            into.addAll(listing.list(job.request(), folder));
            return null;
        } catch (IOException | RuntimeException | Error e) {
            return Failure.of(
                    Phase.STAGE,
                    Failure.INPUT,
                    folder.inputs().get(0).reference() + " could not be listed: "
                            + (e instanceof IOException ? e.getMessage() : e.toString()));
        }
    }

    /** Starts nothing more. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        timeouts.values().forEach(timeout -> timeout.cancel(false));
    }
}
