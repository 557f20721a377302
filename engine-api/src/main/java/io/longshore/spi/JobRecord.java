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
 * @param endedAt when it ended; present if and only if its state is terminal
 * @param deadline when its time-out passes; empty for never
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
        Optional<Instant> deadline,
        String request,
        String result) {
    /**
     * Checks that nothing is null, and that a job says when it ended if it has, and only then.
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
     * @param deadline the {@code deadline} component
     * @param request the {@code request} component
     * @param result the {@code result} component
     */
    public JobRecord {
        Objects.requireNonNull(id);
        Objects.requireNonNull(key);
        Objects.requireNonNull(state);
        Objects.requireNonNull(runningAt);
        Objects.requireNonNull(endedAt);
        Objects.requireNonNull(deadline);
        if (state.isTerminal() != endedAt.isPresent()) {
            throw new IllegalArgumentException(
                    "a job says when it ended if it has, and only then: job " + id + ", " + state + ", " + endedAt);
        }
    }

    /**
     * A job that is new.
     *
     * @param id its id
     * @param key the client's key
     * @param deployment the script's id
     * @param priority higher goes first within a deployment
     * @param createdAt when it was accepted
     * @param deadline when its time-out passes; empty for never
     * @param request what was asked
     * @return the job, queued, version 0
     */
    public static JobRecord queued(
            JobId id,
            Optional<String> key,
            String deployment,
            int priority,
            Instant createdAt,
            Optional<Instant> deadline,
            String request) {
        return new JobRecord(
                id,
                0,
                0,
                key,
                deployment,
                priority,
                JobState.QUEUED,
                false,
                createdAt,
                createdAt,
                Optional.empty(),
                Optional.empty(),
                deadline,
                request,
                "");
    }

    /**
     * The job as a change of its state makes it.
     *
     * @param next the new state
     * @param at when it changed
     * @param ending how it ended; empty unless the state is terminal
     * @return the same job in that state, in its next version
     */
    public JobRecord moved(JobState next, Instant at, String ending) {
        return new JobRecord(
                id,
                version + 1,
                epoch,
                key,
                deployment,
                priority,
                next,
                cancelRequested,
                createdAt,
                at,
                next == JobState.RUNNING ? Optional.of(at) : runningAt,
                next.isTerminal() ? Optional.of(at) : Optional.empty(),
                deadline,
                request,
                ending);
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
                deadline,
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
                deadline,
                request,
                result);
    }

    @Override
    public String toString() {
        return "JobRecord[" + id + ", version " + version + ", epoch " + epoch + ", " + state + "]";
    }
}
