package io.longshore.journal;

import io.longshore.spi.JobStore;
import io.longshore.testkit.JobStoreContract;

final class MemoryJobStoreTest extends JobStoreContract {
    @Override
    protected JobStore emptyStore() {
        return new MemoryJobStore();
    }
}
