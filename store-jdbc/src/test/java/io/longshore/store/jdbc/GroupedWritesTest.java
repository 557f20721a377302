package io.longshore.store.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.store.jdbc.Session.Work;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.JDBC;

final class GroupedWritesTest {
    private static final int WRITERS = 6;

    @TempDir
    private Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<Session> opened = new ArrayList<>();
    private GroupedWrites writes;

    @BeforeEach
    void makeTable() throws Exception {
        SqliteLibrary.load(directory);
        writes = new GroupedWrites(this::open);
        writes.write(session -> session.update("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"));
    }

    private Session open() throws SQLException {
        Session session = new Session(
                JDBC.createConnection("jdbc:sqlite:" + directory.resolve("x.db"), new java.util.Properties()), true);
        opened.add(session);
        return session;
    }

    @AfterEach
    void close() throws Exception {
        writes.close();
        executor.shutdown();
    }

    private List<Integer> numbers() throws SQLException {
        return writes.write(
                session -> session.list("SELECT number FROM numbers ORDER BY number", row -> row.getInt(1)));
    }

    private static Work<Integer> add(int number) {
        return session -> session.update("INSERT INTO numbers VALUES (?)", number);
    }

    /** Starts writes while another one runs, so that all of them make the next group. */
    private List<Future<Integer>> together(List<Work<Integer>> works) throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Future<Integer> first = executor.submit(() -> writes.write(session -> {
            entered.countDown();
            awaitQuietly(goOn);
            return 0;
        }));
        entered.await();
        List<Future<Integer>> all = new ArrayList<>();
        for (Work<Integer> work : works) {
            Callable<Integer> call = () -> writes.write(work);
            all.add(executor.submit(call));
        }
        while (writes.waiting() < works.size()) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        first.get();
        return all;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Throwable failure(Future<Integer> write) {
        return assertThrows(java.util.concurrent.ExecutionException.class, write::get)
                .getCause();
    }

    @Test
    void writesThatWaitShareOneTransaction() throws Exception {
        List<Long> seen = new ArrayList<>(); // by one thread, as they are one group
        Set<Thread> threads = new java.util.HashSet<>();
        List<Work<Integer>> works = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int number = i;
            works.add(session -> {
                threads.add(Thread.currentThread());
                // What the others of the group did is seen, though nothing is committed.
                seen.add(session.first("SELECT COUNT(*) FROM numbers", row -> row.getLong(1))
                        .orElseThrow());
                return session.update("INSERT INTO numbers VALUES (?)", number);
            });
        }
        for (Future<Integer> write : together(works)) {
            assertEquals(1, write.get());
        }
        assertEquals(1, threads.size());
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), seen);
        assertEquals(WRITERS, numbers().size());
    }

    @Test
    void whatFailsInAGroupFailsAlone() throws Exception {
        IllegalArgumentException mistake = new IllegalArgumentException("mistake");
        List<Future<Integer>> all = together(List.of(
                add(1),
                add(2),
                session -> {
                    add(3).on(session);
                    throw mistake;
                },
                session -> {
                    add(4).on(session);
                    return add(4).on(session); // not unique
                },
                add(5)));
        assertEquals(1, all.get(0).get());
        assertEquals(1, all.get(1).get());
        assertSame(mistake, failure(all.get(2)));
        assertTrue(failure(all.get(3)) instanceof SQLException);
        assertEquals(1, all.get(4).get());
        assertEquals(List.of(1, 2, 5), numbers());
    }

    @Test
    void whatEndsTheTransactionOfAGroupFailsAlone() throws Exception {
        List<Future<Integer>> all = together(List.of(
                add(1),
                session -> {
                    add(2).on(session);
                    session.execute("ROLLBACK"); // as a full disk does
                    throw new SQLException("the disk is full");
                },
                add(3)));
        assertEquals(1, all.get(0).get());
        assertEquals("the disk is full", failure(all.get(1)).getMessage());
        assertEquals(1, all.get(2).get());
        assertEquals(List.of(1, 3), numbers());
    }

    @Test
    void brokenConnectionIsReplaced() throws Exception {
        opened.get(0).close();
        assertThrows(SQLException.class, () -> writes.write(add(1)));
        writes.write(add(2));
        assertEquals(List.of(2), numbers());
        assertEquals(2, opened.size());
    }

    @Test
    void closeWaitsForWhatRuns() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Future<Integer> running = executor.submit(() -> writes.write(session -> {
            entered.countDown();
            awaitQuietly(goOn);
            return add(1).on(session);
        }));
        entered.await();
        Future<Boolean> closing = executor.submit(() -> {
            writes.close();
            return true;
        });
        goOn.countDown();
        assertEquals(1, running.get());
        assertTrue(closing.get());
        assertThrows(SQLException.class, () -> writes.write(add(2)));
    }
}
