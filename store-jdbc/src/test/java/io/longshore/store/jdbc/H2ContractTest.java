package io.longshore.store.jdbc;

import io.longshore.spi.JobStore;
import io.longshore.testkit.JobStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** What is measured against SQLite keeps the same contract. */
final class H2ContractTest extends JobStoreContract {
    @TempDir
    private Path directory;

    @Override
    protected JobStore emptyStore() throws Exception {
        return JdbcJobStore.in(H2Database.open(directory));
    }
}
