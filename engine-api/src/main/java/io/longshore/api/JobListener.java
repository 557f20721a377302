package io.longshore.api;

/**
 * Hears what happens to jobs. It cannot hurt the engine: what it throws is logged and dropped, and while it is slow only
 * other listeners' events wait.
 *
 * <p><b>Threads:</b> called on one thread of the engine's, one event at a time. <b>Blocking:</b> should not.
 */
@FunctionalInterface
public interface JobListener {
    /**
     * Takes an event.
     *
     * @param event what happened
     */
    void onEvent(JobEvent event);
}
