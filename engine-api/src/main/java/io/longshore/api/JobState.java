package io.longshore.api;

/** Where a job stands (contract 3); states only move forward, and a terminal one never changes. */
public enum JobState {
    /** Accepted and waiting. */
    QUEUED,
    /** Some item is past waiting. */
    RUNNING,
    /** Being ended because somebody asked for it. */
    CANCELING,
    /** Every item has ended; with several items, some may have failed (contract 3.3). */
    COMPLETED,
    /** The one item failed, or the engine could not run the job. */
    FAILED,
    /** Not terminal within its time-out, and ended for that (contract 3.5). */
    TIMED_OUT,
    /** Ended on request; nothing of it is left (contract 3.4). */
    CANCELED;

    /**
     * Whether nothing about the job will change any more.
     *
     * @return true for COMPLETED, FAILED, TIMED_OUT and CANCELED
     */
    public boolean isTerminal() {
        return this == COMPLETED || this == FAILED || this == TIMED_OUT || this == CANCELED;
    }
}
