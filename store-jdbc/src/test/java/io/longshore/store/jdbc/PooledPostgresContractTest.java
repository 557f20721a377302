package io.longshore.store.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.longshore.spi.JobStore;
import io.longshore.testkit.JobStoreContract;
import org.junit.jupiter.api.AfterEach;

/** The pool of a host, which wraps its connections and wants other transactions than the store. */
final class PooledPostgresContractTest extends JobStoreContract {
    private HikariDataSource pool;

    @Override
    protected JobStore emptyStore() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(PostgresServer.emptySchema());
        config.setAutoCommit(false);
        config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
        config.setMaximumPoolSize(4);
        config.setMinimumIdle(0);
        pool = new HikariDataSource(config);
        return JdbcJobStore.of(pool);
    }

    @AfterEach
    void closePool() {
        pool.close();
    }
}
