package io.longshore.store.jdbc;

import io.longshore.api.JobId;
import io.longshore.spi.JobRecord;
import io.longshore.spi.Owner;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which job. Rows are locked in the order owner, job, deployment; a claim by turn locks the deployment first, and
 * waits for no job.
 */
final class Claims {
    private static final String HOLDER = "j.owner, o.machine, o.pid, o.started_at, o.lease_end";

    /** Of a limit and a turn. */
    static final String NEXT_DEPLOYMENT = "SELECT name, turn FROM longshore_deployments"
            + " WHERE waiting = 1 AND claimed < ? AND turn > ? ORDER BY turn LIMIT 1";

    /** Of a deployment. The order names each column of the index, so that planners see that nothing is to be sorted. */
    static final String NEXT_JOB = "SELECT " + Jobs.COLUMNS + ", j.sequence FROM longshore_jobs j"
            + " WHERE j.deployment = ? AND j.queued = 1"
            + " ORDER BY j.deployment, j.queued, j.priority DESC, j.sequence LIMIT 1";

    private static final String CLAIM = "UPDATE longshore_jobs SET epoch = epoch + 1, owner = ?, queued = 0,"
            + " claim_order = COALESCE(claim_order, ?) WHERE sequence = ?";

    private static final Duration LONGEST_LEASE = Duration.ofDays(36_500);

    /** Who holds a job: an owner whose lease is not over, one that is known by its id alone, or nobody. */
    record Holder(@Nullable String id, @Nullable Owner leased) {
        boolean isGone(Owner claimant, Predicate<Owner> gone) {
            return !claimant.id().equals(id) && (leased == null || gone.test(leased));
        }
    }

    /** A job that may be claimed, if it still is as it was seen. */
    record Candidate(long sequence, long epoch, Holder holder) {}

    private record Taken(long order, long sequence, JobRecord job) {}

    private record Turn(String deployment, long turn) {}

    private final Database database;

    Claims(Database database) {
        this.database = database;
    }

    boolean keepAlive(Session session, Owner owner, Duration lease) throws SQLException {
        long now = database.now(session);
        Duration bounded = lease.compareTo(LONGEST_LEASE) < 0 ? lease : LONGEST_LEASE;
        long end = now + bounded.toNanos();
        if (session.update("UPDATE longshore_owners SET lease_end = ? WHERE id = ?", end, owner.id()) == 0) {
            session.update(
                    "INSERT INTO longshore_owners (id, machine, pid, started_at, lease_end) VALUES (?, ?, ?, ?, ?)"
                            + " ON CONFLICT DO NOTHING",
                    owner.id(),
                    owner.machine(),
                    owner.pid(),
                    owner.startedAt(),
                    end);
            deleteForgotten(session, now);
        }
        return true;
    }

    /** Once in an engine's life: those that died with nothing in their hands leave nothing else to clear up. */
    private void deleteForgotten(Session session, long now) throws SQLException {
        List<@Nullable Object[]> forgotten = session.list(
                "SELECT o.id FROM longshore_owners o WHERE o.lease_end < ? AND NOT EXISTS (SELECT 1 FROM longshore_jobs j"
                        + " WHERE j.owner = o.id AND j.claim_order IS NOT NULL)" + database.lockingUnlocked(),
                row -> new @Nullable Object[] {row.getString(1)},
                now);
        session.batch("DELETE FROM longshore_owners WHERE id = ?", forgotten);
    }

    /** Whether a claim is worth a transaction. */
    static boolean isAnyWaiting(Session session, int limit) throws SQLException {
        return session.first(
                        "SELECT 1 FROM longshore_deployments WHERE waiting = 1 AND claimed < ? LIMIT 1",
                        row -> true,
                        limit)
                .isPresent();
    }

    /**
     * Claims the job whose turn it is. Deployments are locked in the order of their turns, which only grow, so that claims
     * never wait for one another in a circle.
     *
     * @param locking whether a deployment that others work on is waited for or passed over
     */
    Optional<JobRecord> claim(Session session, Owner owner, int limit, String locking) throws SQLException {
        long turn = Long.MIN_VALUE;
        while (true) {
            Optional<Turn> next = session.first(
                    NEXT_DEPLOYMENT + locking, row -> new Turn(row.getString(1), row.getLong(2)), limit, turn);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            turn = next.get().turn();
            String deployment = next.get().deployment();
            Optional<Taken> job = session.first(
                    NEXT_JOB + database.lockingUnlocked(),
                    row -> new Taken(0, row.getLong(Jobs.WIDTH + 1), Jobs.record(row)),
                    deployment);
            if (job.isPresent()) {
                long order = database.nextTurn(session);
                session.update(CLAIM, owner.id(), order, job.get().sequence());
                session.update(
                        "UPDATE longshore_deployments SET queued = queued - 1, claimed = claimed + 1, turn = ?,"
                                + " waiting = CASE WHEN queued > 1 THEN 1 ELSE 0 END WHERE name = ?",
                        order,
                        deployment);
                return Optional.of(nextEpoch(job.get().job()));
            }
        }
    }

    private static JobRecord nextEpoch(JobRecord job) {
        return job.inEpoch(job.epoch() + 1);
    }

