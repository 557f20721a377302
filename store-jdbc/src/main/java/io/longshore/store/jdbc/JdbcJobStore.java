package io.longshore.store.jdbc;

import io.longshore.api.JobId;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import io.longshore.store.jdbc.Claims.Holder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import javax.sql.DataSource;

/**
 * Jobs in a database, where they outlive the host process: in {@linkplain #inDirectory a directory}, for engines on one
 * machine, or in {@linkplain #of(DataSource) PostgreSQL}, for engines on several. What was answered is on the disk.
 *
 * <p>Losers of a race inside the database are run again and never seen. An {@link IOException} may pass, such as that of a
 * lost connection, after which it is not known whether a change was made; a
 * {@link io.longshore.spi.PermanentStorageException} does not. Neither holds what a record holds. A job that is created a
 * second time, with the same id, is the one that is kept.
 *
 * <p>The tables are made by the first store that opens the database, and brought up to date by newer versions of this
 * class; older ones then refuse it.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> all methods block on I/O; an interrupt ends none of them and is still
 * there afterwards. The store has a thread of its own, which calls what {@link #onWake} was given.
 */
public final class JdbcJobStore implements JobStore {
    private final List<Runnable> wakes = new CopyOnWriteArrayList<>();
    private final AtomicBoolean isClosed = new AtomicBoolean();
    private final Database database;
    private final Jobs jobs;
    private final Claims claims;

    private interface Opener {
        Database open(Runnable wake) throws IOException;
    }

    private JdbcJobStore(Opener opener) throws IOException {
        database = opener.open(this::wake);
        jobs = new Jobs(database);
        claims = new Claims(database);
    }

    /**
     * Opens a store in a directory, which any number of engines and processes on this machine may do at once. Jobs lie in
     * its file {@code jobs.db} (mode 0600), a SQLite database.
     *
     * <p>Leases go by this machine's clock. Processes wake one another within milliseconds, where the operating system
     * tells of changed files (Linux, Windows), and within seconds elsewhere.
     *
     * @param home the directory, on a disk of this machine; made, with mode 0700, if it is missing
     * @return the store
     * @throws io.longshore.spi.PermanentStorageException if it lies on a network's disk, if its file is not one of jobs or
     *     damaged, or if that was made by a newer version of this class
     * @throws IOException if the directory or its file cannot be read, made or written to
     */
    public static JdbcJobStore inDirectory(Path home) throws IOException {
        return inDirectory(home, InstantSource.system());
    }

    static JdbcJobStore inDirectory(Path home, InstantSource clock) throws IOException {
        return new JdbcJobStore(wake -> SqliteDatabase.open(Home.open(home), clock, wake));
    }

    /**
     * Opens a store in a PostgreSQL database, which engines on any number of machines may share. Its tables begin with
     * {@code longshore_} and lie in the schema that connections come with. Leases go by the database's clock.
     *
     * <p>One connection is kept, to be woken by; each call takes one more for as long as it lasts. All may be wrapped, as
     * those of a pool are, if they {@linkplain java.sql.Wrapper#unwrap unwrap} to those of PostgreSQL's driver.
     *
     * @param source where connections come from; not closed with the store
     * @return the store
     * @throws io.longshore.spi.PermanentStorageException if that is no PostgreSQL, if the database lets nobody in, or if
     *     its tables were made by a newer version of this class
     * @throws IOException if the database does not answer
     */
    public static JdbcJobStore of(DataSource source) throws IOException {
        return new JdbcJobStore(wake -> PostgresDatabase.of(source, wake));
    }

    /**
     * Opens a store in a PostgreSQL database, as {@link #of(DataSource)} does, with at most nine connections of its own.
     *
     * @param jdbcUrl the URL, as PostgreSQL's driver takes it; never shown, as it may hold a password
     * @return the store
     * @throws io.longshore.spi.PermanentStorageException if that is no URL of PostgreSQL, if the database lets nobody in,
     *     or if its tables were made by a newer version of this class
     * @throws IOException if the database does not answer
     */
    public static JdbcJobStore of(String jdbcUrl) throws IOException {
        return new JdbcJobStore(wake -> PostgresDatabase.of(jdbcUrl, wake));
    }

    /** A store in some other database. */
    static JdbcJobStore in(Database database) throws IOException {
        return new JdbcJobStore(wake -> database);
    }

    @Override
    public boolean isDurable() {
        return true;
    }

    @Override
    public JobRecord create(JobRecord job, List<ItemRecord> items) throws IOException {
        List<ItemRecord> copy = List.copyOf(items);
        JobRecord kept = database.write("creating job " + job.id(), session -> jobs.create(session, job, copy));
        if (kept.id().equals(job.id())) {
            wakeAll();
        }
        return kept;
    }

    @Override
    public Optional<JobRecord> find(JobId id) throws IOException {
        return database.read("looking up job " + id, session -> Jobs.find(session, id));
    }

