package io.longshore.api;

/** What becomes of an item whose script was lost with its host (contract 3.8). */
public enum OnLost {
    /** It fails and says so; the default, as a script may not bear running twice. */
    FAIL,
    /** Its script runs again, in fresh directories. */
    RERUN
}
