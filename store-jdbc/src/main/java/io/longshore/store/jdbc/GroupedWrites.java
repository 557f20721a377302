package io.longshore.store.jdbc;

import io.longshore.store.jdbc.Session.Work;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Transactions of many threads on one connection, which share commits: whoever comes while one is being written to the
 * disk waits, and then one thread runs and commits what all of them want. What one of them does wrong is undone alone.
 */
final class GroupedWrites {
    private static final int LARGEST_GROUP = 256;

    private static final class Write<T> {
        final Work<T> work;
        // Written by the thread that runs the group; read after isDone was seen under the lock.
        @Nullable
        T result;

        @Nullable
        Throwable failure;

        boolean isDone; // guarded by the lock

        Write(Work<T> work) {
            this.work = work;
        }

        void run(Session session) throws SQLException {
            failure = null;
            result = work.on(session);
        }
    }

    private final Session.Opener opener;
    private final ArrayDeque<Write<?>> waiting = new ArrayDeque<>(); // guarded by this
    private boolean isRunning; // guarded by this: whether some thread runs a group, and has the session
    private boolean isClosed; // guarded by this

    private @Nullable Session session; // of the thread that runs a group

    GroupedWrites(Session.Opener opener) {
        this.opener = opener;
    }

    /** Runs a transaction. An interrupt does not end it, and is still there afterwards: the wait is for a disk. */
    <T> T write(Work<T> work) throws SQLException {
        Write<T> mine = new Write<>(work);
        List<Write<?>> group = enter(mine);
        while (!group.isEmpty()) {
            run(group);
            group = leave(group, mine);
        }
        Throwable failure = mine.failure;
        if (failure instanceof SQLException sql) {
            throw sql;
        } else if (failure instanceof RuntimeException runtime) {
            throw runtime;
        } else if (failure instanceof Error error) {
            throw error;
        }
        return Objects.requireNonNull(mine.result);
    }

    /** Waits until a write is done, in which case the answer is empty, or its thread is to run a group. */
    private synchronized List<Write<?>> enter(Write<?> mine) throws SQLException {
        if (isClosed) {
            throw new SQLException("the store is closed");
        }
        waiting.add(mine);
        boolean isInterrupted = false;
        while (isRunning && !mine.isDone) {
            try {
                wait();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return mine.isDone ? List.of() : nextGroup();
    }

    private synchronized List<Write<?>> leave(List<Write<?>> group, Write<?> mine) {
        group.forEach(each -> each.isDone = true);
        isRunning = false;
        notifyAll();
        return mine.isDone ? List.of() : nextGroup();
    }

    private List<Write<?>> nextGroup() {
        isRunning = true;
        List<Write<?>> group = new ArrayList<>();
        while (group.size() < LARGEST_GROUP && !waiting.isEmpty()) {
            group.add(waiting.remove());
        }
        return group;
    }

    private void run(List<Write<?>> group) {
        try {
            if (session == null) {
                session = opener.open();
            }
            commit(session, group);
        } catch (SQLException | RuntimeException | Error e) {
            boolean canGoOn = rollBack();
            if (group.size() > 1 && canGoOn && !(e instanceof GroupFailure)) {
                group.forEach(each -> run(List.of(each))); // it may be one's fault, such as one that fills the disk
                return;
            }
            Throwable failure = e instanceof GroupFailure ? e.getCause() : e;
            for (Write<?> each : group) {
                each.failure = each.failure == null ? failure : each.failure;
            }
        }
    }

    private static void commit(Session session, List<Write<?>> group) throws SQLException {
        // Never a transaction that begins by reading: it could not become a writer once another process has written.
        executeForAll(session, "BEGIN IMMEDIATE");
        if (group.size() == 1) {
            group.get(0).run(session);
        } else {
            for (Write<?> each : group) {
                session.execute("SAVEPOINT one");
                try {
                    each.run(session);
                } catch (SQLException | RuntimeException | Error e) {
                    each.failure = e;
                    session.execute("ROLLBACK TO one");
                }
                session.execute("RELEASE one");
            }
        }
        executeForAll(session, "COMMIT");
    }

    private static void executeForAll(Session session, String sql) throws GroupFailure {
        try {
            session.execute(sql);
        } catch (SQLException e) {
            throw new GroupFailure(e);
        }
    }

    /** Ends a transaction that failed, or the connection where that fails. Some failures have ended it already. */
    private boolean rollBack() {
        Session current = session;
        if (current == null) {
            return false;
        }
        try {
            current.execute("ROLLBACK");
        } catch (SQLException e) {
            try {
                session = null;
                current.close();
            } catch (SQLException again) {
                // The next group gets another connection.
            }
        }
        return true;
    }

    /** How many writes wait for the next group. */
    synchronized int waiting() {
        return waiting.size();
    }

    /** Waits for the group that runs and closes the connection. */
    synchronized void close() throws SQLException {
        isClosed = true;
        boolean isInterrupted = false;
        while (isRunning || !waiting.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        if (session != null) {
            session.close();
            session = null;
        }
    }

    /**
     * A failure that is none of the group's works': they are not run again one by one. After a commit that failed it may
     * be unknown whether the disk has it.
     */
    private static final class GroupFailure extends SQLException {
        private static final long serialVersionUID = 1L;

        GroupFailure(SQLException cause) {
            super(cause);
        }
    }
}
