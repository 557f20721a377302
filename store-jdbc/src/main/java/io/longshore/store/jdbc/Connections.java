package io.longshore.store.jdbc;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;

/** Connections for a bounded number of threads at once. Some are kept open between uses. */
final class Connections {
    private final Session.Opener opener;
    private final Semaphore permits;
    private final int mostKept;
    private final ArrayDeque<Session> kept = new ArrayDeque<>(); // guarded by itself
    private boolean isClosed; // guarded by kept

    Connections(Session.Opener opener, int most, int mostKept) {
        this.opener = opener;
        this.permits = new Semaphore(most, true);
        this.mostKept = mostKept;
    }

    Session take() throws SQLException {
        permits.acquireUninterruptibly();
        try {
            synchronized (kept) {
                if (isClosed) {
                    throw new SQLException("the store is closed");
                }
                Session session = kept.pollLast();
                if (session != null) {
                    return session;
                }
            }
            return opener.open();
        } catch (SQLException | RuntimeException | Error e) {
            permits.release();
            throw e;
        }
    }

    void giveBack(Session session) throws SQLException {
        permits.release();
        synchronized (kept) {
            if (!isClosed && kept.size() < mostKept) {
                kept.add(session);
                return;
            }
        }
        session.close();
    }

    /** Gives back a connection that failed. The others that are kept are as old: those who need one get a new one. */
    void discard(Session session) {
        permits.release();
        closeQuietly(session);
        closeKept();
    }

    void close() {
        synchronized (kept) {
            isClosed = true;
        }
        closeKept();
    }

    private void closeKept() {
        while (true) {
            Session session;
            synchronized (kept) {
                session = kept.pollLast();
            }
            if (session == null) {
                return;
            }
            closeQuietly(session);
        }
    }

    private static void closeQuietly(Session session) {
        try {
            session.close();
        } catch (SQLException e) {
            // It is of no use any more.
        }
    }
}
