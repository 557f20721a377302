package io.longshore.store.jdbc;

import io.longshore.spi.JobStore;

final class PostgresStoresTest extends DurableStoreContract {
    private String url;

    @Override
    void makeDatabase() throws Exception {
        url = PostgresServer.emptySchema();
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
