package io.longshore.store.jdbc;

import io.longshore.api.JobId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Removing ended jobs, in transactions that are short however many there are. */
final class Pruning {
    private static final int JOBS = 100;
    private static final int ITEMS = 10_000;

    /** Of a mark. */
    static final String OLDEST = "SELECT id, sequence, (SELECT MAX(i.number) FROM longshore_items i"
            + " WHERE i.job = longshore_jobs.sequence) FROM longshore_jobs WHERE ended_at IS NOT NULL"
            + " AND (ended_at, sequence) < (?, ?) ORDER BY ended_at, sequence LIMIT " + JOBS;

    /** A place among the ended jobs, the oldest first: the job that ended at a time, of those the one submitted then. */
    record Mark(long endedAt, long sequence) {
        static Mark before(long time) {
            return new Mark(time, Long.MIN_VALUE);
        }

        Mark later(Mark other) {
            boolean isLater = endedAt != other.endedAt ? endedAt > other.endedAt : sequence > other.sequence;
            return isLater ? this : other;
        }
    }

    private record Ended(JobId id, long sequence, int items) {}

    private Pruning() {}

    /** The first job that stays because of the newest so many; empty where fewer ended. */
    static Optional<Mark> newest(Session session, int newest) throws SQLException {
        return session.first(
                "SELECT ended_at, sequence FROM longshore_jobs WHERE ended_at IS NOT NULL"
                        + " ORDER BY ended_at DESC, sequence DESC LIMIT 1 OFFSET ?",
                row -> new Mark(row.getLong(1), row.getLong(2) + 1),
                newest);
    }

    /** Removes the oldest ended jobs before a mark, so many as make one transaction; none when all are gone. */
    static List<JobId> remove(Session session, Mark end, String locking) throws SQLException {
        List<Ended> oldest = session.list(
                OLDEST + locking,
                row -> new Ended(
                        new JobId(row.getString(1)), row.getLong(2), row.getObject(3) == null ? 0 : row.getInt(3) + 1),
                end.endedAt(),
                end.sequence());
        List<JobId> removed = new ArrayList<>();
        List<@Nullable Object[]> rows = new ArrayList<>();
        int items = 0;
        for (Ended job : oldest) {
            if (!removed.isEmpty() && items + job.items() > ITEMS) {
                break;
            }
            items += job.items();
            removed.add(job.id());
            rows.add(new @Nullable Object[] {job.sequence()});
        }
        session.batch("DELETE FROM longshore_items WHERE job = ?", rows);
        session.batch("DELETE FROM longshore_requests WHERE job = ?", rows);
        session.batch("DELETE FROM longshore_jobs WHERE sequence = ?", rows);
        return removed;
    }
}
