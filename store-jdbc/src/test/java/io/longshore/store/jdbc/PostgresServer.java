package io.longshore.store.jdbc;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** The PostgreSQL of this JVM, on loopback and a free port, with a schema for each test. */
public final class PostgresServer {
    private static final AtomicInteger SCHEMAS = new AtomicInteger();

    private PostgresServer() {}

    /** Started by the first test that asks, and stopped when the JVM ends. */
    private static final class Started {
        static final EmbeddedPostgres SERVER = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.builder().setPort(0).start();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static EmbeddedPostgres server() {
        return Started.SERVER;
    }

    /** The URL of a schema that nobody else has. */
    public static String emptySchema() throws SQLException {
        String name = "s" + SCHEMAS.incrementAndGet();
        try (Connection connection = server().getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE SCHEMA " + name);
        }
        return server().getJdbcUrl("postgres", "postgres") + "&currentSchema=" + name;
    }
}
