package io.longshore.store.jdbc;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Jobs and their items: adding, finding and changing them. */
final class Jobs {
    /** Of a job's row {@code j}, in the order that {@link #record} reads. The request is fetched for rows that match. */
    static final String COLUMNS = "j.id, j.version, j.epoch, j.job_key, j.deployment, j.priority, j.state,"
            + " j.cancel_requested, j.created_at, j.modified_at, j.running_at, j.ended_at, j.deadline,"
            + " (SELECT r.request FROM longshore_requests r WHERE r.job = j.sequence), j.result";

    /** How many columns those are. */
    static final int WIDTH = 15;

    static final String OVERDUE =
            "SELECT id FROM longshore_jobs WHERE queued = 1 AND deadline <= ? ORDER BY deadline LIMIT ?";

    private static final String FIND = "SELECT " + COLUMNS + " FROM longshore_jobs j WHERE ";

    private static final String INSERT =
            "INSERT INTO longshore_jobs (id, version, epoch, job_key, deployment, priority,"
                    + " state, cancel_requested, created_at, modified_at, running_at, ended_at, deadline, queued, result)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

    private static final String CHANGE = "UPDATE longshore_jobs SET version = ?, priority = ?, state = ?,"
            + " cancel_requested = CASE WHEN ? = 1 THEN 1 ELSE cancel_requested END,"
            + " modified_at = ?, running_at = ?, result = ?";

    private static final String IF_SAME = " WHERE id = ? AND version = ? AND epoch = ? AND ended_at IS NULL";

    private final Database database;

    Jobs(Database database) {
        this.database = database;
    }

    static JobRecord record(ResultSet row) throws SQLException {
        return new JobRecord(
                new JobId(row.getString(1)),
                row.getLong(2),
                row.getLong(3),
                Optional.ofNullable(row.getString(4)),
                row.getString(5),
                row.getInt(6),
                JobState.valueOf(row.getString(7)),
                row.getInt(8) == 1,
                Database.instant(row.getLong(9)),
                Database.instant(row.getLong(10)),
                time(row, 11),
                time(row, 12),
                time(row, 13),
                row.getString(14),
                row.getString(15));
    }

