package io.longshore.store.jdbc;

import static io.longshore.store.jdbc.Records.START;
import static io.longshore.store.jdbc.Records.ended;
import static io.longshore.store.jdbc.Records.items;
import static io.longshore.store.jdbc.Records.job;
import static io.longshore.store.jdbc.Records.owner;
import static io.longshore.store.jdbc.Records.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.JobId;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What both databases keep when two stores use one of them, as two processes do. */
abstract class DurableStoreContract {
    private static final Owner ONE = owner("one");
    private static final Owner OTHER = owner("other");
    private static final Duration LEASE = Duration.ofHours(1);
    private static final long PATIENCE_SECONDS = 60;

    private JobStore one;
    private JobStore other;

    abstract Database openDatabase(Runnable wake) throws Exception;

    /** From now on, stores are opened in a database that nobody opened before. */
    abstract void makeDatabase() throws Exception;

    /** Opens a store in the database of a test. */
    abstract JobStore open() throws Exception;

    @BeforeEach
    void openStores() throws Exception {
        makeDatabase();
        one = open();
        other = open();
        one.keepAlive(ONE, LEASE);
        other.keepAlive(OTHER, LEASE);
    }

    @AfterEach
    void closeStores() throws IOException {
        one.close();
        other.close();
    }

    private JobRecord created(String deployment) throws IOException {
        JobRecord job = job(deployment);
        return one.create(job, items(job, 1));
    }

    @Test
    void jobsOutliveTheirStore() throws Exception {
        JobRecord job = created("d");
        one.close();
        other.close();
        try (JobStore later = open()) {
            assertEquals(Optional.of(job), later.find(job.id()));
            assertEquals(items(job, 1), later.items(job.id()));
            assertTrue(later.isDurable());
        }
    }

    @Test
    void newDatabaseIsOpenedByManyAtOnce() throws Exception {
        makeDatabase();
        Callable<JobStore> opening = this::open;
        List<JobStore> opened = concurrently(Collections.nCopies(6, opening));
        JobRecord job = job("d");
        opened.get(0).create(job, items(job, 1));
        for (JobStore store : opened) {
            assertEquals(Optional.of(job), store.find(job.id()));
            store.close();
        }
    }

    @Test
    void storesClaimEachJobOnceAndKeepTheLimitBetweenThem() throws Exception {
        for (int i = 0; i < 60; i++) {
            created("d" + i % 3);
        }
        Set<JobId> claimed = ConcurrentHashMap.newKeySet();
        AtomicInteger claims = new AtomicInteger();
        AtomicInteger open = new AtomicInteger();
        AtomicInteger mostOpen = new AtomicInteger();
        List<Callable<Boolean>> engines = new ArrayList<>();
        for (JobStore store : List.of(one, other)) {
            for (int i = 0; i < 3; i++) {
                engines.add(() -> {
                    Owner owner = store.equals(one) ? ONE : OTHER;
                    while (claims.get() < 60) {
                        Optional<JobRecord> job = store.claim(owner, 2);
                        if (job.isPresent()) {
                            claims.incrementAndGet();
                            mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
                            claimed.add(job.get().id());
                            open.decrementAndGet(); // before others may see it ended
                            assertTrue(store.update(ended(job.get(), START)));
                        }
                    }
                    return true;
                });
            }
        }
        concurrently(engines);
        assertEquals(60, claims.get());
        assertEquals(60, claimed.size());
        assertTrue(mostOpen.get() <= 6, "three deployments ran " + mostOpen.get() + " jobs at once");
        assertEquals(Optional.empty(), one.claim(ONE, 2));
    }

    @Test
    void ofChangesByTwoStoresOneIsTaken() throws Exception {
        for (int round = 0; round < 10; round++) {
            JobRecord job = created("d");
            AtomicInteger taken = new AtomicInteger();
            AtomicInteger itemsTaken = new AtomicInteger();
            ItemRecord item = new ItemRecord(new ItemKey(job.id(), 0), 1, ItemRecord.Status.FAILED, "{}");
            List<Callable<Boolean>> changes = new ArrayList<>();
            for (JobStore store : List.of(one, other)) {
                changes.add(() -> store.update(running(job)) && taken.incrementAndGet() > 0);
                changes.add(() -> store.update(ended(job, START)) && taken.incrementAndGet() > 0);
                changes.add(() -> store.update(item, 0) && itemsTaken.incrementAndGet() > 0);
            }
            concurrently(changes);
            assertEquals(1, taken.get());
            assertEquals(1, itemsTaken.get());
        }
    }

