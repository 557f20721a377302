package io.longshore.store.jdbc;

import io.longshore.spi.JobStore;
import org.junit.jupiter.api.BeforeEach;

final class PostgresStoresTest extends DurableStoreContract {
    private String url;

    @Override
    @BeforeEach
    void openStores() throws Exception {
        url = PostgresServer.emptySchema();
        super.openStores();
    }

    @Override
    Database openDatabase(Runnable wake) throws Exception {
        return PostgresDatabase.of(url, wake);
    }

    @Override
    JobStore open() throws Exception {
        return JdbcJobStore.of(url);
    }
}
