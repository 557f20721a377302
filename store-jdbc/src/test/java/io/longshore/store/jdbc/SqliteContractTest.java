package io.longshore.store.jdbc;

import io.longshore.spi.JobStore;
import io.longshore.testkit.JobStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class SqliteContractTest extends JobStoreContract {
    @TempDir
    private Path home;

    @Override
    protected JobStore emptyStore() throws Exception {
        return JdbcJobStore.inDirectory(home);
    }
}