    private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
        long nanos = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Database.instant(nanos));
    }

    private static @Nullable Long nanos(Optional<Instant> at) {
        return at.map(Database::nanos).orElse(null);
    }

    JobRecord create(Session session, JobRecord job, List<ItemRecord> items) throws SQLException {
        boolean queued = job.state() == JobState.QUEUED;
        Optional<Long> sequence = Optional.empty();
        while (sequence.isEmpty()) {
            sequence = session.insert(
                    INSERT,
                    "sequence",
                    job.id().value(),
                    job.version(),
                    job.epoch(),
                    job.key().orElse(null),
                    job.deployment(),
                    job.priority(),
                    job.state().name(),
                    job.cancelRequested() ? 1 : 0,
                    Database.nanos(job.createdAt()),
                    Database.nanos(job.modifiedAt()),
                    nanos(job.runningAt()),
                    nanos(job.endedAt()),
                    nanos(job.deadline()),
                    queued ? 1 : 0,
                    job.result());
            if (sequence.isEmpty()) {
                // The key is taken; or the id, by an earlier call whose answer the caller never saw.
                Optional<JobRecord> earlier = find(session, job.id());
                if (earlier.isEmpty() && job.key().isPresent()) {
                    earlier = session.first(
                            FIND + "j.job_key = ?", Jobs::record, job.key().get());
                }
                if (earlier.isPresent()) {
                    return earlier.get();
                }
                // It was removed in the meantime.
            }
        }
        session.update("INSERT INTO longshore_requests (job, request) VALUES (?, ?)", sequence.get(), job.request());
        insertItems(session, sequence.get(), items);
        if (queued) {
            enqueue(session, job.deployment());
        }
        return job;
    }

    private void enqueue(Session session, String deployment) throws SQLException {
        if (count(session, deployment, 1, 0) == 0
                && session.update(
                                "INSERT INTO longshore_deployments (name, queued, waiting, claimed, turn)"
                                        + " VALUES (?, 1, 1, 0, ?) ON CONFLICT DO NOTHING",
                                deployment,
                                database.nextTurn(session))
                        == 0) {
            count(session, deployment, 1, 0); // somebody else added it
        }
    }

    /** Changes the numbers of a deployment's jobs; returns 0 where it has no row. Locks the row. */
    static int count(Session session, String deployment, int queued, int claimed) throws SQLException {
        return session.update(
                "UPDATE longshore_deployments SET queued = queued + ?, claimed = claimed + ?,"
                        + " waiting = CASE WHEN queued + ? > 0 THEN 1 ELSE 0 END WHERE name = ?",
                queued,
                claimed,
                queued,
                deployment);
    }

    private static void insertItems(Session session, long sequence, List<ItemRecord> items) throws SQLException {
        List<@Nullable Object[]> rows = new ArrayList<>(items.size());
        for (ItemRecord item : items) {
            rows.add(new @Nullable Object[] {
                sequence, item.key().number(), item.version(), item.status().name(), item.body()
            });
        }
        session.batch("INSERT INTO longshore_items (job, number, version, status, body) VALUES (?, ?, ?, ?, ?)", rows);
    }

    static Optional<JobRecord> find(Session session, JobId id) throws SQLException {
        return session.first(FIND + "j.id = ?", Jobs::record, id.value());
    }

    static List<JobRecord> list(Session session, int limit) throws SQLException {
        return session.list(
                "SELECT " + COLUMNS + " FROM longshore_jobs j ORDER BY j.sequence DESC LIMIT ?", Jobs::record, limit);
    }

    static List<ItemRecord> items(Session session, JobId id) throws SQLException {
        return session.list(
                "SELECT i.number, i.version, i.status, i.body FROM longshore_items i"
                        + " WHERE i.job = (SELECT j.sequence FROM longshore_jobs j WHERE j.id = ?) ORDER BY i.number",
                row -> new ItemRecord(
                        new ItemKey(id, row.getInt(1)),
                        row.getLong(2),
                        ItemRecord.Status.valueOf(row.getString(3)),
                        row.getString(4)),
                id.value());
    }

    static boolean holds(Session session, JobId id, long epoch) throws SQLException {
        return session.first("SELECT 1 FROM longshore_jobs WHERE id = ? AND epoch = ?", row -> true, id.value(), epoch)
                .isPresent();
    }

    static boolean requestCancel(Session session, JobId id) throws SQLException {
        return session.update(
                        "UPDATE longshore_jobs SET cancel_requested = 1 WHERE id = ? AND ended_at IS NULL", id.value())
                > 0;
    }

    static List<JobId> overdue(Session session, Instant now, int limit) throws SQLException {
        return session.list(OVERDUE, row -> new JobId(row.getString(1)), Database.nanos(now), limit);
    }

    boolean update(Session session, JobRecord next) throws SQLException {
        if (next.state() == JobState.QUEUED) {
            return change(session, next, "", IF_SAME) > 0;
        }
        if (!next.state().isTerminal() && change(session, next, "", IF_SAME + " AND queued = 0") > 0) {
            return true;
        }
        // It ends, or leaves the queue: its deployment's numbers change with it.
        record Place(String deployment, int queued, int claimed) {}
        Optional<Place> place = session.first(
                "SELECT deployment, queued, claim_order FROM longshore_jobs" + IF_SAME + database.locking(),
                row -> new Place(row.getString(1), row.getInt(2), row.getObject(3) == null ? 0 : 1),
                next.id().value(),
                next.version() - 1,
                next.epoch());
        if (place.isEmpty()) {
            return false;
        }
        boolean ends = next.state().isTerminal();
        change(session, next, ends ? ", queued = 0, claim_order = NULL, owner = NULL" : ", queued = 0", IF_SAME);
        int claimed = ends ? place.get().claimed() : 0;
        if (place.get().queued() + claimed > 0) {
            count(session, place.get().deployment(), -place.get().queued(), -claimed);
        }
        return true;
    }

    private static int change(Session session, JobRecord next, String besides, String where) throws SQLException {
        return session.update(
                CHANGE + besides + ", ended_at = ?" + where,
                next.version(),
                next.priority(),
                next.state().name(),
                next.cancelRequested() ? 1 : 0,
                Database.nanos(next.modifiedAt()),
                nanos(next.runningAt()),
                next.result(),
                nanos(next.endedAt()),
                next.id().value(),
                next.version() - 1,
                next.epoch());
    }

    boolean update(Session session, ItemRecord next, long epoch) throws SQLException {
        return session.update(
                        database.itemUpdate(),
                        next.version(),
                        next.status().name(),
                        next.body(),
                        next.key().job().value(),
                        epoch,
                        next.key().number(),
                        next.version() - 1)
                > 0;
    }

    boolean add(Session session, List<ItemRecord> items, long epoch) throws SQLException {
        JobId job = items.get(0).key().job();
        Optional<Long> sequence = session.first(
                "SELECT sequence FROM longshore_jobs WHERE id = ? AND epoch = ? AND ended_at IS NULL"
                        + database.locking(),
                row -> row.getLong(1),
                job.value(),
                epoch);
        if (sequence.isEmpty()) {
            return false;
        }
        int next = session.first(
                        "SELECT MAX(number) FROM longshore_items WHERE job = ?",
                        row -> row.getObject(1) == null ? 0 : row.getInt(1) + 1,
                        sequence.get())
                .orElse(0);
        for (ItemRecord item : items) {
            if (!item.key().job().equals(job) || item.key().number() != next++) {
                throw new IllegalArgumentException("items of one job follow those that it has: " + item.key());
            }
        }
        insertItems(session, sequence.get(), items);
        return true;
    }
}
