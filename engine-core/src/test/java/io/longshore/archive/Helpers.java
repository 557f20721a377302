package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Threads that help to compress in one test, and must have ended after it. */
final class Helpers implements AfterEachCallback {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Options for so many threads, the caller's among them. */
    ArchiveOptions threads(int most) {
        return ArchiveOptions.builder().threads(new ThreadBudget(most, threads)).build();
    }

    @Override
    public void afterEach(ExtensionContext context) throws InterruptedException {
        threads.shutdown();
        assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES));
    }
}
