package io.longshore.store.jdbc;

import io.longshore.spi.JobStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStoresTest extends DurableStoreContract {
    @TempDir
    private Path directory;

    private Path home;

    @Override
    void makeDatabase() throws Exception {
        home = Files.createTempDirectory(directory, "home");
    }

    @Override
    Database openDatabase(Runnable wake) throws Exception {
        return SqliteDatabase.open(Home.open(home), InstantSource.system(), wake);
    }

    @Override
    JobStore open() throws Exception {
        return JdbcJobStore.inDirectory(home);
    }
}
