package io.longshore.journal;

import io.longshore.api.JobEvent;
import io.longshore.api.JobListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries events to listeners, in their order, on one thread; nothing a listener does reaches the engine. */
public final class Events implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Events.class);
    private static final int MOST_WAITING_FOR_PROGRESS = 1_000;
    private static final long CLOSE_SECONDS = 5;

    private final List<JobListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(r -> {
        Thread daemon = new Thread(r, "longshore-events");
        daemon.setDaemon(true);
        return daemon;
    });

    /** Events without listeners. */
    public Events() {}

    /**
     * Adds a listener to the events from now on.
     *
     * @param listener the listener
     */
    public void add(JobListener listener) {
        listeners.add(listener);
    }

    /**
     * Removes a listener.
     *
     * @param listener the listener
     */
    public void remove(JobListener listener) {
        listeners.remove(listener);
    }

    /** Takes an event without blocking; progress is left out where listeners are far behind. */
    void send(JobEvent event) {
        if (listeners.isEmpty() || (event instanceof JobEvent.Progress && waiting.get() > MOST_WAITING_FOR_PROGRESS)) {
            return;
        }
        waiting.incrementAndGet();
        thread.execute(() -> deliver(event));
    }

    private void deliver(JobEvent event) {
        waiting.decrementAndGet();
        for (JobListener listener : listeners) {
            try {
                listener.onEvent(event);
            } catch (Throwable e) {
                LOG.warn(
                        "listener {} failed on an event of job {}",
                        listener.getClass().getName(),
                        event.job(),
                        e);
            }
        }
    }

    /** Delivers what is waiting, for a short time at most, and ends the thread. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
