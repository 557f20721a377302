package io.longshore.spi;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Where items run: this machine, or a cluster. A site drives an item through its phases and reports each transition; it
 * knows no queue and no store.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> {@code start} and {@code cancel} return at once.
 */
public interface Site extends Closeable {
    /**
     * Says where reports go; called once, before anything is started.
     *
     * @param reports takes what happens to items
     * @throws IOException if the site cannot do its work
     */
    void observe(ItemReports reports) throws IOException;

    /**
     * Starts an item; one that was started under this key is not started again.
     *
     * @param item what to run
     * @param key which item it is
     * @throws IOException if the site does not take it; nothing was started
     */
    void start(SerializedItem item, ItemKey key) throws IOException;

    /**
     * Ends an item, whatever phase it is in; its report says {@code Ended} before the future completes. Nothing is
     * published afterwards. An item that the site does not know, or that has ended, is ended already.
     *
     * @param key the item
     * @param cause why: becomes the item's outcome unless it ends by itself first
     * @param grace how long its script has to end by itself
     * @return a future that completes when nothing of the item is left, or names what is
     */
    CompletableFuture<Cancellation> cancel(ItemKey key, CancelCause cause, Duration grace);

    /** Why an item is ended. */
    enum CancelCause {
        /** Somebody canceled the job. */
        CANCELED,
        /** The job's time-out passed. */
        TIMED_OUT
    }

    /**
     * Lets go of its items and leaves what runs running: whoever starts them again goes on with them. Nothing is reported or
     * committed afterwards. Waits for steps under way, but not for ever.
     */
    @Override
    void close() throws IOException;
}