    /** A job that has not ended, and its holder. */
    Optional<Candidate> candidate(Session session, JobId id) throws SQLException {
        long now = database.now(session);
        return session.first(
                "SELECT " + HOLDER + ", j.sequence, j.epoch FROM longshore_jobs j"
                        + " LEFT JOIN longshore_owners o ON o.id = j.owner WHERE j.id = ? AND j.ended_at IS NULL",
                row -> new Candidate(row.getLong(6), row.getLong(7), holder(row, now)),
                id.value());
    }

    /** Claims a job unless it has changed hands meanwhile. */
    Optional<JobRecord> claim(Session session, Owner owner, Candidate candidate) throws SQLException {
        record Found(JobRecord job, boolean queued, boolean claimed) {}
        Holder holder = candidate.holder();
        database.lockHolders(session);
        if (isBack(session, holder)) {
            return Optional.empty();
        }
        String heldBy = holder.id() == null ? " AND j.owner IS NULL" : " AND j.owner = ?";
        List<@Nullable Object> parameters = new ArrayList<>(List.of(candidate.sequence(), candidate.epoch()));
        if (holder.id() != null) {
            parameters.add(holder.id());
        }
        Optional<Found> found = session.first(
                "SELECT " + Jobs.COLUMNS + ", j.queued, j.claim_order FROM longshore_jobs j"
                        + " WHERE j.sequence = ? AND j.epoch = ? AND j.ended_at IS NULL" + heldBy + database.locking(),
                row -> new Found(
                        Jobs.record(row), row.getInt(Jobs.WIDTH + 1) == 1, row.getObject(Jobs.WIDTH + 2) != null),
                parameters.toArray());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        session.update(CLAIM, owner.id(), database.nextTurn(session), candidate.sequence());
        if (!found.get().claimed()) {
            Jobs.count(session, found.get().job().deployment(), found.get().queued() ? -1 : 0, 1);
        }
        return Optional.of(nextEpoch(found.get().job()));
    }

    /** Those who hold jobs that were claimed: others than the claimant, among them nobody, where claims were given up. */
    List<Holder> holders(Session session, Owner claimant) throws SQLException {
        long now = database.now(session);
        return session.list(
                "SELECT DISTINCT " + HOLDER + " FROM longshore_jobs j LEFT JOIN longshore_owners o ON o.id = j.owner"
                        + " WHERE j.claim_order IS NOT NULL AND (j.owner IS NULL OR j.owner <> ?)",
                row -> holder(row, now),
                claimant.id());
    }

    private static Holder holder(ResultSet row, long now) throws SQLException {
        String id = row.getString(1);
        String machine = row.getString(2);
        return id == null || machine == null || row.getLong(5) <= now
                ? new Holder(id, null)
                : new Holder(id, new Owner(id, machine, row.getLong(3), row.getString(4)));
    }

    /** Whether a holder whose lease was over has said since that it lives. Keeps it from saying so until the end. */
    private boolean isBack(Session session, Holder holder) throws SQLException {
        if (holder.id() == null || holder.leased() != null) {
            return false;
        }
        Optional<Long> end = session.first(
                "SELECT lease_end FROM longshore_owners WHERE id = ?" + database.locking(),
                row -> row.getLong(1),
                holder.id());
        return end.isPresent() && end.get() > database.now(session);
    }

    List<JobRecord> takeOver(Session session, Owner owner, List<Holder> gone) throws SQLException {
        database.lockHolders(session);
        List<Taken> taken = new ArrayList<>();
        for (Holder holder : gone) {
            if (!isBack(session, holder)) {
                taken.addAll(held(session, holder.id()));
                session.update("DELETE FROM longshore_owners WHERE id = ?", holder.id());
            }
        }
        taken.sort(Comparator.comparingLong(Taken::order));
        List<@Nullable Object[]> rows = new ArrayList<>(taken.size());
        taken.forEach(each -> rows.add(new @Nullable Object[] {owner.id(), each.order(), each.sequence()}));
        session.batch(CLAIM, rows);
        return taken.stream().map(each -> nextEpoch(each.job())).toList();
    }

    private List<Taken> held(Session session, @Nullable String owner) throws SQLException {
        String columns = "SELECT " + Jobs.COLUMNS + ", j.claim_order, j.sequence FROM longshore_jobs j WHERE ";
        String claimed = " AND j.claim_order IS NOT NULL ORDER BY j.claim_order" + database.locking();
        Session.Row<Taken> row =
                each -> new Taken(each.getLong(Jobs.WIDTH + 1), each.getLong(Jobs.WIDTH + 2), Jobs.record(each));
        return owner == null
                ? session.list(columns + "j.owner IS NULL" + claimed, row)
                : session.list(columns + "j.owner = ?" + claimed, row, owner);
    }

    boolean release(Session session, Owner owner) throws SQLException {
        database.lockHolders(session);
        session.update("DELETE FROM longshore_owners WHERE id = ?", owner.id());
        return session.update(
                        "UPDATE longshore_jobs SET owner = NULL WHERE owner = ? AND claim_order IS NOT NULL",
                        owner.id())
                > 0;
    }

    static List<JobId> cancelRequests(Session session, Owner owner) throws SQLException {
        return session.list(
                "SELECT id FROM longshore_jobs WHERE owner = ? AND claim_order IS NOT NULL AND cancel_requested = 1"
                        + " ORDER BY claim_order",
                row -> new JobId(row.getString(1)),
                owner.id());
    }
}
