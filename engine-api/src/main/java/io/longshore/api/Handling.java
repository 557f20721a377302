package io.longshore.api;

/** Who moves the data of a reference (contract 1.6, 2.2). */
public enum Handling {
    /** The engine, unless the source says that the data is connected from elsewhere; then the script. */
    AUTO,
    /** The engine, in any case. */
    ENGINE,
    /** The script, which finds the reference in its payload. */
    SCRIPT
}
