package io.longshore.launch;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Sees the ends of all running scripts, on one thread that is there while scripts run and for some seconds more, as to start
 * one costs more than what it does for a script: at once by a watch on each control directory, and by a slow look at each
 * supervisor for what no file tells.
 */
final class Watch implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration LINGERS = Duration.ofSeconds(5);

    /** How soon an engine that is closed is noticed where no file can tell. */
    private static final Duration WITHOUT_FILES = Duration.ofMillis(200);

    private final Set<RunningScript> scripts = ConcurrentHashMap.newKeySet();
    private final Map<WatchKey, RunningScript> byKey = new ConcurrentHashMap<>();
    private final Opener opener;
    private final ThreadFactory threads;
    // Has threads only while scripts end.
    private final ExecutorService ends = Executors.newCachedThreadPool(daemons("longshore-launch-end-%d"));

    private final Object lock = new Object();
    // Guarded by lock.
    private @Nullable WatchService service;
    private boolean isBlind; // no service could be made, which is warned of once
    private boolean isWatching; // the thread runs
    private int beginning; // launches for which it stays
    private volatile boolean closed;

    /** Makes what tells of new files. */
    interface Opener {
        WatchService open() throws IOException;
    }

    /**
     * A watch without scripts.
     *
     * @param opener makes what tells of new files, tried again at each launch until it can
     * @param threads makes the thread
     */
    Watch(Opener opener, ThreadFactory threads) {
        this.opener = opener;
        this.threads = threads;
    }

    static Watch ofThisMachine() {
        return new Watch(() -> FileSystems.getDefault().newWatchService(), daemons("longshore-launch-watch"));
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the launcher is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Prepares for a script: what is wanting for its watch is told before it starts.
     *
     * @throws IOException if there is no thread for it
     */
    void begin() throws IOException {
        synchronized (lock) {
            requireOpen();
            if (service == null) {
                try {
                    service = opener.open();
                } catch (IOException | OutOfMemoryError e) { // the latter for want of a thread of its own
                    LOG.atLevel(isBlind ? Level.DEBUG : Level.WARN)
                            .setCause(e)
                            .log("ends of scripts are seen a second late, as no watch on their files can be made");
                    isBlind = true;
                }
            }
            if (!isWatching) {
                try {
                    threads.newThread(this::watch).start();
                } catch (OutOfMemoryError e) {
                    throw new IOException("there is no thread to watch scripts: " + e.getMessage(), e);
                }
                isWatching = true;
            }
            beginning++;
        }
    }

    /** The script that was prepared for is added, or never will be. */
    void end() {
        synchronized (lock) {
            beginning--;
        }
    }

    /** Watches a script from now on; its end may be there already. To be called between a {@link #begin} and its end. */
    RunningScript add(RunningScript script) {
        synchronized (lock) {
            requireOpen();
            if (service != null) {
                register(script, service);
            }
            scripts.add(script);
        }
        script.look();
        return script;
    }

    void remove(RunningScript script) {
        scripts.remove(script);
        byKey.entrySet().removeIf(entry -> {
            boolean its = entry.getValue() == script;
            if (its) {
                entry.getKey().cancel();
            }
            return its;
        });
    }

    /** Does what may block or call strangers, off the one thread; false if there is no thread for it, to be tried again. */
    boolean execute(Runnable end) {
        try {
            ends.execute(end);
        } catch (RejectedExecutionException e) {
            // closed: forgotten
        } catch (OutOfMemoryError e) {
            LOG.warn("there is no thread for the end of a script yet", e);
            return false;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        synchronized (lock) {
            closed = true;
            ends.shutdownNow();
            scripts.clear();
            byKey.clear();
            if (service != null) {
                service.close();
            }
        }
    }

    private void register(RunningScript script, WatchService watching) {
        try {
            byKey.put(script.control().directory().register(watching, StandardWatchEventKinds.ENTRY_CREATE), script);
        } catch (IOException e) {
            // The limit of watches is reached, or the directory is gone: the slow look sees the end.
            LOG.debug(
                    "control directory is not watched: \"{}\"", script.control().directory(), e);
        }
    }

    private void watch() {
        long lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
        long busyAt = System.nanoTime();
        try {
            while (goesOn(busyAt)) {
                if (!scripts.isEmpty()) {
                    busyAt = System.nanoTime();
                }
                WatchKey key = next(lookAt - System.nanoTime());
                if (key != null) {
                    key.pollEvents();
                    boolean valid = key.reset();
                    RunningScript script = byKey.get(key);
                    if (script != null) {
                        look(script::lookForExit);
                    }
                    if (!valid) {
                        byKey.remove(key);
                    }
                }
                if (System.nanoTime() - lookAt >= 0) {
                    scripts.forEach(script -> look(script::look));
                    lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
                }
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // closed
        }
    }

    /** The thread outlives whatever is wrong with one look, as of others' scripts nobody else sees the end. */
    private static void look(Runnable look) {
        try {
            look.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("a script could not be looked at, and is again", e);
        }
    }

    private @Nullable WatchKey next(long nanos) throws InterruptedException {
        WatchService watched;
        synchronized (lock) {
            watched = service;
        }
        if (watched != null) {
            return watched.poll(nanos, TimeUnit.NANOSECONDS);
        }
        TimeUnit.NANOSECONDS.sleep(Math.min(nanos, WITHOUT_FILES.toNanos()));
        return null;
    }

    private boolean goesOn(long busyAt) {
        synchronized (lock) {
            boolean lingers = System.nanoTime() - busyAt < LINGERS.toNanos();
            isWatching = !closed && (lingers || beginning > 0 || !scripts.isEmpty());
            return isWatching;
        }
    }

    private static ThreadFactory daemons(String name) {
        return new ThreadFactoryBuilder().setNameFormat(name).setDaemon(true).build();
    }
}
