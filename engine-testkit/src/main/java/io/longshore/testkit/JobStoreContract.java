package io.longshore.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.spi.ItemKey;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link JobStore} keeps. Extend it, and say how to make an empty store. */
public abstract class JobStoreContract {
    private static final Instant START = Instant.parse("2025-06-30T10:00:00Z");
    private static final Duration LEASE = Duration.ofHours(1);
    private static final Owner ONE = new Owner("one", "machine", 1, "1");
    private static final Owner OTHER = new Owner("other", "machine", 2, "2");

    /** The store under test. */
    private JobStore store;

    /** Called by JUnit. */
    protected JobStoreContract() {}

    /**
     * An empty store.
     *
     * @return a new store, closed by the contract
     * @throws Exception if it cannot be made
     */
    protected abstract JobStore emptyStore() throws Exception;

    @BeforeEach
    void makeStore() throws Exception {
        store = emptyStore();
        store.keepAlive(ONE, LEASE);
        store.keepAlive(OTHER, LEASE);
    }

    @AfterEach
    void closeStore() throws IOException {
        store.close();
    }

    private static JobRecord job(String deployment, int priority) {
        return job(deployment, priority, Optional.empty(), Optional.empty());
    }

    private static JobRecord keyed(String key) {
        return job("d", 0, Optional.of(key), Optional.empty());
    }

    private static JobRecord job(String deployment, int priority, Optional<String> key, Optional<Instant> deadline) {
        return JobRecord.queued(JobId.random(), key, deployment, priority, START, deadline, "{\"request\":\"žluť\"}");
    }

    private static JobRecord moved(JobRecord job, JobState state, Instant at) {
        return job.moved(state, at, state.isTerminal() ? "{\"is\":\"Completed\"}" : "");
    }

    private static ItemRecord item(JobRecord job, int number) {
        return new ItemRecord(new ItemKey(job.id(), number), 0, ItemRecord.Status.PENDING, "{}");
    }

    private JobRecord created(String deployment, int priority) throws IOException {
        JobRecord job = job(deployment, priority);
        return store.create(job, List.of(item(job, 0), item(job, 1)));
    }

    private Optional<JobId> claim(int limit) throws IOException {
        return store.claim(ONE, limit).map(JobRecord::id);
    }

    @Test
    void createdJobIsFoundWithItsItems() throws Exception {
        JobRecord job = created("d", 0);
        assertEquals(Optional.of(job), store.find(job.id()));
        assertEquals(List.of(item(job, 0), item(job, 1)), store.items(job.id()));
        assertEquals(Optional.empty(), store.find(JobId.random()));
        assertEquals(List.of(), store.items(JobId.random()));
    }

    @Test
    void secondSubmissionWithAKeyIsTheFirstJob() throws Exception {
        JobRecord first = keyed("k");
        store.create(first, List.of(item(first, 0)));
        JobRecord second = keyed("k");
        assertEquals(first.id(), store.create(second, List.of(item(second, 0))).id());
        assertEquals(Optional.empty(), store.find(second.id()));
        assertEquals(1, store.list(10).size());
    }