    @Override
    public List<ItemRecord> items(JobId id) throws IOException {
        return database.read("listing the items of job " + id, session -> Jobs.items(session, id));
    }

    @Override
    public List<JobRecord> list(int limit) throws IOException {
        return database.read("listing jobs", session -> Jobs.list(session, limit));
    }

    @Override
    public void keepAlive(Owner owner, Duration lease) throws IOException {
        database.write("renewing a lease", session -> claims.keepAlive(session, owner, lease));
    }

    @Override
    public Optional<JobRecord> claim(Owner owner, int limit) throws IOException {
        String what = "claiming a job";
        if (!database.read(what, session -> Claims.isAnyWaiting(session, limit))) {
            return Optional.empty();
        }
        String passOver = database.lockingUnlocked();
        String await = database.locking();
        Optional<JobRecord> claimed = database.write(what, session -> claims.claim(session, owner, limit, passOver));
        // Who is told that there is nothing does not ask again: that others were busy with it is not a reason.
        return claimed.isPresent() || await.equals(passOver)
                ? claimed
                : database.write(what, session -> claims.claim(session, owner, limit, await));
    }

    @Override
    public Optional<JobRecord> claim(Owner owner, JobId id, Predicate<Owner> gone) throws IOException {
        String what = "claiming job " + id;
        Optional<Claims.Candidate> candidate = database.read(what, session -> claims.candidate(session, id));
        return candidate.isPresent() && candidate.get().holder().isGone(owner, gone)
                ? database.write(what, session -> claims.claim(session, owner, candidate.get()))
                : Optional.empty();
    }

    @Override
    public List<JobRecord> takeOver(Owner owner, Predicate<Owner> gone) throws IOException {
        String what = "taking over jobs";
        List<Holder> those = database.read(what, session -> claims.holders(session, owner)).stream()
                .filter(holder -> holder.isGone(owner, gone))
                .toList();
        return those.isEmpty() ? List.of() : database.write(what, session -> claims.takeOver(session, owner, those));
    }

    @Override
    public void release(Owner owner) throws IOException {
        if (database.write("giving up jobs", session -> claims.release(session, owner))) {
            wakeAll();
        }
    }

    @Override
    public boolean holds(JobId id, long epoch) throws IOException {
        return database.read("looking up job " + id, session -> Jobs.holds(session, id, epoch));
    }

    @Override
    public boolean requestCancel(JobId id) throws IOException {
        boolean asked = database.write("canceling job " + id, session -> Jobs.requestCancel(session, id));
        if (asked) {
            wakeAll();
        }
        return asked;
    }

    @Override
    public List<JobId> cancelRequests(Owner owner) throws IOException {
        return database.read("looking for canceled jobs", session -> Claims.cancelRequests(session, owner));
    }

    @Override
    public List<JobId> overdue(Instant now, int limit) throws IOException {
        return database.read("looking for overdue jobs", session -> Jobs.overdue(session, now, limit));
    }

    @Override
    public boolean update(JobRecord next) throws IOException {
        boolean changed = database.write("changing job " + next.id(), session -> jobs.update(session, next));
        if (changed && next.state().isTerminal()) {
            wakeAll();
        }
        return changed;
    }

    @Override
    public boolean update(ItemRecord next, long epoch) throws IOException {
        return database.write("changing item " + next.key(), session -> jobs.update(session, next, epoch));
    }

    @Override
    public boolean add(List<ItemRecord> items, long epoch) throws IOException {
        List<ItemRecord> copy = List.copyOf(items);
        return copy.isEmpty()
                || database.write(
                        "adding items to job " + copy.get(0).key().job(), session -> jobs.add(session, copy, epoch));
    }

    @Override
    public List<JobId> prune(Instant before, int newest) throws IOException {
        String what = "removing ended jobs";
        Pruning.Mark byAge = Pruning.Mark.before(Database.nanos(before));
        Pruning.Mark end = newest < 0
                ? byAge
                : database.read(what, session -> Pruning.newest(session, newest))
                        .map(byAge::later)
                        .orElse(byAge);
        List<JobId> removed = new ArrayList<>();
        while (true) {
            List<JobId> some;
            try {
                some = database.write(what, session -> Pruning.remove(session, end, database.lockingUnlocked()));
            } catch (IOException e) {
                if (removed.isEmpty()) {
                    throw e;
                }
                return removed; // which are gone, and are told of only now; the next call fails with what is left
            }
            if (some.isEmpty()) {
                return removed;
            }
            removed.addAll(some);
        }
    }

    @Override
    public void onWake(Runnable wake) {
        wakes.add(wake);
    }

    private void wakeAll() {
        wake();
        database.wakeOthers();
    }

    /** What was done is done: whoever is woken cannot make it a failure. */
    private void wake() {
        for (Runnable each : wakes) {
            try {
                each.run();
            } catch (RuntimeException e) {
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (!isClosed.getAndSet(true)) {
            database.close();
        }
    }
}
