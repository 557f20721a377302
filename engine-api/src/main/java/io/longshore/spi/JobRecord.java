package io.longshore.spi;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A job as a store keeps it: what queries and claims need as fields, the rest as text that the store does not look into.
 * The text holds no secret in clear.
 *
 * @param id the job
 * @param version counts the changes, from 0; a store takes a change only for the version it holds
 * @param epoch counts the claims, from 0; a store takes a change only from whoever made the latest claim
 * @param key the client's key, unique in a store
 * @param deployment the script's id, by which concurrent jobs are counted
 * @param priority higher goes first within a deployment
 * @param state where the job stands
 * @param cancelRequested whether somebody asked for its end
 * @param createdAt when it was accepted
 * @param modifiedAt when anything about it last changed
 * @param runningAt when its first item went past waiting
 * @param endedAt when it ended
 * @param request what was asked; never changes
 * @param result how it ended; empty until then
 */
public record JobRecord(
        JobId id,
        long version,
        long epoch,
        Optional<String> key,
        String deployment,
        int priority,
        JobState state,
        boolean cancelRequested,
        Instant createdAt,
        Instant modifiedAt,
        Optional<Instant> runningAt,
        Optional<Instant> endedAt,
        String request,
        String result) {
    /**
     * Checks that nothing is null.
     *
     * @param id the {@code id} component
     * @param version the {@code version} component
     * @param epoch the {@code epoch} component
     * @param key the {@code key} component
     * @param deployment the {@code deployment} component
     * @param priority the {@code priority} component
     * @param state the {@code state} component
     * @param cancelRequested the {@code cancelRequested} component
     * @param createdAt the {@code createdAt} component
     * @param modifiedAt the {@code modifiedAt} component
     * @param runningAt the {@code runningAt} component
     * @param endedAt the {@code endedAt} component
     * @param request the {@code request} component
     * @param result the {@code result} component
     */
    public JobRecord {
        Objects.requireNonNull(id);
        Objects.requireNonNull(key);
        Objects.requireNonNull(state);
        Objects.requireNonNull(runningAt);
        Objects.requireNonNull(endedAt);
    }

    /**
     * The job as the next claim makes it.
     *
     * @param next the epoch of the claim
     * @return the same job in that epoch
     */
    public JobRecord inEpoch(long next) {
        return new JobRecord(
                id,
                version,
                next,
                key,
                deployment,
                priority,
                state,
                cancelRequested,
                createdAt,
                modifiedAt,
                runningAt,
                endedAt,
                request,
                result);
    }

    /**
     * The job as a request to cancel it makes it.
     *
     * @return the same job with the request
     */
    public JobRecord withCancelRequested() {
        return new JobRecord(
                id,
                version,
                epoch,
                key,
                deployment,
                priority,
                state,
                true,
                createdAt,
                modifiedAt,
                runningAt,
                endedAt,
                request,
                result);
    }

    @Override
    public String toString() {
        return "JobRecord[" + id + ", version " + version + ", epoch " + epoch + ", " + state + "]";
    }
}