    @Test
    void jobsAreListedNewestFirst() throws Exception {
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(0, created("d", 0).id());
        }
        assertEquals(ids, store.list(10).stream().map(JobRecord::id).toList());
        assertEquals(
                ids.subList(0, 2), store.list(2).stream().map(JobRecord::id).toList());
    }

    @Test
    void changeIsTakenForTheStoredVersionOnly() throws Exception {
        JobRecord job = created("d", 0);
        JobRecord next = moved(job, JobState.RUNNING, START.plusSeconds(1));
        assertTrue(store.update(next));
        assertFalse(store.update(next));
        assertEquals(Optional.of(next), store.find(job.id()));
        ItemRecord item = new ItemRecord(new ItemKey(job.id(), 1), 1, ItemRecord.Status.COMPLETED, "{\"x\":1}");
        assertTrue(store.update(item, 0));
        assertFalse(store.update(item, 0));
        assertEquals(List.of(item(job, 0), item), store.items(job.id()));
        assertFalse(store.update(new ItemRecord(new ItemKey(JobId.random(), 0), 1, ItemRecord.Status.FAILED, ""), 0));
    }

    @Test
    void ofConcurrentChangesOneIsTaken() throws Exception {
        JobRecord job = created("d", 0);
        AtomicInteger taken = new AtomicInteger();
        concurrently(8, () -> {
            if (store.update(moved(job, JobState.RUNNING, START))) {
                taken.incrementAndGet();
            }
            return true;
        });
        assertEquals(1, taken.get());
    }

    @Test
    void queueIsFirstInFirstOutWithinAPriority() throws Exception {
        JobId first = created("d", 0).id();
        JobId second = created("d", 0).id();
        JobId urgent = created("d", 5).id();
        assertEquals(Optional.of(urgent), claim(9));
        assertEquals(Optional.of(first), claim(9));
        assertEquals(Optional.of(second), claim(9));
        assertEquals(Optional.empty(), claim(9));
    }

    @Test
    void deploymentsTakeTurns() throws Exception {
        for (int i = 0; i < 3; i++) {
            created("busy", 0);
        }
        JobId other = created("other", 0).id();
        JobId one = claim(9).orElseThrow();
        JobId two = claim(9).orElseThrow();
        assertTrue(one.equals(other) || two.equals(other), "a deployment with many jobs held up another");
    }

    @Test
    void limitIsCountedByDeploymentAndGivenBackAtTheEnd() throws Exception {
        JobId first = created("d", 0).id();
        JobId second = created("d", 0).id();
        JobRecord claimed = store.claim(ONE, 1).orElseThrow();
        assertEquals(first, claimed.id());
        assertEquals(Optional.empty(), claim(1));
        assertEquals(Optional.empty(), store.claim(OTHER, 1));
        JobRecord running = moved(claimed, JobState.RUNNING, START);
        assertTrue(store.update(running));
        assertEquals(Optional.empty(), claim(1));
        assertTrue(store.update(moved(running, JobState.COMPLETED, START)));
        assertEquals(Optional.of(second), claim(1));
    }

    @Test
    void jobThatEndedInTheQueueIsNotClaimed() throws Exception {
        JobRecord job = created("d", 0);
        assertTrue(store.update(moved(job, JobState.CANCELED, START)));
        assertEquals(Optional.empty(), claim(1));
    }

    @Test
    void jobThatEndedNeverChanges() throws Exception {
        JobRecord ended = moved(created("d", 0), JobState.CANCELED, START);
        assertTrue(store.update(ended));
        assertFalse(store.update(moved(ended, JobState.RUNNING, START)));
        assertEquals(Optional.of(ended), store.find(ended.id()));
    }

    @Test
    void overdueJobsAreThoseThatWaitForTheirFirstClaim() throws Exception {
        List<JobId> ids = new ArrayList<>();
        for (int seconds : new int[] {30, 10, 20, 40}) {
            ids.add(store.create(job("d", 0, Optional.empty(), Optional.of(START.plusSeconds(seconds))), List.of())
                    .id());
        }
        created("d", 9);
        assertEquals(List.of(), store.overdue(START.plusSeconds(10).minusNanos(1), 9));
        assertEquals(List.of(ids.get(1)), store.overdue(START.plusSeconds(10), 9));
        assertEquals(List.of(ids.get(1), ids.get(2), ids.get(0)), store.overdue(START.plusSeconds(35), 9));
        assertEquals(List.of(ids.get(1), ids.get(2)), store.overdue(START.plusSeconds(35), 2));
        JobRecord claimed = store.claim(ONE, ids.get(1), owner -> false).orElseThrow();
        assertEquals(Optional.of(START.plusSeconds(10)), claimed.deadline());
        assertTrue(store.update(moved(store.find(ids.get(2)).orElseThrow(), JobState.CANCELED, START)));
        store.release(ONE);
        assertEquals(List.of(ids.get(0)), store.overdue(START.plusSeconds(35), 9));
    }

    @Test
    void ofConcurrentClaimsEachGetsAnotherJob() throws Exception {
        for (int i = 0; i < 40; i++) {
            created("d" + i % 4, 0);
        }
        Set<JobId> claimed = ConcurrentHashMap.newKeySet();
        AtomicInteger claims = new AtomicInteger();
        concurrently(8, () -> {
            for (Optional<JobId> next = claim(100); next.isPresent(); next = claim(100)) {
                claims.incrementAndGet();
                claimed.add(next.get());
            }
            return true;
        });
        assertEquals(40, claims.get());
        assertEquals(40, claimed.size());
    }

    @Test
    void claimBeginsAnEpochInWhichNobodyElseChangesTheJob() throws Exception {
        JobRecord queued = created("d", 0);
        JobRecord claimed = store.claim(ONE, 1).orElseThrow();
        assertEquals(queued.epoch() + 1, claimed.epoch());
        assertEquals(Optional.of(claimed), store.find(queued.id()));
        assertTrue(store.holds(queued.id(), claimed.epoch()));
        assertFalse(store.holds(queued.id(), queued.epoch()));
        assertFalse(store.holds(JobId.random(), 1));
        assertFalse(store.update(moved(queued, JobState.RUNNING, START)));
        ItemRecord changed = new ItemRecord(new ItemKey(queued.id(), 0), 1, ItemRecord.Status.COMPLETED, "{}");
        assertFalse(store.update(changed, queued.epoch()));
        assertTrue(store.update(changed, claimed.epoch()));
        assertTrue(store.update(moved(claimed, JobState.RUNNING, START)));
    }

    @Test
    void oneJobIsClaimedWhateverItsTurnUnlessItIsSomebodys() throws Exception {
        created("d", 0);
        JobId second = created("d", 0).id();
        JobRecord claimed = store.claim(ONE, second, owner -> false).orElseThrow();
        assertEquals(second, claimed.id());
        assertEquals(Optional.empty(), store.claim(OTHER, second, owner -> false));
        assertEquals(Optional.empty(), store.claim(OTHER, JobId.random(), owner -> true));
        assertEquals(Optional.empty(), claim(1)); // it counts
        claimed = store.claim(OTHER, second, ONE::equals).orElseThrow();
        assertTrue(store.update(moved(claimed, JobState.CANCELED, START)));
        assertEquals(Optional.empty(), store.claim(OTHER, second, owner -> false));
        assertTrue(claim(1).isPresent());
    }

    @Test
    void jobsOfOwnersThatAreGoneAreTakenOver() throws Exception {
        JobRecord first = created("d", 0);
        created("d", 0);
        JobRecord claimed = store.claim(ONE, 1).orElseThrow();
        assertTrue(store.update(moved(claimed, JobState.RUNNING, START)));
        assertEquals(List.of(), store.takeOver(OTHER, owner -> false));
        assertEquals(List.of(), store.takeOver(ONE, owner -> true)); // one's own are not gone

        List<JobRecord> taken = store.takeOver(OTHER, ONE::equals);

        assertEquals(List.of(first.id()), taken.stream().map(JobRecord::id).toList());
        assertEquals(JobState.RUNNING, taken.get(0).state());
        assertEquals(claimed.epoch() + 1, taken.get(0).epoch());
        assertFalse(store.holds(first.id(), claimed.epoch()));
        assertEquals(Optional.empty(), claim(1)); // it still counts
        assertEquals(List.of(), store.takeOver(OTHER, owner -> false));
    }

    @Test
    void whatWasGivenUpIsTakenOver() throws Exception {
        JobRecord first = created("d", 0);
        JobRecord claimed = store.claim(ONE, 1).orElseThrow();
        store.release(ONE);
        List<JobRecord> taken = store.takeOver(OTHER, owner -> false);
        assertEquals(List.of(claimed.inEpoch(claimed.epoch() + 1)), taken);
        assertTrue(store.update(moved(taken.get(0), JobState.COMPLETED, START)));
        assertEquals(List.of(), store.takeOver(ONE, owner -> true));
        assertTrue(store.find(first.id()).orElseThrow().state().isTerminal());
    }

    @Test
    void ofConcurrentTakeOversOneGetsTheJob() throws Exception {
        for (int i = 0; i < 10; i++) {
            created("d" + i, 0);
            claim(1);
        }
        AtomicInteger taken = new AtomicInteger();
        concurrently(6, () -> {
            taken.addAndGet(store.takeOver(OTHER, ONE::equals).size());
            return true;
        });
        assertEquals(10, taken.get());
    }

    @Test
    void requestToCancelReachesTheOwnerAndStays() throws Exception {
        JobRecord job = created("d", 0);
        JobRecord claimed = store.claim(ONE, 1).orElseThrow();
        AtomicInteger wakes = new AtomicInteger();
        store.onWake(wakes::incrementAndGet);
        assertEquals(List.of(), store.cancelRequests(ONE));
        assertTrue(store.requestCancel(job.id()));
        assertTrue(wakes.get() >= 1);
        assertEquals(List.of(job.id()), store.cancelRequests(ONE));
        assertEquals(List.of(), store.cancelRequests(OTHER));
        JobRecord running = moved(claimed, JobState.RUNNING, START);
        assertTrue(store.update(running));
        assertTrue(store.find(job.id()).orElseThrow().cancelRequested());
        assertTrue(store.update(moved(running, JobState.CANCELED, START)));
        assertEquals(List.of(), store.cancelRequests(ONE));
        assertFalse(store.requestCancel(job.id()));
        assertFalse(store.requestCancel(JobId.random()));
    }

    @Test
    void itemsAreAddedToAJobThatRuns() throws Exception {
        JobRecord job = job("d", 0);
        store.create(job, List.of());
        long epoch = store.claim(ONE, 1).orElseThrow().epoch();
        assertFalse(store.add(List.of(item(job, 0)), epoch - 1));
        assertTrue(store.add(List.of(item(job, 0), item(job, 1)), epoch));
        assertEquals(2, store.items(job.id()).size());
        assertFalse(store.add(List.of(item(job("d", 0), 0)), epoch));
    }

    @Test
    void endedJobsArePrunedByAgeAndByNumber() throws Exception {
        JobRecord running = created("d", 0);
        List<JobId> ended = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            JobRecord job = created("d", 0);
            assertTrue(store.update(moved(job, JobState.COMPLETED, START.plusSeconds(i))));
            ended.add(job.id());
        }
        assertEquals(List.of(), store.prune(START, -1));
        assertEquals(ended.subList(0, 1), store.prune(START.plusSeconds(1), -1));
        assertEquals(ended.subList(1, 3), store.prune(START, 1));
        assertEquals(2, store.list(10).size());
        assertTrue(store.find(running.id()).isPresent());
        assertTrue(store.find(ended.get(3)).isPresent());
    }

    @Test
    void newAndEndedJobsWake() throws Exception {
        AtomicInteger wakes = new AtomicInteger();
        store.onWake(wakes::incrementAndGet);
        JobRecord job = created("d", 0);
        assertTrue(wakes.get() >= 1);
        int before = wakes.get();
        assertTrue(store.update(moved(job, JobState.FAILED, START)));
        assertTrue(wakes.get() > before);
    }

    private static void concurrently(int threads, Callable<Boolean> each) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (Future<Boolean> result : executor.invokeAll(Collections.nCopies(threads, each))) {
                result.get();
            }
        } finally {
            executor.shutdown();
        }
    }
}
