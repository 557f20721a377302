package io.longshore.store.jdbc;

import io.longshore.store.jdbc.Session.Work;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** A database that runs transactions of several connections side by side, which wait for one another's rows. */
abstract class PooledDatabase extends Database {
    /** How often a transaction that lost a race is run; the winners have got on each time. */
    private static final int ATTEMPTS = 20;

    private final Connections connections;

    /** What connections come with. Statements are written for READ_COMMITTED. Asking for it each time is a round trip. */
    private volatile int isolation = Connection.TRANSACTION_READ_COMMITTED;

    PooledDatabase(Connections connections) {
        this.connections = connections;
    }

    /** Looks at what connections come with, before the first transaction. */
    final void inspect(Work<Boolean> requirement) throws IOException {
        isolation = read("connecting", session -> {
            requirement.on(session);
            return session.connection().getTransactionIsolation();
        });
    }

    /** Whether the database gave a transaction up for the sake of another one, so that it may be run again. */
    abstract boolean isLostRace(SQLException failure);

    /** The failure for a caller. */
    abstract IOException failure(String what, SQLException failure);

    @Override
    final <T> T read(String what, Work<T> work) throws IOException {
        return run(what, session -> {
            Connection connection = session.connection();
            boolean was = connection.getAutoCommit();
            connection.setAutoCommit(true);
            T result = work.on(session);
            connection.setAutoCommit(was);
            return result;
        });
    }

    @Override
    final <T> T write(String what, Work<T> work) throws IOException {
        return run(what, session -> {
            Connection connection = session.connection();
            boolean was = connection.getAutoCommit();
            if (was) {
                connection.setAutoCommit(false);
            }
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            }
            T result;
            try {
                result = work.on(session);
                connection.commit();
            } catch (SQLException | RuntimeException | Error e) {
                try {
                    connection.rollback();
                } catch (SQLException again) {
                    e.addSuppressed(again);
                }
                throw e;
            }
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(isolation);
            }
            connection.setAutoCommit(was);
            return result;
        });
    }

    private <T> T run(String what, Work<T> work) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Session session = null;
            boolean isWhole = false;
            try {
                session = connections.take();
                T result = work.on(session);
                isWhole = true;
                return result;
            } catch (SQLException e) {
                if (!isLostRace(e) || attempt == ATTEMPTS) {
                    throw failure(what, e);
                }
            } finally {
                if (session != null) {
                    giveBack(session, isWhole);
                }
            }
        }
    }

    private void giveBack(Session session, boolean isWhole) {
        if (!isWhole) {
            connections.discard(session);
            return;
        }
        try {
            connections.giveBack(session);
        } catch (SQLException e) {
            // What it was used for is done.
        }
    }

    @Override
    public void close() throws IOException {
        connections.close();
    }
}
