package io.longshore.api;

/** One of the two streams that a script writes. */
public enum LogStream {
    /** Standard output. */
    STDOUT,
    /** Standard error. */
    STDERR
}
