package io.longshore.spi;

import io.longshore.api.JobId;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Where jobs are kept: in memory, or in a database that survives the host. Several engines may share one: a job that runs
 * is held by one of them, its owner, by a claim; each claim of a job begins a new epoch, and whoever claimed it before
 * cannot change it any more.
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
     * Says that an owner is alive, for the first time or again.
     *
     * @param owner the owner
     * @param lease how long from now others believe it, by the store's own clock
     * @throws IOException if the store does not answer
     */
    void keepAlive(Owner owner, Duration lease) throws IOException;

    /**
     * Claims the job whose turn it is: of the deployments that have fewer than {@code limit} claimed jobs, the queued job
     * of the highest priority that waited longest; deployments take turns. The cost does not grow with the queue.
     *
     * @param owner who claims it, alive
     * @param limit how many jobs of one deployment may be claimed at once, over all owners
     * @return the claimed job in its new epoch, which no other caller gets, or empty if none may run
     * @throws IOException if the store does not answer
     */
    Optional<JobRecord> claim(Owner owner, int limit) throws IOException;

    /**
     * Claims one job that has not ended and that no living owner holds, whatever its turn and its deployment's limit.
     *
     * @param owner who claims it, alive
     * @param id the job
     * @param gone as for {@link #takeOver}
     * @return the claimed job in its new epoch, or empty if it is no more, has ended, or is somebody's
     * @throws IOException if the store does not answer
     */
    Optional<JobRecord> claim(Owner owner, JobId id, Predicate<Owner> gone) throws IOException;

    /**
     * Claims the jobs whose owners are gone: who gave them up, whose lease is over, or of whom the caller knows. They stay
     * counted against their deployments' limits.
     *
     * @param owner who takes them, alive
     * @param gone whether another owner is known to be gone; asked for those whose lease is not over
     * @return the claimed jobs in their new epochs, in the order they were claimed first
     * @throws IOException if the store does not answer
     */
    List<JobRecord> takeOver(Owner owner, Predicate<Owner> gone) throws IOException;

    /**
     * Gives up all that an owner holds, so that others take it over at once; a no-op where it holds nothing.
     *
     * @param owner the owner, which is not alive any more
     * @throws IOException if the store does not answer
     */
    void release(Owner owner) throws IOException;

    /**
     * Whether a claim is still the latest: the fence before a commit.
     *
     * @param id the job
     * @param epoch the epoch of the claim
     * @return false once somebody else has claimed the job, or it is gone
     * @throws IOException if the store does not answer
     */
    boolean holds(JobId id, long epoch) throws IOException;

    /**
     * Asks whoever holds a job, or will, to end it.
     *
     * @param id the job
     * @return false if it is gone or has ended
     * @throws IOException if the store does not answer
     */
    boolean requestCancel(JobId id) throws IOException;

    /**
     * Lists the jobs of an owner that somebody asked to end and that have not ended.
     *
     * @param owner the owner
     * @return their ids
     * @throws IOException if the store does not answer
     */
    List<JobId> cancelRequests(Owner owner) throws IOException;

    /**
     * Lists the jobs that wait for their first claim although their deadline has passed.
     *
     * @param now the time
     * @param limit how many at most
     * @return their ids, the earliest deadline first
     * @throws IOException if the store does not answer
     */
    List<JobId> overdue(Instant now, int limit) throws IOException;

    /**
     * Changes a job if nobody else has: the stored version must be one less than the new one, and the epoch the same.
     * A request to cancel it stays. A job in a terminal state gives up its claim, and never changes again.
     *
     * @param next the changed job
     * @return false if somebody else changed or claimed it, or it has ended or is gone; nothing changed then
     * @throws IOException if the store does not answer
     */
    boolean update(JobRecord next) throws IOException;

    /**
     * Changes an item if nobody else has: the stored version must be one less than the new one.
     *
     * @param next the changed item
     * @param epoch the epoch of the caller's claim on its job
     * @return false if somebody else changed it or claimed its job, or it is gone; nothing changed then
     * @throws IOException if the store does not answer
     */
    boolean update(ItemRecord next, long epoch) throws IOException;

    /**
     * Adds items to a job, whole or not at all; their numbers follow those that it has.
     *
     * @param items the items, version 0, all of one job
     * @param epoch the epoch of the caller's claim on that job
     * @return false if somebody else claimed the job, or it is gone or has ended
     * @throws IOException if the store does not answer
     */
    boolean add(List<ItemRecord> items, long epoch) throws IOException;

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
     * Says what to call when a job may have become claimable, was asked to end, or ended, whoever did it; may be called too
     * often, and on any thread.
     *
     * @param wake called without locks held
     */
    void onWake(Runnable wake);
}
