package io.longshore.store.jdbc;

import io.longshore.store.jdbc.Session.Work;
import java.io.Closeable;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;

/**
 * A database that jobs are kept in: how transactions run on it, how others who use it are woken, and what its SQL says in
 * words of its own. Times in it are nanoseconds since 1970.
 */
abstract class Database implements Closeable {
    private static final long NANOS = 1_000_000_000;

    /** Runs one query, outside of a transaction. */
    abstract <T> T read(String what, Work<T> work) throws IOException;

    /** Runs a transaction. What it returns is on the disk by then. */
    abstract <T> T write(String what, Work<T> work) throws IOException;

    /** Wakes the others who use this database, not this one. */
    abstract void wakeOthers();

    /** The end of a query that locks its rows; empty where a transaction has the database to itself. */
    abstract String locking();

    /** The end of a query that locks its rows and leaves those out that others have locked. */
    abstract String lockingUnlocked();

    /**
     * Waits for other transactions that take jobs from their holders, until this one ends: they lock rows of many owners
     * and jobs, and would wait for one another in a circle. There are few.
     */
    abstract void lockHolders(Session session) throws SQLException;

    /** By the clock that everybody who uses this database goes by. */
    abstract long now(Session session) throws SQLException;

    /** A number that is greater than all before. */
    abstract long nextTurn(Session session) throws SQLException;

    /**
     * Changes an item, held by whoever has the claim of an epoch: version, status, body, job id, epoch, number and the
     * version before.
     */
    abstract String itemUpdate();

    /** Saturates: the year 2262 is the last that such a number can hold. */
    static long nanos(Instant at) {
        try {
            return Math.addExact(Math.multiplyExact(at.getEpochSecond(), NANOS), at.getNano());
        } catch (ArithmeticException e) {
            return at.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    static Instant instant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
    }
}
