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

    @Override
    public String toString() {
        return "JobRecord[" + id + ", version " + version + ", " + state + "]";
    }
}
