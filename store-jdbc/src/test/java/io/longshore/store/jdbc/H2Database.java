package io.longshore.store.jdbc;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import org.h2.jdbcx.JdbcDataSource;

/**
 * H2 in a file, for the measurement that docs/decisions tells of. It has one connection and so one transaction at a time,
 * as SQLite has: a query that locks rows would lock all that match before it takes the first.
 */
final class H2Database extends PooledDatabase {
    private H2Database(Connections connections) {
        super(connections);
    }

    static H2Database open(Path directory) throws IOException {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL(
                "jdbc:h2:file:" + directory.resolve("jobs") + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;WRITE_DELAY=0");
        Session.Opener opener = () -> new Session(source.getConnection(), true);
        H2Database database = new H2Database(new Connections(opener, 1, 1));
        Migrations.run(database, "h2", "");
        return database;
    }

    @Override
    boolean isLostRace(SQLException failure) {
        return false;
    }

    @Override
    IOException failure(String what, SQLException failure) {
        return new IOException(what, failure);
    }

    @Override
    void wakeOthers() {}

    @Override
    String locking() {
        return "";
    }

    @Override
    String lockingUnlocked() {
        return "";
    }

    @Override
    void lockHolders(Session session) {}

    @Override
    long now(Session session) {
        return nanos(Instant.now());
    }

    @Override
    long nextTurn(Session session) throws SQLException {
        return session.first("SELECT nextval('longshore_turns')", row -> row.getLong(1))
                .orElseThrow();
    }

    @Override
    String itemUpdate() {
        return "UPDATE longshore_items SET version = ?, status = ?, body = ?"
                + " WHERE job = (SELECT sequence FROM longshore_jobs WHERE id = ? AND epoch = ?)"
                + " AND number = ? AND version = ?";
    }

    @Override
    public String toString() {
        return "H2";
    }
}
