package io.longshore.store.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.spi.JobRecord;
import io.longshore.spi.Owner;
import io.longshore.spi.PermanentStorageException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

final class PostgresFailuresTest {
    private static final long PATIENCE_SECONDS = 60;

    private static void assertSaysNothingOf(String text, Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            assertFalse(each.toString().contains(text), each.toString());
        }
    }

    @Test
    void storeOutlivesARestartOfItsServer(@TempDir Path data) throws Exception {
        EmbeddedPostgres server = start(data);
        try (Forwarder way = new Forwarder()) {
            way.leadTo(server.getPort());
            String url = "jdbc:postgresql://127.0.0.1:" + way.port() + "/postgres?user=postgres";
            try (JdbcJobStore store = JdbcJobStore.of(url);
                    JdbcJobStore other = JdbcJobStore.of(url)) {
                JobRecord job = Records.job("d");
                store.create(job, Records.items(job, 1));
                Semaphore wakes = new Semaphore(0);
                other.onWake(wakes::release);
                server.close();
                way.cut();
                wakes.drainPermits();

                IOException failure = assertThrows(IOException.class, () -> store.find(job.id()));
                assertFalse(failure instanceof PermanentStorageException, failure.toString());
                assertTrue(
                        failure.getMessage()
                                .startsWith("looking up job " + job.id() + " in the job store in PostgreSQL: "),
                        failure.getMessage());
                assertSaysNothingOf(url, failure);

                server = start(data);
                way.leadTo(server.getPort());
                assertTrue(wakes.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS), "nobody was woken after the loss");
                assertEquals(Optional.of(job), store.find(job.id()));
                assertTrue(store.update(Records.running(job)));
                wakes.drainPermits();
                assertTrue(store.requestCancel(job.id()));
                assertTrue(wakes.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS), "it listens no more");
            }
        } finally {
            server.close();
        }
    }

    private static EmbeddedPostgres start(Path data) throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(0)
                .setDataDirectory(data.resolve("data"))
                .setCleanDataDirectory(false)
                .start();
    }

    @Test
    void connectionsThatTheServerEndsAreReplaced() throws Exception {
        String url = PostgresServer.emptySchema() + "&ApplicationName=ended";
        try (JdbcJobStore store = JdbcJobStore.of(url)) {
            JobRecord job = Records.job("d");
            store.create(job, Records.items(job, 1));
            CountDownLatch woken = new CountDownLatch(1);
            store.onWake(woken::countDown);
            try (Connection connection =
                            PostgresServer.server().getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                        + " WHERE application_name = 'ended'");
            }
            assertThrows(IOException.class, () -> store.find(job.id()));
            assertEquals(Optional.of(job), store.find(job.id())); // the next call has a connection of its own
            assertTrue(woken.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
    }

    /** Its locks would hold up all others for as long as it sleeps. */
    @Test
    void engineThatSleepsInATransactionLosesItsConnection() throws Exception {
        String shown = "SHOW idle_in_transaction_session_timeout";
        String url = PostgresServer.emptySchema();
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        try (Database own = PostgresDatabase.of(url, () -> {});
                Database hosts = PostgresDatabase.of(source, () -> {});
                Database limited =
                        PostgresDatabase.of(url + "&options=-c%20idle_in_transaction_session_timeout=20ms", () -> {})) {
            for (Database database : List.of(own, hosts)) {
                assertEquals(
                        Optional.of("10s"),
                        database.write("asking", session -> session.first(shown, row -> row.getString(1))));
            }
            assertEquals(
                    Optional.of("20ms"),
                    limited.read("asking", session -> session.first(shown, row -> row.getString(1))));
        }
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet left = statement.executeQuery(shown)) {
            left.next();
            assertEquals("0", left.getString(1));
        }
    }

    @Test
    void losersOfRacesInTheDatabaseAreRunAgain() throws Exception {
        String url = PostgresServer.emptySchema() + "&options=-c%20deadlock_timeout=20ms";
        try (Database database = PostgresDatabase.of(url, () -> {})) {
            database.write("making rows", session -> {
                Jobs jobs = new Jobs(database);
                jobs.create(session, Records.job("a"), List.of());
                jobs.create(session, Records.job("b"), List.of());
                return true;
            });
            CyclicBarrier both = new CyclicBarrier(2);
            AtomicInteger runs = new AtomicInteger();
            List<Callable<Boolean>> calls = List.of(
                    () -> database.write("crossing", session -> cross(session, "a", "b", both, runs)),
                    () -> database.write("crossing", session -> cross(session, "b", "a", both, runs)));
            assertEquals(List.of(true, true), DurableStoreContract.concurrently(calls));
            assertTrue(runs.get() >= 3, "nobody lost"); // the database may give both up
        }
    }

    /** Locks two rows, the second one when somebody else has it, the first time. */
    private static boolean cross(Session session, String first, String second, CyclicBarrier both, AtomicInteger runs)
            throws SQLException {
        Jobs.count(session, first, 1, 0);
        if (runs.incrementAndGet() <= 2) {
            try {
                both.await();
            } catch (InterruptedException | BrokenBarrierException e) {
                throw new SQLException(e);
            }
        }
        return Jobs.count(session, second, 1, 0) == 1;
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void enginesNeverWaitForOneAnotherInACircle() throws Exception {
        String url = PostgresServer.emptySchema() + "&options=-c%20deadlock_timeout=1h"; // which would not end
        try (JdbcJobStore store = JdbcJobStore.of(url)) {
            List<Callable<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                calls.add(() -> live(store, number));
            }
            assertEquals(200, DurableStoreContract.concurrently(calls).size());
        }
    }

    /** A bit of the life of an engine that loses its jobs all the time. */
    private static boolean live(JdbcJobStore store, int number) throws IOException {
        JobRecord job = Records.job("d" + number % 4);
        store.create(job, Records.items(job, 2));
        Owner owner = Records.owner("o" + number % 3);
        store.keepAlive(owner, number % 2 == 0 ? Duration.ZERO : Duration.ofHours(1));
        Optional<JobRecord> claimed = store.claim(owner, 3);
        for (JobRecord taken : store.takeOver(owner, each -> true)) {
            store.update(Records.ended(taken, Records.START));
        }
        if (claimed.isPresent()) {
            store.requestCancel(claimed.get().id());
        }
        store.claim(owner, job.id(), each -> true).ifPresent(mine -> assertEquals(job.id(), mine.id()));
        store.release(Records.owner("o" + (number + 1) % 3));
        return store.prune(Records.START, 2).isEmpty();
    }

    @Test
    void whatTheDatabaseCannotKeepIsRefusedForGoodAndNotShown() throws Exception {
        try (JdbcJobStore store = JdbcJobStore.of(PostgresServer.emptySchema())) {
            JobRecord job = Records.job("d");
            IOException failure = assertThrows(
                    PermanentStorageException.class,
                    () -> store.create(job, Records.items(job, 0, 3, "{\"sealed\":\"body\"}\0")));
            assertSaysNothingOf("sealed", failure);
            assertEquals(Optional.empty(), store.find(job.id()));
            StringBuilder key = new StringBuilder();
            new java.util.Random(1).ints(10_000, 'a', 'z').forEach(letter -> key.append((char) letter));
            JobRecord keyed = Records.job("d", Optional.of(key.toString()), "{}");
            assertThrows(PermanentStorageException.class, () -> store.create(keyed, List.of()));
            assertEquals(List.of(), store.list(9));
        }
    }

    @Test
    void rowThatTheDatabaseRefusesIsNotShown() throws Exception {
        String url = PostgresServer.emptySchema();
        try (JdbcJobStore store = JdbcJobStore.of(url);
                Database database = PostgresDatabase.of(url, () -> {})) {
            database.write(
                    "making it fail", session -> session.update("ALTER TABLE longshore_items ADD CHECK (number < 7)"));
            JobRecord job = Records.job("d");
            IOException failure = assertThrows(
                    IOException.class, () -> store.create(job, Records.items(job, 0, 9, "{\"sealed\":\"body\"}")));
            assertSaysNothingOf("sealed", failure);
            assertTrue(failure.getMessage().contains("violates check constraint"), failure.getMessage());
        }
    }

    @Test
    void otherDatabasesAreRefused() {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:mem:other");
        assertEquals(
                "connecting in the job store in PostgreSQL: connections are none of PostgreSQL's driver",
                assertThrows(PermanentStorageException.class, () -> JdbcJobStore.of(h2))
                        .getMessage());
        assertEquals(
                "not a URL of PostgreSQL, which begins with jdbc:postgresql:",
                assertThrows(
                                PermanentStorageException.class,
                                () -> JdbcJobStore.of("jdbc:mysql://host/db?password=hidden"))
                        .getMessage());
    }

    @Test
    void whoIsNotLetInIsToldSoWithoutTheSecret() throws Exception {
        try (Connection connection =
                        PostgresServer.server().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("DROP ROLE IF EXISTS stranger");
            statement.execute("CREATE ROLE stranger LOGIN");
            statement.execute("CREATE SCHEMA IF NOT EXISTS locked");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        String url = "jdbc:postgresql://127.0.0.1:" + PostgresServer.server().getPort() + "/postgres?user=stranger"
                + "&password=hidden&currentSchema=locked";
        IOException failure = assertThrows(PermanentStorageException.class, () -> JdbcJobStore.of(url));
        assertTrue(failure.getMessage().startsWith("preparing the tables in the job store"), failure.getMessage());
        assertSaysNothingOf("hidden", failure);
        assertThrows(
                PermanentStorageException.class,
                () -> JdbcJobStore.of(
                        "jdbc:postgresql://127.0.0.1:" + PostgresServer.server().getPort() + "/nowhere?user=postgres"));
    }

    @Test
    void dataSourceOfTheHostIsNotClosed() throws Exception {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(PostgresServer.emptySchema());
        JdbcJobStore.of(source).close();
        try (JdbcJobStore again = JdbcJobStore.of(source)) {
            assertEquals(List.of(), again.list(1));
        }
    }
}
