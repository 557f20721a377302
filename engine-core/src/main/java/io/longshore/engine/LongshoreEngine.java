package io.longshore.engine;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.longshore.api.Engine;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobListener;
import io.longshore.api.JobRequest;
import io.longshore.api.LogPart;
import io.longshore.api.LogStream;
import io.longshore.api.Script;
import io.longshore.archive.ThreadBudget;
import io.longshore.codec.RequestCodec;
import io.longshore.dialect.Documents;
import io.longshore.journal.Claims;
import io.longshore.journal.Events;
import io.longshore.journal.Journal;
import io.longshore.journal.MemoryJobStore;
import io.longshore.launch.Owners;
import io.longshore.launch.ProcessLauncher;
import io.longshore.lifecycle.Backoff;
import io.longshore.lifecycle.LocalSite;
import io.longshore.publish.Publisher;
import io.longshore.publish.Sinks;
import io.longshore.queue.Dispatcher;
import io.longshore.spi.ConnectionCatalog;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.ItemKey;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import io.longshore.spi.ScriptCatalog;
import io.longshore.spi.ScriptLauncher;
import io.longshore.spi.SecretSealer;
import io.longshore.spi.Site.CancelCause;
import io.longshore.stage.Connections;
import io.longshore.stage.EmbeddedSource;
import io.longshore.stage.Sources;
import io.longshore.stage.Stager;
import io.longshore.stage.TransferBudget;
import io.longshore.workspace.LogLimits;
import io.longshore.workspace.Workspace;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The {@link Engine}: runs jobs on this machine, with the parts that its host hands over or that discovery finds. */
public final class LongshoreEngine implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(LongshoreEngine.class);

    /** How long a close waits, beyond the grace that scripts have, for what does not end. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(30);

    /** Small objects wait for their store, not for a processor. */
    private static final int TRANSFERS_AT_ONCE = 8;

    private static final Duration LOOK_PAUSE = Duration.ofMillis(20);

    private final JobStore store;
    private final Owner owner;
    private final boolean runsJobs;
    private final Journal journal;
    private final Events events;
    private final Submission submission;
    private final Dispatcher dispatcher;
    private final LocalSite site;
    private final ScheduledThreadPoolExecutor timer;
    private final ExecutorService workers;
    private final InstantSource clock;
    private final Duration lease;
    private final Duration stopGrace;
    private final Duration keepFor;
    private final int keepNewest;
    private final List<Closeable> owned = new ArrayList<>(); // what this engine made, in the order of closing
    private final AtomicBoolean looking = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ReadWriteLock accepting = new ReentrantReadWriteLock();

    private LongshoreEngine(Builder builder) throws IOException {
        this.clock = builder.clock;
        this.lease = builder.lease;
        this.stopGrace = builder.stopGrace;
        this.keepFor = builder.keepFor;
        this.keepNewest = builder.keepNewest;
        try {
            Path home = builder.home != null ? builder.home : temporaryHome();
            Workspace.makeDirectories(home);
            this.store = builder.store != null ? builder.store : own(new MemoryJobStore());
            ScriptLauncher launcher =
                    builder.launcher != null ? builder.launcher : own(ProcessLauncher.create(builder.logLimits));
            List<DataSource> from = new ArrayList<>(builder.sources);
            List<DataSink> to = new ArrayList<>(builder.sinks);
            if (builder.discovery) {
                discover(DataSource.class, from);
                discover(DataSink.class, to);
            }
            from.add(new EmbeddedSource());
            Sources sources = new Sources(from);
            Sinks sinks = new Sinks(to);
            Connections connections = new Connections(builder.connections, builder.hostCredentials);
            RequestCodec codec = new RequestCodec(builder.sealer != null ? builder.sealer : TinkSealer.inMemory());
            this.submission = new Submission(builder.scripts, sources, sinks, connections);
            this.timer = new ScheduledThreadPoolExecutor(1, threads("longshore-timer"));
            timer.setRemoveOnCancelPolicy(true);
            this.workers = Executors.newCachedThreadPool(threads("longshore-worker-%d"));
            TransferBudget transfers = new TransferBudget(TRANSFERS_AT_ONCE, workers);
            Stager stager = new Stager(sources, connections, transfers);
            this.events = new Events();
            builder.listeners.forEach(events::add);
            this.owner = Owners.create();
            Claims claims = new Claims(store, codec, owner, Owners::isGone);
            this.journal = new Journal(store, claims, codec, events, clock, homeId(home), workers);
            this.site = new LocalSite(
                    home,
                    codec,
                    stager,
                    launcher,
                    new Publisher(sinks, connections, new ThreadBudget(builder.archiveThreads, workers), transfers),
                    store.isDurable() ? Optional.empty() : Optional.of(owner),
                    HostEnvironment.only(
                            builder.hostEnvironment != null ? builder.hostEnvironment : HostEnvironment.read(),
                            builder.inherited),
                    builder.logLimits,
                    builder.stopGrace,
                    builder.backoff,
                    clock,
                    timer);
            this.dispatcher = new Dispatcher(
                    journal,
                    site,
                    codec,
                    stager::list,
                    (job, item) -> Documents.payloadFor(job.request(), job.script(), item),
                    builder.maxItems,
                    builder.maxJobsPerDeployment,
                    builder.stopGrace,
                    clock,
                    timer,
                    workers);
            journal.onEnd(key -> dispatcher.itemReleased(), this::jobEnded, this::woken);
            site.observe(journal);
            this.runsJobs = builder.runsJobs;
            store.keepAlive(owner, lease);
            store.onWake(this::woken);
            if (runsJobs) {
                sweepOrphans();
                dispatcher.start();
                dispatcher.takeOver();
            }
            if (store.isDurable()) {
                watch();
            }
        } catch (IOException | RuntimeException e) {
            try {
                closeOwned();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** What is left to sweep the next engine sees, too: no reason not to begin. */
    private void sweepOrphans() {
        try {
            site.sweepOrphans();
        } catch (IOException e) {
            LOG.warn("what jobs of processes that are gone left in the home could not be removed", e);
        }
    }

    /**
     * A builder of an engine.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Refuses a script that can be started nowhere, as a submission does: its file is not there, or is neither Python by its
     * name nor says in a {@code #!} line what runs it. Whether this machine has what runs it is not asked.
     *
     * @param script the script
     * @throws InvalidRequestException naming the file
     */
    public static void requireStartable(Script script) {
        Submission.requireStartable("script", script);
    }

    @Override
    public Job submit(JobRequest request) {
        requireOpen();
        Script script = submission.check(request);
        accepting.readLock().lock(); // so that a job is either refused, or seen by the close
        try {
            requireOpen();
            Job job = journal.create(request, script);
            if (job.request() == request) { // else it is an earlier job of the same key
                dispatcher.limit(job.id(), request, job.createdAt());
            }
            return job;
        } catch (IOException e) {
            throw new UncheckedIOException("the job could not be kept: " + e.getMessage(), e);
        } finally {
            accepting.readLock().unlock();
        }
    }

    @Override
    public Job submit(String document) {
        return submit(parse(document));
    }

    @Override
    public JobRequest parse(String document) {
        return Documents.parse(document, Optional.empty());
    }

    @Override
    public JobRequest parse(String document, Script script) {
        return Documents.parse(document, Optional.of(script));
    }

    @Override
    public Job submitAwsS3(
            String model,
            String version,
            Map<String, Map<String, Map<String, String>>> sources,
            String accessKeyId,
            String secretAccessKey,
            String region,
            boolean explain) {
        return submit(Documents.awsS3(model, version, sources, accessKeyId, secretAccessKey, region, explain));
    }

    @Override
    public Optional<Job> find(JobId id) {
        try {
            return journal.find(id);
        } catch (IOException e) {
            throw new UncheckedIOException("job " + id + " could not be read: " + e.getMessage(), e);
        }
    }

    @Override
    public List<Job> list() {
        try {
            return journal.list();
        } catch (IOException e) {
            throw new UncheckedIOException("the jobs could not be read: " + e.getMessage(), e);
        }
    }

    @Override
    public CompletableFuture<Job> whenEnded(JobId id) {
        try {
            return journal.whenEnded(id).orElseThrow(() -> unknown(id));
        } catch (IOException e) {
            throw new UncheckedIOException("job " + id + " could not be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Job await(JobId id) throws InterruptedException {
        try {
            return whenEnded(id).get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("job " + id + " has no end", e);
        }
    }

    @Override
    public Job await(JobId id, Duration timeout) throws InterruptedException {
        try {
            return whenEnded(id).get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return require(id);
        } catch (ExecutionException e) {
            throw new IllegalStateException("job " + id + " has no end", e);
        }
    }

    @Override
    public Job cancel(JobId id) {
        return cancel(id, stopGrace);
    }

    @Override
    public Job cancel(JobId id, Duration grace) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace is negative: " + grace);
        }
        require(id);
        dispatcher.end(id, CancelCause.CANCELED, grace);
        return require(id);
    }

    @Override
    public String document(JobId id) {
        return Documents.status(require(id));
    }

    @Override
    public LogPart readLog(JobId id, int item, LogStream stream, long offset, int maxBytes) throws IOException {
        if (offset < 0) {
            throw new IllegalArgumentException("offset of a log is negative: " + offset);
        }
        int attempts = attempts(id, item);
        return attempts == 0
                ? new LogPart(offset, new byte[0])
                : site.readLog(new ItemKey(id, item), attempts, stream, offset, maxBytes);
    }

    @Override
    public Job retryPublish(JobId id) {
        Job failed = require(id);
        if (!failed.state().isTerminal()) {
            throw new IllegalStateException("job " + id + " has not ended: it is " + failed.state());
        }
        accepting.readLock().lock();
        try {
            requireOpen();
            Job job = journal.republish(
                            id,
                            key -> site.findWorkspace(key.item(), key.attempt()).isPresent())
                    .orElseThrow(() -> new IllegalStateException(
                            "job " + id + " has no output that is kept here and was not published"));
            dispatcher.limit(job.id(), job.request(), job.createdAt());
            return job;
        } catch (IOException e) {
            throw new IllegalStateException("job " + id + " cannot be published: " + e.getMessage(), e);
        } finally {
            accepting.readLock().unlock();
        }
    }

    @Override
    public Optional<Path> findWorkspace(JobId id, int item) {
        int attempts = attempts(id, item);
        return attempts == 0 ? Optional.empty() : site.findWorkspace(new ItemKey(id, item), attempts);
    }

    private int attempts(JobId id, int item) {
        Job job = require(id);
        if (item < 0 || item >= job.items().size()) {
            throw new NoSuchElementException("job " + id + " has no item " + item);
        }
        return job.items().get(item).attempts();
    }

    @Override
    public void addListener(JobListener listener) {
        events.add(listener);
    }

    @Override
    public void removeListener(JobListener listener) {
        events.remove(listener);
    }

    @Override
    public void drain() throws InterruptedException {
        dispatcher.drain();
        for (JobId id : journal.heldJobs()) {
            try {
                await(id);
            } catch (NoSuchElementException e) {
                // it ended since, and was not to be kept
            }
        }
    }

    @Override
    public void close() throws IOException {
        accepting.writeLock().lock();
        try {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
        } finally {
            accepting.writeLock().unlock();
        }
        if (!store.isDurable()) {
            endJobs();
        }
        dispatcher.close();
        timer.shutdownNow();
        site.close();
        store.release(owner);
        events.close();
        workers.shutdown();
        for (Job job : store.isDurable() ? List.<Job>of() : journal.list()) {
            site.forget(job.id());
        }
        closeOwned();
    }

    private void endJobs() throws IOException {
        List<CompletableFuture<Job>> ends = new ArrayList<>();
        for (Job job : journal.list()) {
            if (!job.state().isTerminal()) {
                journal.whenEnded(job.id()).ifPresent(ends::add);
                dispatcher.end(job.id(), CancelCause.CANCELED, stopGrace);
            }
        }
        try {
            CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new))
                    .get(stopGrace.plus(CLOSE_PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.error("the engine closes, although a plug-in does not let go of a job");
        } catch (InterruptedException e) {
            LOG.warn("the engine closes without waiting for its jobs, as it was interrupted");
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.warn("the engine closes, although a job has no end", e);
        }
    }

    // ---- other engines on the same store

    /**
     * Says that this engine is alive, and looks whether others still are. What changes in between wakes it, unless who
     * changed it ended before it could tell: hence the look at the queue.
     */
    private void watch() {
        long third = lease.toMillis() / 3;
        Future<?> unused = timer.scheduleWithFixedDelay(
                () -> workers.execute(this::keepAlive), third, third, TimeUnit.MILLISECONDS);
        if (runsJobs) {
            Future<?> unusedToo = timer.scheduleWithFixedDelay(
                    () -> {
                        dispatcher.wake();
                        workers.execute(dispatcher::takeOver);
                        workers.execute(dispatcher::endOverdue);
                    },
                    1,
                    1,
                    TimeUnit.SECONDS);
        }
    }

    private void keepAlive() {
        try {
            store.keepAlive(owner, lease);
        } catch (IOException | RuntimeException e) {
            LOG.warn("the job store did not take that this engine is alive", e);
        }
    }

    private void woken() {
        dispatcher.wake();
        if (store.isDurable() && !closed.get() && looking.compareAndSet(false, true)) {
            try {
                workers.execute(this::lookForEnds);
            } catch (RejectedExecutionException e) {
                // closed just now, and nobody waits any more
            }
        }
    }

    /** What many waiters cost is spread: the next look comes after a pause of twenty times as long as this one took. */
    private void lookForEnds() {
        long start = System.nanoTime();
        try {
            journal.lookForEnds();
        } catch (IOException | RuntimeException e) {
            LOG.warn("it could not be seen whether other engines ended jobs", e);
        }
        long took = System.nanoTime() - start;
        try {
            Future<?> unused = timer.schedule(
                    () -> {
                        looking.set(false);
                        if (journal.hasWaiters()) {
                            woken();
                        }
                    },
                    Math.max(20 * took, LOOK_PAUSE.toNanos()),
                    TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // closed while it looked
        }
    }

    /** Names the directories of this engine, so that another one on the same store knows whether they are its own. */
    private static String homeId(Path home) throws IOException {
        Path file = home.resolve("id");
        if (!Files.exists(file)) {
            Path written = home.resolve("id." + UUID.randomUUID());
            Workspace.writePrivate(written, UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII));
            try {
                Files.createLink(file, written); // of several processes that start in a new home, one names it
            } catch (FileAlreadyExistsException e) {
                // another one did
            } catch (UnsupportedOperationException e) {
                Files.move(written, file);
            }
            Files.deleteIfExists(written);
        }
        return Files.readString(file).strip();
    }

    private void closeOwned() throws IOException {
        IOException first = null;
        for (Closeable each : owned) {
            try {
                each.close();
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private void jobEnded(JobId id) {
        dispatcher.jobEnded(id);
        try {
            Instant before =
                    keepFor.isNegative() ? Instant.MIN : clock.instant().minus(keepFor);
            for (JobId pruned : store.prune(before, keepNewest)) {
                site.forget(pruned);
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("jobs that need not be kept could not be removed", e);
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the engine is closed");
        }
    }

    private Job require(JobId id) {
        return find(id).orElseThrow(() -> unknown(id));
    }

    private static NoSuchElementException unknown(JobId id) {
        return new NoSuchElementException("there is no job " + id);
    }

    private Path temporaryHome() throws IOException {
        Path home = Files.createTempDirectory("longshore-");
        owned.add(() -> Workspace.deleteTree(home));
        return home;
    }

    private <C extends Closeable> C own(C part) {
        owned.add(0, part);
        return part;
    }

    private static ThreadFactory threads(String name) {
        return new ThreadFactoryBuilder().setNameFormat(name).setDaemon(true).build();
    }

    /** A plug-in that cannot be loaded is left out; the types it would have served are refused by name then. */
    private <P> void discover(Class<P> type, List<P> into) {
        Iterator<P> found = ServiceLoader.load(type).iterator();
        while (true) {
            try {
                if (!found.hasNext()) {
                    return;
                }
                P plugin = found.next();
                into.add(plugin);
                if (plugin instanceof Closeable closeable) {
                    own(closeable);
                }
            } catch (ServiceConfigurationError e) {
                LOG.warn("a {} could not be loaded and is left out", type.getSimpleName(), e);
            }
        }
    }

    /** Collects the parts of an engine; each has a default. */
    public static final class Builder {
        private @Nullable Path home;
        private @Nullable JobStore store;
        private @Nullable ScriptLauncher launcher;
        private @Nullable SecretSealer sealer;
        private @Nullable Map<String, String> hostEnvironment;
        private final List<DataSource> sources = new ArrayList<>();
        private final List<DataSink> sinks = new ArrayList<>();
        private final List<ScriptCatalog> scripts = new ArrayList<>();
        private final List<ConnectionCatalog> connections = new ArrayList<>();
        private final List<JobListener> listeners = new ArrayList<>();
        private Predicate<String> inherited = HostEnvironment::isInherited;
        private boolean discovery = true;
        private boolean runsJobs = true;
        private boolean hostCredentials;
        private int maxItems = Runtime.getRuntime().availableProcessors();
        private int maxJobsPerDeployment = 2;
        private int archiveThreads = Runtime.getRuntime().availableProcessors();
        private LogLimits logLimits = LogLimits.DEFAULT;
        private Duration stopGrace = Duration.ofSeconds(10);
        private Duration lease = Duration.ofSeconds(15);
        private Backoff backoff = Backoff.DEFAULT;
        private Duration keepFor = Duration.ofDays(30);
        private int keepNewest = 300;
        private InstantSource clock = InstantSource.system();

        private Builder() {}

        /**
         * Sets the engine's directory, for workspaces and logs. Default: a temporary one that ends with the engine.
         *
         * @param directory made if it is missing, 0700
         * @return this builder
         */
        public Builder home(Path directory) {
            this.home = directory;
            return this;
        }

        /**
         * Sets where jobs are kept. Default: in memory.
         *
         * @param store not closed with the engine
         * @return this builder
         */
        public Builder store(JobStore store) {
            this.store = store;
            return this;
        }

        /**
         * Sets how scripts start. Default: as processes of this machine.
         *
         * @param launcher not closed with the engine
         * @return this builder
         */
        public Builder launcher(ScriptLauncher launcher) {
            this.launcher = launcher;
            return this;
        }

        /**
         * Sets how secrets are sealed where jobs are kept. Default: under a key that ends with the engine.
         *
         * @param sealer the sealer
         * @return this builder
         */
        public Builder sealer(SecretSealer sealer) {
            this.sealer = sealer;
            return this;
        }

        /**
         * Adds a source of inputs. Of two that serve one type, the earlier one does; discovered ones come last.
         *
         * @param source the source
         * @return this builder
         */
        public Builder source(DataSource source) {
            sources.add(source);
            return this;
        }

        /**
         * Adds a sink of outputs. Of two that serve one type, the earlier one does; discovered ones come last.
         *
         * @param sink the sink
         * @return this builder
         */
        public Builder sink(DataSink sink) {
            sinks.add(sink);
            return this;
        }

        /**
         * Adds a catalog of scripts. They are asked in their order.
         *
         * @param catalog the catalog
         * @return this builder
         */
        public Builder scripts(ScriptCatalog catalog) {
            scripts.add(catalog);
            return this;
        }

        /**
         * Adds a catalog of connections. They are asked in their order.
         *
         * @param catalog the catalog
         * @return this builder
         */
        public Builder connections(ConnectionCatalog catalog) {
            connections.add(catalog);
            return this;
        }

        /**
         * Adds a listener.
         *
         * @param listener hears of all jobs
         * @return this builder
         */
        public Builder listener(JobListener listener) {
            listeners.add(listener);
            return this;
        }

        /**
         * Sets whether sources and sinks are also found by {@link ServiceLoader}. Default: true.
         *
         * @param discovery false to use the explicit ones alone
         * @return this builder
         */
        public Builder discovery(boolean discovery) {
            this.discovery = discovery;
            return this;
        }

        /**
         * Sets whether the host's own credentials may serve jobs whose connections have none. Default: false.
         *
         * @param allowed true to let documents use what the host may do
         * @return this builder
         */
        public Builder hostCredentials(boolean allowed) {
            this.hostCredentials = allowed;
            return this;
        }

        /**
         * Sets whether the engine runs jobs, or only submits, looks at and cancels those that other engines on the same
         * store run. Default: true.
         *
         * @param runsJobs false to leave jobs to others
         * @return this builder
         */
        public Builder runsJobs(boolean runsJobs) {
            this.runsJobs = runsJobs;
            return this;
        }

        /**
         * Sets how many items run at once. Default: the number of processors.
         *
         * @param items at least 1
         * @return this builder
         */
        public Builder maxItems(int items) {
            this.maxItems = atLeastOne("maxItems", items);
            return this;
        }

        /**
         * Sets how many jobs of one deployment run at once (contract 3.6). Default: 2.
         *
         * @param jobs at least 1
         * @return this builder
         */
        public Builder maxJobsPerDeployment(int jobs) {
            this.maxJobsPerDeployment = atLeastOne("maxJobsPerDeployment", jobs);
            return this;
        }

        /**
         * Sets how many threads compress outputs at once, shared by all items that are at it; each item has one in any case.
         * Default: the number of processors.
         *
         * @param threads at least 1
         * @return this builder
         */
        public Builder archiveThreads(int threads) {
            this.archiveThreads = atLeastOne("archiveThreads", threads);
            return this;
        }

        /**
         * Sets how much of what a script writes is kept: the beginning and the end, of stdout and of stderr each. While the
         * script runs the file system gives back what lies between, where it can (see docs/logs.md). Default: 64 MiB each.
         *
         * @param headBytes how much of the beginning, not negative
         * @param tailBytes how much of the end, not negative
         * @return this builder
         */
        public Builder logLimits(long headBytes, long tailBytes) {
            this.logLimits = new LogLimits(headBytes, tailBytes);
            return this;
        }

        /**
         * Sets how long a script has to end by itself before it is killed. Default: 10 seconds.
         *
         * @param grace not negative
         * @return this builder
         */
        public Builder stopGrace(Duration grace) {
            if (grace.isNegative()) {
                throw new IllegalArgumentException("stopGrace is negative: " + grace);
            }
            this.stopGrace = grace;
            return this;
        }

        /**
         * Sets how long other engines on the same store believe that this one is alive when it says nothing any more and
         * they cannot see that its process is gone; it says so three times as often. Default: 15 seconds.
         *
         * @param lease at least a second
         * @return this builder
         */
        public Builder lease(Duration lease) {
            if (lease.compareTo(Duration.ofSeconds(1)) < 0) {
                throw new IllegalArgumentException("lease is shorter than a second: " + lease);
            }
            this.lease = lease;
            return this;
        }

        /**
         * Sets how long a phase waits before it is tried again: twice as long each time. Default: from half a second up
         * to half a minute.
         *
         * @param first the wait before the second try
         * @param most the longest wait
         * @return this builder
         */
        public Builder backoff(Duration first, Duration most) {
            if (first.isNegative() || most.compareTo(first) < 0) {
                throw new IllegalArgumentException(
                        "back-off is negative, or begins above its end: " + first + ", " + most);
            }
            this.backoff = new Backoff(first, most);
            return this;
        }

        /**
         * Sets how long ended jobs are kept (contract 3.7). Default: 30 days, and the newest 300.
         *
         * @param time how long, or a negative duration for ever
         * @param newest how many at most, or -1 for all
         * @return this builder
         */
        public Builder keepEnded(Duration time, int newest) {
            if (newest < -1) {
                throw new IllegalArgumentException("number of jobs to keep is below -1: " + newest);
            }
            this.keepFor = time;
            this.keepNewest = newest;
            return this;
        }

        /**
         * Sets which variables of the host scripts inherit (contract 1.4). Default: {@code PATH}, {@code HOME},
         * {@code LANG}, {@code LC_*} and {@code TZ}.
         *
         * @param names true for the names that are inherited
         * @return this builder
         */
        public Builder inherited(Predicate<String> names) {
            this.inherited = names;
            return this;
        }

        /**
         * Sets what scripts see as the host's environment. Default: this process's own.
         *
         * @param environment the variables, of which the {@linkplain #inherited inherited} ones are taken
         * @return this builder
         */
        public Builder hostEnvironment(Map<String, String> environment) {
            this.hostEnvironment = Map.copyOf(environment);
            return this;
        }

        /**
         * Sets what tells the time of jobs. Default: the system's clock.
         *
         * @param clock the clock
         * @return this builder
         */
        public Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /**
         * The engine, ready to take jobs.
         *
         * @return a new engine, to be closed
         * @throws IOException if its directories cannot be made
         */
        public Engine build() throws IOException {
            return new LongshoreEngine(this);
        }

        private static int atLeastOne(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " is below 1: " + value);
            }
            return value;
        }
    }
}
