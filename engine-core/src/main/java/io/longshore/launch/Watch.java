package io.longshore.launch;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
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

/**
 * Sees the ends of all running scripts, on one thread that is there while scripts run and for some seconds more, as to start
 * one costs more than what it does for a script: at once by a watch on each control directory, and by a slow look at each
 * supervisor for what no file tells.
 */
final class Watch implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration LINGERS = Duration.ofSeconds(5);

    private final Set<RunningScript> scripts = ConcurrentHashMap.newKeySet();
    private final Map<WatchKey, RunningScript> byKey = new ConcurrentHashMap<>();
    private final ThreadFactory threads = daemons("longshore-launch-watch");
    // Has threads only while scripts end.
    private final ExecutorService ends = Executors.newCachedThreadPool(daemons("longshore-launch-end-%d"));

    private final Object lock = new Object();
    // Guarded by lock.
    private @Nullable WatchService service;
    private boolean isWatching; // the thread runs
    private volatile boolean closed;

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the launcher is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Watches a script from now on; its end may be there already. */
    RunningScript add(RunningScript script) throws IOException {
        synchronized (lock) {
            requireOpen();
            if (service == null) {
                service = script.control().directory().getFileSystem().newWatchService();
            }
            register(script, service);
            scripts.add(script);
            if (!isWatching) {
                isWatching = true;
                WatchService watched = service;
                threads.newThread(() -> watch(watched)).start();
            }
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

    /** Does what may block or call strangers, off the one thread. */
    void execute(Runnable end) {
        try {
            ends.execute(end);
        } catch (RejectedExecutionException e) {
            // closed: forgotten
        }
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

    private void watch(WatchService watched) {
        long lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
        long busyAt = System.nanoTime();
        try {
            while (goesOn(busyAt)) {
                if (!scripts.isEmpty()) {
                    busyAt = System.nanoTime();
                }
                WatchKey key = watched.poll(lookAt - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (key != null) {
                    key.pollEvents();
                    boolean valid = key.reset();
                    RunningScript script = byKey.get(key);
                    if (script != null) {
                        script.lookForExit();
                    }
                    if (!valid) {
                        byKey.remove(key);
                    }
                }
                if (System.nanoTime() - lookAt >= 0) {
                    scripts.forEach(RunningScript::look);
                    lookAt = System.nanoTime() + LOOK_EVERY.toNanos();
                }
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // closed
        }
    }

    private boolean goesOn(long busyAt) {
        synchronized (lock) {
            boolean lingers = System.nanoTime() - busyAt < LINGERS.toNanos();
            isWatching = !closed && (lingers || !scripts.isEmpty());
            return isWatching;
        }
    }

    private static ThreadFactory daemons(String name) {
        return new ThreadFactoryBuilder().setNameFormat(name).setDaemon(true).build();
    }
}