    @Test
    void submissionsWithOneKeyToTwoStoresAreOneJob() throws Exception {
        List<Callable<JobId>> submissions = new ArrayList<>();
        for (JobStore store : List.of(one, other, one, other)) {
            submissions.add(() -> {
                JobRecord job = job("d", Optional.of("key"), "{}");
                return store.create(job, items(job, 3)).id();
            });
        }
        Set<JobId> kept = Set.copyOf(concurrently(submissions));
        assertEquals(1, kept.size());
        assertEquals(1, one.list(10).size());
        assertEquals(3, one.items(kept.iterator().next()).size());
        assertTrue(one.claim(ONE, 9).isPresent());
        assertEquals(Optional.empty(), one.claim(ONE, 9));
    }

    @Test
    void jobThatIsCreatedAgainAfterALostAnswerIsKeptOnce() throws Exception {
        JobRecord job = created("d");
        assertEquals(job, other.create(job, items(job, 1)));
        assertEquals(1, one.items(job.id()).size());
        assertTrue(one.claim(ONE, 9).isPresent());
        assertEquals(Optional.empty(), one.claim(ONE, 9));
    }

    @Test
    void jobsAndCancelRequestsAndEndsWakeTheOtherStore() throws Exception {
        JobRecord job = wakesOther(() -> created("d"));
        wakesOther(() -> one.requestCancel(job.id()));
        JobRecord claimed = one.claim(ONE, 1).orElseThrow();
        wakesOther(() -> {
            one.release(ONE);
            return true;
        });
        wakesOther(() -> one.update(ended(claimed, START)));
    }

    /** Each thing wakes by itself: what wakes late of the one before is waited for first. */
    private <T> T wakesOther(Callable<T> call) throws Exception {
        CountDownLatch woken = new CountDownLatch(1);
        other.onWake(woken::countDown);
        T result = call.call();
        assertTrue(woken.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "nobody woke the other store");
        return result;
    }

    @Test
    void leaseThatIsOverGivesTheJobsAway() throws Exception {
        Owner short1 = owner("short");
        one.keepAlive(short1, Duration.ZERO);
        created("d");
        JobRecord claimed = one.claim(short1, 1).orElseThrow();
        assertEquals(List.of(claimed.inEpoch(claimed.epoch() + 1)), other.takeOver(OTHER, owner -> {
            throw new AssertionError("asked about one whose lease is over: " + owner);
        }));
        assertFalse(one.update(running(claimed)));
        assertFalse(one.holds(claimed.id(), claimed.epoch()));
    }

    @Test
    void leaseThatWasRenewedKeepsTheJobs() throws Exception {
        Owner renewed = owner("renewed");
        one.keepAlive(renewed, Duration.ZERO);
        created("d");
        JobRecord claimed = one.claim(renewed, 1).orElseThrow();
        one.keepAlive(renewed, Duration.ofDays(1_000_000_000)); // longer than numbers go
        List<Owner> asked = new ArrayList<>();
        assertEquals(List.of(), other.takeOver(OTHER, owner -> !asked.add(owner)));
        assertEquals(List.of(renewed), asked);
        assertTrue(one.holds(claimed.id(), claimed.epoch()));
    }

