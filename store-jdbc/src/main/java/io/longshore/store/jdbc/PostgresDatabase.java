package io.longshore.store.jdbc;

import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import javax.sql.DataSource;
import org.postgresql.Driver;
import org.postgresql.PGConnection;

/** PostgreSQL, which any number of machines use at once. Leases go by its clock. */
final class PostgresDatabase extends PooledDatabase {
    /** A number that nobody else locks, so that one process at a time changes the tables. */
    private static final String MIGRATION_LOCK = "SELECT pg_advisory_xact_lock(5497116228903241)";

    private static final String HOLDERS_LOCK = "SELECT pg_advisory_xact_lock(5497116, hashtext(current_schema()))";

    /**
     * How long the database lets a transaction wait for its next statement: the locks of an engine that is stopped would
     * hold up all others until it goes on. What the connection comes with is left.
     */
    private static final String IDLE_LIMIT = "SELECT set_config('idle_in_transaction_session_timeout', '10s', %s)"
            + " WHERE current_setting('idle_in_transaction_session_timeout') = '0'";

    private static final String IDLE_LIMIT_OF_CONNECTION = IDLE_LIMIT.formatted("false");
    private static final String IDLE_LIMIT_OF_TRANSACTION = IDLE_LIMIT.formatted("true");

    private static final String URL_START = "jdbc:postgresql:";
    private static final int MOST_CONNECTIONS = 8;

    private final WakeChannel wakes;

    private PostgresDatabase(Connections connections, WakeChannel wakes) {
        super(connections);
        this.wakes = wakes;
    }

    static PostgresDatabase of(DataSource source, Runnable wake) throws IOException {
        // How many there are at once, and which are kept, is for the source to say.
        return open(
                new Connections(() -> new Session(source.getConnection(), false), Integer.MAX_VALUE, 0),
                source::getConnection,
                wake);
    }

    static PostgresDatabase of(String url, Runnable wake) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("ApplicationName", "longshore");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("reWriteBatchedInserts", "true");
        Driver driver = new Driver();
        WakeChannel.Opener opener = () -> {
            Connection connection = driver.connect(url, properties);
            if (connection == null) {
                throw new SQLException("not a URL of PostgreSQL, which begins with " + URL_START);
            }
            return connection;
        };
        if (!url.startsWith(URL_START)) {
            throw new PermanentStorageException(
                    "not a URL of PostgreSQL, which begins with " + URL_START); // may hold a password
        }
        return open(new Connections(() -> own(opener.open()), MOST_CONNECTIONS, MOST_CONNECTIONS), opener, wake);
    }

    private static PostgresDatabase open(Connections connections, WakeChannel.Opener opener, Runnable wake)
            throws IOException {
        PostgresDatabase database = new PostgresDatabase(connections, new WakeChannel(opener, wake));
        try {
            database.inspect(session -> {
                if (!session.connection().isWrapperFor(PGConnection.class)) {
                    throw new SQLException("connections are none of PostgreSQL's driver", "42000");
                }
                return true;
            });
            Migrations.run(database, "postgresql", MIGRATION_LOCK);
            database.wakes.start();
            return database;
        } catch (SQLException e) {
            connections.close();
            throw database.failure("waiting to be woken", e);
        } catch (IOException | RuntimeException | Error e) {
            connections.close();
            throw e;
        }
    }

    private static Session own(Connection connection) throws SQLException {
        Session session = new Session(connection, true);
        try {
            session.execute(IDLE_LIMIT_OF_CONNECTION);
            return session;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    void begun(Session session) throws SQLException {
        if (!session.isOwn()) {
            session.execute(IDLE_LIMIT_OF_TRANSACTION);
        }
    }

    @Override
    boolean isLostRace(SQLException failure) {
        String state = SqlFailure.bare(failure).getSQLState();
        return "40001".equals(state) || "40P01".equals(state);
    }

    @Override
    IOException failure(String what, SQLException failure) {
        SQLException cause = SqlFailure.bare(failure);
        String message = what + " in " + this + ": " + cause.getMessage();
        String state = cause.getSQLState() == null ? "" : cause.getSQLState();
        // Too long for an index, a character that text cannot have, a role that may not, no such database or password.
        boolean isHopeless = state.startsWith("54")
                || state.startsWith("22")
                || state.startsWith("28")
                || state.startsWith("42")
                || state.startsWith("3D");
        return isHopeless ? new PermanentStorageException(message, cause) : new IOException(message, cause);
    }

    @Override
    void wakeOthers() {
        try {
            read("waking other engines", session -> wakes.send(session));
        } catch (IOException e) {
            // What they would be told of is committed; they look when they are connected again.
        }
    }

    @Override
    String locking() {
        return " FOR UPDATE";
    }

    @Override
    String lockingUnlocked() {
        return " FOR UPDATE SKIP LOCKED";
    }

    @Override
    void lockHolders(Session session) throws SQLException {
        session.execute(HOLDERS_LOCK);
    }

    @Override
    long now(Session session) throws SQLException {
        return session.first(
                        "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint) * 1000",
                        row -> row.getLong(1))
                .orElseThrow();
    }

    @Override
    long nextTurn(Session session) throws SQLException {
        return session.first("SELECT nextval('longshore_turns')", row -> row.getLong(1))
                .orElseThrow();
    }

    @Override
    String itemUpdate() {
        // The job's row is locked against the next claim; items of one job may still change side by side.
        return "WITH next (version, status, body) AS (VALUES (CAST(? AS bigint), ?, ?)),"
                + " held AS (SELECT sequence FROM longshore_jobs WHERE id = ? AND epoch = ? FOR SHARE)"
                + " UPDATE longshore_items i SET version = next.version, status = next.status, body = next.body"
                + " FROM next, held WHERE i.job = held.sequence AND i.number = ? AND i.version = ?";
    }

    @Override
    public String toString() {
        return "the job store in PostgreSQL";
    }

    @Override
    public void close() throws IOException {
        wakes.close(this::wakeOthers);
        super.close();
    }
}
