package io.longshore.lifecycle;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.longshore.api.JobId;
import io.longshore.api.LogPart;
import io.longshore.api.LogStream;
import io.longshore.codec.RequestCodec;
import io.longshore.publish.Publisher;
import io.longshore.spi.Cancellation;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemReports;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.Owner;
import io.longshore.spi.ScriptLauncher;
import io.longshore.spi.SerializedItem;
import io.longshore.spi.Site;
import io.longshore.stage.Stager;
import io.longshore.sweep.Sweeper;
import io.longshore.workspace.LogFile;
import io.longshore.workspace.LogLimits;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs items on this machine: the lifecycle over a {@link ScriptLauncher}. */
public final class LocalSite implements Site {
    private static final Logger LOG = LoggerFactory.getLogger(LocalSite.class);

    /** How long a close waits for steps that heed no interrupt. */
    private static final long CLOSE_PATIENCE_SECONDS = 30;

    private final RequestCodec codec;
    private final DataPlane plane;
    private final ExecutorService workers;
    private final Map<ItemKey, ItemRun> runs = new ConcurrentHashMap<>();
    private volatile @Nullable ItemReports reports;

    /**
     * A site on this machine.
     *
     * @param home an existing directory; {@code work} and {@code logs} are made in it
     * @param codec reads items
     * @param stager brings inputs
     * @param launcher starts scripts; not closed with the site
     * @param publisher takes outputs away
     * @param owner this engine, if its jobs end with it
     * @param inherited what scripts inherit of the host's environment
     * @param logLimits how much of each log is kept
     * @param stopGrace how long a script has to end by itself when its time is over
     * @param backoff how long to wait between tries
     * @param clock tells the time
     * @param timer waits; not closed with the site
     * @throws IOException if the directories cannot be made
     */
    public LocalSite(
            Path home,
            RequestCodec codec,
            Stager stager,
            ScriptLauncher launcher,
            Publisher publisher,
            Optional<Owner> owner,
            Map<String, String> inherited,
            LogLimits logLimits,
            Duration stopGrace,
            Backoff backoff,
            InstantSource clock,
            ScheduledExecutorService timer)
            throws IOException {
        this.codec = codec;
        this.workers = Executors.newCachedThreadPool(new ThreadFactoryBuilder()
                .setNameFormat("longshore-item-%d")
                .setDaemon(true)
                .build());
        Path logs = home.resolve("logs");
        Path work = home.resolve("work");
        this.plane = new DataPlane(
                work,
                logs,
                stager,
                launcher,
                publisher,
                new Sweeper(logs, logLimits),
                new Orphans(work, logs, launcher, owner),
                inherited,
                stopGrace,
                backoff,
                clock,
                timer,
                workers);
        Workspace.makeDirectories(plane.work());
        Workspace.makeDirectories(plane.logs());
    }

    /**
     * Ends the scripts, and removes the directories, of jobs in memory whose process is gone.
     *
     * @throws IOException if the directories cannot be read or removed
     */
    public void sweepOrphans() throws IOException {
        plane.orphans().sweep();
    }

    @Override
    public void observe(ItemReports reports) {
        this.reports = reports;
    }

    @Override
    public void start(SerializedItem item, ItemKey key) throws IOException {
        ItemReports observer = Objects.requireNonNull(reports, "observe was not called");
        ItemRun run = new ItemRun(codec.read(item, key), plane, observer);
        if (runs.putIfAbsent(key, run) == null) {
            CompletableFuture<?> unused = run.ended().whenComplete((cancellation, e) -> {
                runs.remove(key);
                observer.released(key);
            });
            run.start();
        }
    }

    @Override
    public CompletableFuture<Cancellation> cancel(ItemKey key, CancelCause cause, Duration grace) {
        ItemRun run = runs.get(key);
        return run == null ? CompletableFuture.completedFuture(Cancellation.clean()) : run.cancel(cause, grace);
    }

    /**
     * Reads what an item's newest attempt wrote.
     *
     * @param key the item
     * @param attempt its newest attempt, from 1
     * @param stream which stream
     * @param offset where to begin, in bytes
     * @param maxBytes how much to read at most
     * @return what there is; it begins later where the middle was left out
     * @throws IOException if the log cannot be read
     */
    public LogPart readLog(ItemKey key, int attempt, LogStream stream, long offset, int maxBytes) throws IOException {
        LaunchKey launch = new LaunchKey(key, attempt);
        Workspace workspace = Workspace.of(plane.work(), launch);
        Path live = stream == LogStream.STDOUT ? workspace.stdout() : workspace.stderr();
        Path kept = stream == LogStream.STDOUT
                ? Sweeper.stdout(plane.logs(), launch)
                : Sweeper.stderr(plane.logs(), launch);
        // The sweep moves the one to the other between any two looks.
        for (Path log : new Path[] {live, kept}) {
            if (Files.exists(log, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS)) {
                continue; // a script's own, such as a FIFO that would never end
            }
            try {
                return LogFile.of(log).read(offset, maxBytes);
            } catch (NoSuchFileException e) {
                // the next one
            }
        }
        return new LogPart(offset, new byte[0]);
    }

    /**
     * Finds the directories of an attempt.
     *
     * @param key the item
     * @param attempt its attempt, from 1
     * @return their parent, or empty where there is none
     */
    public Optional<Path> findWorkspace(ItemKey key, int attempt) {
        Path directory = Workspace.of(plane.work(), new LaunchKey(key, attempt)).directory();
        return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) ? Optional.of(directory) : Optional.empty();
    }

    /**
     * Removes the logs of a job that is not kept any more.
     *
     * @param job the job
     * @throws IOException if something stays
     */
    public void forget(JobId job) throws IOException {
        Workspace.deleteTree(plane.logs().resolve(job.value()));
    }

    @Override
    public void close() {
        CompletableFuture<?>[] ends = runs.values().stream().map(ItemRun::letGo).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends).get(CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            LOG.error("a plug-in does not let go of an item; what it still does is not reported");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOG.warn("an item has no end", e);
        }
        workers.shutdown();
    }
}
