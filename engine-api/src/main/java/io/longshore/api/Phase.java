package io.longshore.api;

/** The phases an item goes through, in their order. */
public enum Phase {
    /** Waiting for its turn. */
    QUEUED,
    /** Its inputs are fetched and verified. */
    STAGE,
    /** Its script is being started. */
    LAUNCH,
    /** Its script runs. */
    RUN,
    /** What the script wrote is compressed and published, in one pass. */
    PUBLISH,
    /** Leftover processes, secrets, uploads and directories are removed. */
    SWEEP,
    /** Ended; see its outcome. */
    DONE
}