    @Test
    void holderThatComesBackWhileItIsAskedAboutKeepsItsJobs() throws Exception {
        Owner late = owner("late");
        Owner alive = owner("alive");
        one.keepAlive(late, Duration.ZERO);
        one.keepAlive(alive, LEASE);
        created("late");
        created("alive");
        List<JobRecord> claimed =
                List.of(one.claim(late, 1).orElseThrow(), one.claim(alive, 1).orElseThrow());
        List<JobRecord> taken = other.takeOver(OTHER, owner -> {
            try {
                one.keepAlive(late, LEASE); // after it was found to be late
                return true;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertEquals(
                List.of(claimed.get(1).id()), taken.stream().map(JobRecord::id).toList());
        assertTrue(one.holds(claimed.get(0).id(), claimed.get(0).epoch()));
    }

    @Test
    void jobThatChangedHandsWhileItsHolderWasAskedAboutIsNotClaimed() throws Exception {
        JobRecord job = created("d");
        assertTrue(one.claim(ONE, 1).isPresent());
        Owner third = owner("third");
        one.keepAlive(third, LEASE);
        assertEquals(Optional.empty(), other.claim(OTHER, job.id(), owner -> {
            try {
                return one.takeOver(third, ONE::equals).size() == 1;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }));
        assertEquals(2, one.find(job.id()).orElseThrow().epoch());
    }

    @Test
    void queuedJobsOfALimitedDeploymentWaitForTheirTurnAmongTwoStores() throws Exception {
        created("full");
        created("full");
        JobRecord first = one.claim(ONE, 1).orElseThrow();
        JobRecord free = created("free");
        assertEquals(free.id(), other.claim(OTHER, 1).orElseThrow().id());
        assertEquals(Optional.empty(), other.claim(OTHER, 1));
        assertTrue(one.update(ended(first, START)));
        assertEquals("full", other.claim(OTHER, 1).orElseThrow().deployment());
    }

    @Test
    void jobOfTenThousandItemsIsKeptAndRemovedWhole() throws Exception {
        JobRecord job = job("d");
        one.create(job, items(job, 10_000));
        assertEquals(items(job, 10_000), other.items(job.id()));
        JobRecord claimed = one.claim(ONE, 1).orElseThrow();
        assertTrue(one.add(items(job, 10_000, 5_000, "{\"added\":true}"), claimed.epoch()));
        assertEquals(15_000, other.items(job.id()).size());
        assertTrue(one.update(ended(claimed, START)));
        assertEquals(List.of(job.id()), other.prune(START.plusNanos(1), -1));
        assertEquals(List.of(), one.items(job.id()));
        assertEquals(Optional.empty(), one.find(job.id()));
    }

    @Test
    void manyEndedJobsAreRemovedByTwoStoresAtOnce() throws Exception {
        List<JobId> ended = new ArrayList<>();
        List<Callable<Boolean>> creations = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            JobRecord job = ended(job("d"), START.plusSeconds(i));
            ended.add(job.id());
            creations.add(() -> one.create(job, items(job, 2)).equals(job));
        }
        concurrently(creations);
        JobRecord waiting = created("d");
        List<JobId> removed = new ArrayList<>();
        List<Callable<List<JobId>>> prunings =
                List.of(() -> one.prune(Instant.MIN, 10), () -> other.prune(Instant.MIN, 10));
        concurrently(prunings).forEach(removed::addAll);
        assertEquals(240, removed.size());
        assertEquals(Set.copyOf(ended.subList(0, 240)), Set.copyOf(removed));
        assertEquals(ended.subList(240, 250), one.prune(Instant.MAX, -1));
        assertEquals(List.of(waiting), one.list(10));
    }

    @Test
    void gapInItemNumbersIsRefusedAndNothingIsAdded() throws Exception {
        JobRecord job = job("d");
        one.create(job, List.of());
        List<ItemRecord> gap = new ArrayList<>(items(job, 2));
        gap.addAll(items(job, 3, 1, "{}"));
        assertThrows(IllegalArgumentException.class, () -> one.add(gap, 0));
        assertEquals(List.of(), one.items(job.id()));
        assertTrue(one.add(items(job, 2), 0));
    }

    @Test
    void textsAreKeptWhateverTheirLengthAndLetters() throws Exception {
        char[] large = new char[3_000_000];
        Arrays.fill(large, 'ž');
        JobRecord job = job("mořský/☃\uD83D\uDE00'\"\\", Optional.of("k\n;--"), new String(large));
        one.create(job, items(job, 0, 1, "'; DROP TABLE longshore_jobs; --\uD83D\uDE00"));
        assertEquals(Optional.of(job), other.find(job.id()));
        assertEquals(items(job, 0, 1, "'; DROP TABLE longshore_jobs; --\uD83D\uDE00"), other.items(job.id()));
        assertEquals(job.inEpoch(1), one.claim(ONE, 1).orElseThrow());
    }

    @Test
    void tablesOfAnOlderVersionAreBroughtUpToDate() throws Exception {
        JobRecord job = created("d");
        try (Database database = openDatabase(() -> {})) {
            database.write("pretending", session -> {
                session.execute("DROP INDEX longshore_jobs_deadline");
                session.execute("ALTER TABLE longshore_jobs DROP COLUMN deadline");
                return session.update("UPDATE longshore_schema SET version = 1");
            });
        }
        try (JobStore store = open()) {
            assertEquals(Optional.of(job), store.find(job.id()));
        }
    }

    @Test
    void tablesOfANewerVersionAreRefused() throws Exception {
        try (Database database = openDatabase(() -> {})) {
            database.write(
                    "pretending",
                    session -> session.update("UPDATE longshore_schema SET version = ?", Migrations.NEWEST + 6));
        }
        PermanentStorageException refused = assertThrows(PermanentStorageException.class, this::open);
        assertTrue(
                refused.getMessage()
                        .contains("has tables of version 8, and this version of Longshore knows those up to 2"),
                refused.getMessage());
    }

    @Test
    void closedStoreSaysSo() throws Exception {
        one.close();
        one.close();
        IOException failure = assertThrows(IOException.class, () -> one.list(1));
        assertTrue(failure.getMessage().endsWith("the store is closed"), failure.getMessage());
        assertThrows(IOException.class, () -> created("d"));
    }

    @Test
    void interruptNeitherEndsAWriteNorIsLost() throws Exception {
        Thread.currentThread().interrupt();
        JobRecord job = created("d");
        assertTrue(Thread.interrupted());
        assertEquals(Optional.of(job), other.find(job.id()));
    }

    static <T> List<T> concurrently(List<? extends Callable<T>> calls) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(Math.min(8, calls.size()));
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : executor.invokeAll(calls)) {
                results.add(result.get());
            }
            return Collections.unmodifiableList(results);
        } finally {
            executor.shutdown();
        }
    }
}
