package io.longshore.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class TransfersTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> taken = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        threads.shutdownNow();
        assertTrue(threads.awaitTermination(30, TimeUnit.SECONDS));
    }

    private Transfers<String> transfers(int most) {
        return new Transfers<>(new TransferBudget(most, threads), taken::add);
    }

    @Test
    void resultsAreTakenInTheOrderOfTheStart() throws IOException {
        CountDownLatch second = new CountDownLatch(1);
        try (Transfers<String> transfers = transfers(2)) {
            transfers.start(1, () -> {
                await(second);
                return "first";
            });
            transfers.start(1, () -> {
                second.countDown();
                return "second";
            });
            transfers.finish();
        }
        assertEquals(List.of("first", "second"), taken);
    }

    @Test
    void noMoreRunAtOnceThanTheBudgetHasThoughManyAreStarted() throws IOException {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (Transfers<String> transfers = transfers(3)) {
            for (int i = 0; i < 2 * Transfers.MOST_STARTED; i++) {
                transfers.start(1, () -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    running.decrementAndGet();
                    return "done";
                });
            }
            transfers.finish();
        }
        assertTrue(most.get() <= 3, "at once: " + most);
        assertEquals(2 * Transfers.MOST_STARTED, taken.size());
    }

    @Test
    void largeObjectGoesAlone() throws IOException {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (Transfers<String> transfers = transfers(4)) {
            for (int i = 0; i < 20; i++) {
                transfers.start(Transfers.MOST_BYTES, () -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    running.decrementAndGet();
                    return "done";
                });
            }
            transfers.finish();
        }
        assertEquals(1, most.get());
    }

    @Test
    void firstFailureEndsTheOthersBeforeItIsThrownToWhoCloses() throws IOException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        IOException failure = new IOException("the store is busy");
        try (Transfers<String> transfers = transfers(2)) {
            transfers.start(1, () -> {
                begun.countDown();
                try {
                    await(new CountDownLatch(1));
                    return "never";
                } finally {
                    ended.countDown();
                }
            });
            transfers.start(1, () -> {
                await(begun);
                throw failure;
            });
            assertSame(failure, assertThrows(IOException.class, transfers::finish));
        }
        assertEquals(0, ended.getCount());
        assertEquals(0, failure.getSuppressed().length);
        assertEquals(List.of(), taken);
    }

    @Test
    void interruptOfTheCallerEndsThemAndStays() throws IOException {
        AtomicInteger ended = new AtomicInteger();
        try (Transfers<String> transfers = transfers(2)) {
            Thread caller = Thread.currentThread();
            transfers.start(1, () -> {
                caller.interrupt();
                try {
                    await(new CountDownLatch(1));
                    return "never";
                } finally {
                    ended.incrementAndGet();
                }
            });
            assertThrows(InterruptedIOException.class, transfers::finish);
        }
        assertEquals(1, ended.get());
        assertTrue(Thread.interrupted());
    }

    @Test
    void threadGoesOnWithoutTheInterruptThatEndedItsTransfer() throws Exception {
        ExecutorService one = Executors.newSingleThreadExecutor();
        try {
            CountDownLatch begun = new CountDownLatch(1);
            try (Transfers<String> transfers = new Transfers<>(new TransferBudget(2, one), taken::add)) {
                transfers.start(1, () -> {
                    begun.countDown();
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                    return "stopped";
                });
                await(begun);
            }
            assertFalse(one.submit(() -> Thread.currentThread().isInterrupted()).get());
        } finally {
            one.shutdownNow();
        }
    }

    @Test
    void workThatIsNotBegunIsClosed() throws IOException {
        AtomicInteger closed = new AtomicInteger();
        Transfers.Work<String> work = new Transfers.Work<>() {
            @Override
            public String run() {
                return "done";
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        TransferBudget gone = new TransferBudget(1, unused -> {
            throw new RejectedExecutionException();
        });
        try (Transfers<String> transfers = new Transfers<>(gone, taken::add)) {
            assertThrows(IOException.class, () -> transfers.start(1, work));
            assertThrows(IOException.class, () -> transfers.start(1, work)); // as one has failed
        }
        assertEquals(2, closed.get());
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IOException("waited in vain");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
