package io.longshore.store.jdbc;

import io.longshore.store.jdbc.Session.Work;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** A database that runs transactions of several connections side by side, which wait for one another's rows. */
abstract class PooledDatabase extends Database {
    /** How often a transaction that lost a race is run; the winners have got on each time. */
    private static final int ATTEMPTS = 20;

    private static final int ALIVE_SECONDS = 10;

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

    /** Called at the beginning of each transaction that writes. */
    void begun(Session session) throws SQLException {}

    /** The failure for a caller. */
    abstract IOException failure(String what, SQLException failure);

    @Override
    final <T> T read(String what, Work<T> work) throws IOException {
        return run(what, session -> {
            Connection connection = session.connection();
            boolean was = connection.getAutoCommit();
            connection.setAutoCommit(true);
            try {
                return work.on(session);
            } finally {
                restore(connection, was);
            }
        });
    }

    @Override
    final <T> T write(String what, Work<T> work) throws IOException {
        return run(what, session -> {
            Connection connection = session.connection();
            boolean was = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                    connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                }
                begun(session);
                T result = work.on(session);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException | Error e) {
                try {
                    connection.rollback();
                } catch (SQLException again) {
                    e.addSuppressed(again);
                }
                throw e;
            } finally {
                restore(connection, was);
            }
        });
    }

    /** Leaves a connection as it came. That it cannot be does not undo what was done with it: it is lost, then. */
    private void restore(Connection connection, boolean autoCommit) {
        try {
            connection.setAutoCommit(autoCommit);
            if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
                connection.setTransactionIsolation(isolation);
            }
        } catch (SQLException e) {
            // Whoever uses it next is told.
        }
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
        try {
            if (isWhole || session.connection().isValid(ALIVE_SECONDS)) {
                connections.giveBack(session);
            } else {
                connections.discard(session);
            }
        } catch (SQLException e) {
            // What it was used for is done, or has failed already.
        }
    }

    @Override
    public void close() throws IOException {
        connections.close();
    }
}
