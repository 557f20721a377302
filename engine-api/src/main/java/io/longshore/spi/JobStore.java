package io.longshore.spi;

import io.longshore.api.JobId;
import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where jobs are kept: in memory, or in a database that survives the host.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> may block on I/O.
 *
 * <p>Check an implementation by extending {@code JobStoreContract} from engine-testkit.
 */
public interface JobStore extends Closeable {
    /**
     * Whether jobs outlive the host process, so that scripts may too.
     *
     * @return true for a durable store
     */
    boolean isDurable();

    /**
     * Keeps a new job with its items, whole or not at all.
     *
     * @param job the job, version 0
     * @param items its items, version 0
     * @return the job that is kept: this one, or the earlier one with the same client's key
     * @throws IOException if the store does not answer
     */
    JobRecord create(JobRecord job, List<ItemRecord> items) throws IOException;

    /**
     * Finds a job.
     *
     * @param id its id
     * @return the job, or empty where there is none
     * @throws IOException if the store does not answer
     */
    Optional<JobRecord> find(JobId id) throws IOException;

    /**
     * Lists a job's items.
     *
     * @param id the job's id
     * @return the items by number; empty where there is no such job
     * @throws IOException if the store does not answer
     */
    List<ItemRecord> items(JobId id) throws IOException;

    /**
     * Lists jobs, newest first.
     *
     * @param limit how many at most
     * @return the jobs
     * @throws IOException if the store does not answer
     */
    List<JobRecord> list(int limit) throws IOException;

    /**
     * Claims the job whose turn it is: of the deployments that have fewer than {@code limit} claimed jobs, the queued job
     * of the highest priority that waited longest; deployments take turns.
     *
     * @param limit how many jobs of one deployment may be claimed at once
     * @return the claimed job, which no other caller gets, or empty if none may run
     * @throws IOException if the store does not answer
     */
    Optional<JobRecord> claim(int limit) throws IOException;

    /**
     * Changes a job if nobody else has: the stored version must be one less than the new one. A job in a terminal state
     * gives up its claim.
     *
     * @param next the changed job
     * @return false if somebody else changed it, or it is gone; nothing changed then
     * @throws IOException if the store does not answer
     */
    boolean update(JobRecord next) throws IOException;

    /**
     * Changes an item if nobody else has: the stored version must be one less than the new one.
     *
     * @param next the changed item
     * @return false if somebody else changed it, or it is gone; nothing changed then
     * @throws IOException if the store does not answer
     */
    boolean update(ItemRecord next) throws IOException;

    /**
     * Adds items to a job that has none of their numbers, whole or not at all.
     *
     * @param items the items, version 0
     * @return false if the job is gone or has ended
     * @throws IOException if the store does not answer
     */
    boolean add(List<ItemRecord> items) throws IOException;

    /**
     * Removes ended jobs that ended before a time, or that more than so many others ended after; running ones never.
     *
     * @param before the time
     * @param newest how many ended jobs stay at most
     * @return the jobs that were removed
     * @throws IOException if the store does not answer
     */
    List<JobId> prune(Instant before, int newest) throws IOException;

    /**
     * Says what to call when a job may have become claimable or was changed by somebody else; may be called too often, and
     * on any thread.
     *
     * @param wake called without locks held
     */
    void onWake(Runnable wake);
}
