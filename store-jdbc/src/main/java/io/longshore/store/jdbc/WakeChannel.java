package io.longshore.store.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** How engines on one database wake one another: by notifications, for which one connection is kept. */
final class WakeChannel {
    /** Opens a connection. */
    interface Opener {
        Connection open() throws SQLException;
    }

    private static final String CHANNEL = "longshore_wake";
    private static final int LOOK_MILLIS = 30_000;
    private static final int ALIVE_SECONDS = 10;
    private static final long FIRST_PAUSE_MILLIS = 50;
    private static final long LONGEST_PAUSE_MILLIS = 5_000;
    private static final long CLOSE_SECONDS = 5;

    private final String own = UUID.randomUUID().toString();
    private final Opener opener;
    private final Runnable wake;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    private final Object sending = new Object(); // held while a notification is sent
    private long asked; // guarded by this: how many notifications callers wanted
    private long sent; // guarded by sending: how many of them the last one stands for

    private volatile @Nullable Connection connection; // closed by the listening thread alone
    private boolean hadAutoCommit; // of the connection before it listened; of the thread that made it

    WakeChannel(Opener opener, Runnable wake) {
        this.opener = opener;
        this.wake = wake;
        thread = new Thread(this::listen, "longshore-store-wake");
        thread.setDaemon(true);
    }

    /** Listens from now on. */
    void start() throws SQLException {
        connect();
        thread.start();
    }

    /**
     * Wakes the others. Callers that come while a notification is on its way share the next one: the database commits one
     * at a time. It is not waited for that it is on a disk.
     */
    boolean send(Session session) throws SQLException {
        long mine = ask(1);
        synchronized (sending) {
            if (sent < mine) {
                long all = ask(0);
                session.first(
                        "SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, ?)",
                        row -> true,
                        CHANNEL,
                        own);
                sent = all;
            }
        }
        return true;
    }

    private synchronized long ask(int more) {
        asked += more;
        return asked;
    }

    private void connect() throws SQLException {
        Connection fresh = opener.open();
        try {
            hadAutoCommit = fresh.getAutoCommit();
            fresh.setAutoCommit(true);
            new Session(fresh, false).execute("LISTEN " + CHANNEL);
            connection = fresh;
        } catch (SQLException | RuntimeException | Error e) {
            abandon(fresh);
            throw e;
        }
    }

    private void listen() {
        long pause = FIRST_PAUSE_MILLIS;
        while (!isClosed(0)) {
            Connection current = connection;
            try {
                if (current == null) {
                    connect();
                    pause = FIRST_PAUSE_MILLIS;
                    wake.run(); // for what was missed
                } else {
                    listen(current);
                }
            } catch (SQLException e) {
                connection = null;
                if (current != null) {
                    abandon(current);
                }
                if (isClosed(pause)) {
                    break;
                }
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            }
        }
        Connection last = connection;
        if (last != null) {
            giveBack(last);
        }
    }

    private void listen(Connection current) throws SQLException {
        PGNotification[] notifications = current.unwrap(PGConnection.class).getNotifications(LOOK_MILLIS);
        if (notifications == null || notifications.length == 0) {
            if (!isClosed(0) && !current.isValid(ALIVE_SECONDS)) {
                throw new SQLException("the connection is lost");
            }
            return;
        }
        for (PGNotification notification : notifications) {
            if (!own.equals(notification.getParameter())) {
                wake.run();
                return;
            }
        }
    }

    private boolean isClosed(long waitMillis) {
        try {
            return closed.await(waitMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true; // nobody interrupts this thread but a host that ends
        }
    }

    /** Gives a connection back as it came, as it may be a pool's. */
    private void giveBack(Connection connection) {
        try {
            new Session(connection, false).execute("UNLISTEN *");
            connection.setAutoCommit(hadAutoCommit);
            connection.close();
        } catch (SQLException | RuntimeException e) {
            abandon(connection);
        }
    }

    /** Ends a connection that is lost; a pool makes another one. */
    private static void abandon(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException | RuntimeException e) {
            // It is lost anyway.
        }
        try {
            connection.close();
        } catch (SQLException | RuntimeException e) {
            // As above; pools differ in what they say.
        }
    }

    /**
     * Listens no more.
     *
     * @param send sends a notification, for which the listening thread waits
     */
    void close(Runnable send) {
        closed.countDown();
        send.run();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
            Connection current = connection;
            if (thread.isAlive() && current != null) { // the database does not answer
                current.unwrap(Connection.class).abort(Runnable::run);
                thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            // The thread is a daemon, and ends when the database answers.
        }
    }
}
