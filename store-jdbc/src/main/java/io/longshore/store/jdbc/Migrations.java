package io.longshore.store.jdbc;

import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Objects;

/**
 * Brings a database's tables to what this version expects: a file of statements for each version of them, in a folder for
 * each kind of database. A released file never changes.
 */
final class Migrations {
    /** The newest version of the tables that is known here. */
    static final int NEWEST = 2;

    private Migrations() {}

    /**
     * Runs what is missing. Any number of processes may do so at once.
     *
     * @param folder which kind of database it is
     * @param lock a statement that makes a second process wait for the first one's transaction, or nothing
     */
    static void run(Database database, String folder, String lock) throws IOException {
        String what = "preparing the tables";
        int version = database.read(what, Migrations::version);
        if (version < NEWEST) {
            version = database.write(what, session -> {
                if (!lock.isEmpty()) {
                    session.execute(lock);
                }
                int from = version(session); // maybe another process was faster
                for (int next = from + 1; next <= NEWEST; next++) {
                    for (String statement : statements(folder, next)) {
                        session.execute(statement);
                    }
                }
                if (from < NEWEST) {
                    session.execute("CREATE TABLE IF NOT EXISTS longshore_schema (version INTEGER NOT NULL)");
                    session.execute("DELETE FROM longshore_schema");
                    session.update("INSERT INTO longshore_schema (version) VALUES (?)", NEWEST);
                }
                return Math.max(from, NEWEST);
            });
        }
        if (version > NEWEST) {
            throw new PermanentStorageException(database + " has tables of version " + version
                    + ", and this version of Longshore knows those up to " + NEWEST);
        }
    }

    private static int version(Session session) throws SQLException {
        DatabaseMetaData metadata = session.connection().getMetaData();
        String table = metadata.storesUpperCaseIdentifiers()
                ? "longshore_schema".toUpperCase(Locale.ROOT)
                : "longshore_schema";
        String schema = session.connection().getSchema();
        try (ResultSet tables = metadata.getTables(session.connection().getCatalog(), schema, table, null)) {
            if (!tables.next()) {
                return 0;
            }
        }
        return session.first("SELECT MAX(version) FROM longshore_schema", row -> row.getInt(1))
                .orElse(0);
    }

    private static String[] statements(String folder, int version) {
        String name = folder + "/" + version + ".sql";
        try (InputStream in = Migrations.class.getResourceAsStream(name)) {
            String text = new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
            // Comments run to the end of their line; statements end at the end of one.
            return text.replaceAll("--[^\n]*", "").strip().split(";\\s*(\n|$)");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
