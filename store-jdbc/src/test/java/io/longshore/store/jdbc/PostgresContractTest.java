package io.longshore.store.jdbc;

import io.longshore.spi.JobStore;
import io.longshore.testkit.JobStoreContract;

final class PostgresContractTest extends JobStoreContract {
    @Override
    protected JobStore emptyStore() throws Exception {
        return JdbcJobStore.of(PostgresServer.emptySchema());
    }
}
