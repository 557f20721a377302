package io.longshore.store.jdbc;

import io.longshore.spi.PermanentStorageException;
import io.longshore.store.jdbc.Session.Work;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.sqlite.BusyHandler;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/**
 * SQLite in a file of a home, which any number of processes on one machine use at once. It has one writer at a time; the
 * writes of this process are grouped, so that they share commits.
 */
final class SqliteDatabase extends Database {
    private static final int READERS = 4;
    private static final int BUSY_MILLIS = 30_000;
    private static final int LARGEST_IDLE_LOG_BYTES = 64 << 20;

    private final Home home;
    private final InstantSource clock;
    private final GroupedWrites writes = new GroupedWrites(this::open);
    private final Connections readers = new Connections(this::open, READERS, READERS);
    private final WakeFiles wakes;

    private SqliteDatabase(Home home, InstantSource clock, Runnable wake) throws IOException {
        this.home = home;
        this.clock = clock;
        wakes = new WakeFiles(home.directory().resolve("wake"), wake);
    }

    static SqliteDatabase open(Home home, InstantSource clock, Runnable wake) throws IOException {
        SqliteLibrary.load(home.directory());
        SqliteDatabase database = new SqliteDatabase(home, clock, wake);
        try {
            Migrations.run(database, "sqlite", ""); // a transaction has the database to itself anyway
            return database;
        } catch (IOException | RuntimeException | Error e) {
            try {
                database.close();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw e;
        }
    }

    private Session open() throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_MILLIS);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL); // NORMAL would lose the last commits with the power
        config.setJournalSizeLimit(LARGEST_IDLE_LOG_BYTES);
        config.setTempStore(SQLiteConfig.TempStore.MEMORY); // no files elsewhere
        // As a URI, which keeps names whole that a JVM under a POSIX locale cannot say, and those with a question mark.
        Connection connection =
                JDBC.createConnection("jdbc:sqlite:" + home.file().toUri(), config.toProperties());
        BusyHandler.setHandler(connection, new Turn());
        return new Session(connection, true);
    }

    /**
     * Waits for the turn to write. SQLite's own wait sleeps longer each time, up to 100 ms, by which a process that came
     * late is passed over by those that write without pause; these sleeps stay as short as a write is.
     */
    private static final class Turn extends BusyHandler {
        private static final long SHORTEST_NANOS = 200_000;
        private static final long LONGEST_NANOS = 2_000_000;

        private long start;

        @Override
        protected int callback(int waits) {
            long now = System.nanoTime();
            if (waits == 0) {
                start = now;
            }
            if (now - start > BUSY_MILLIS * 1_000_000L) {
                return 0;
            }
            long most = Math.min(SHORTEST_NANOS << Math.min(waits, 10), LONGEST_NANOS);
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(SHORTEST_NANOS / 2, most));
            return 1;
        }
    }

    @Override
    <T> T read(String what, Work<T> work) throws IOException {
        Session session = null;
        try {
            session = readers.take();
            T result = work.on(session);
            readers.giveBack(session);
            return result;
        } catch (SQLException e) {
            if (session != null) {
                readers.discard(session);
            }
            throw failure(what, e);
        } catch (RuntimeException | Error e) {
            if (session != null) {
                readers.discard(session);
            }
            throw e;
        }
    }

    @Override
    <T> T write(String what, Work<T> work) throws IOException {
        try {
            return writes.write(work);
        } catch (SQLException e) {
            throw failure(what, e);
        }
    }

    private IOException failure(String what, SQLException failure) {
        SQLException cause = SqlFailure.bare(failure);
        SQLiteErrorCode code = SQLiteErrorCode.getErrorCode(cause.getErrorCode() & 0xff);
        String tried = what + " in " + this;
        return switch (code) {
            case SQLITE_NOTADB -> new PermanentStorageException(tried + ": the file is no SQLite database", cause);
            case SQLITE_CORRUPT -> new PermanentStorageException(tried + ": the file is damaged", cause);
            case SQLITE_FULL -> new IOException(tried + ": the disk is full", cause);
            case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM ->
                new IOException(tried + ": the file or its directory cannot be written to", cause);
            case SQLITE_BUSY ->
                new IOException(
                        tried + ": another process wrote to it for more than " + BUSY_MILLIS / 1000 + " s", cause);
            default -> new IOException(tried + ": " + cause.getMessage(), cause);
        };
    }

    @Override
    void wakeOthers() {
        wakes.touch();
    }

    @Override
    String locking() {
        return "";
    }

    @Override
    String lockingUnlocked() {
        return "";
    }

    @Override
    void lockHolders(Session session) {
        // A transaction has the database to itself.
    }

    @Override
    long now(Session session) {
        return nanos(clock.instant());
    }

    @Override
    long nextTurn(Session session) throws SQLException {
        session.update("UPDATE longshore_turns SET last = last + 1");
        return session.first("SELECT last FROM longshore_turns", row -> row.getLong(1))
                .orElseThrow();
    }

    @Override
    String itemUpdate() {
        return "WITH held AS (SELECT sequence FROM longshore_jobs WHERE id = ?4 AND epoch = ?5)"
                + " UPDATE longshore_items SET version = ?1, status = ?2, body = ?3"
                + " WHERE job = (SELECT sequence FROM held) AND number = ?6 AND version = ?7";
    }

    @Override
    public String toString() {
        return "the job store \"" + home.file() + "\"";
    }

    @Override
    public void close() throws IOException {
        SqlFailure.closeAll(List.<Closeable>of(wakes, readers::close, () -> {
            try {
                writes.close();
            } catch (SQLException e) {
                throw failure("closing", e);
            }
        }));
    }
}
