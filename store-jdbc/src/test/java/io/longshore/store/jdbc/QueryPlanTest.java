package io.longshore.store.jdbc;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cost of a claim does not grow with the queue: what it asks is read off an index, in its order. */
final class QueryPlanTest {
    private static final int JOBS = 2_000;

    private static final String HELD = "SELECT j.id FROM longshore_jobs j WHERE j.owner = ?"
            + " AND j.claim_order IS NOT NULL ORDER BY j.claim_order";

    private static String plan(Database database, String sql, String explain, int column, Object... parameters)
            throws IOException {
        return database.read(
                "explaining",
                session -> session.list(explain + sql, row -> row.getString(column), parameters).stream()
                        .collect(Collectors.joining("\n")));
    }

    private static void fill(Database database) throws IOException {
        Jobs jobs = new Jobs(database);
        database.write("filling", session -> {
            for (int i = 0; i < JOBS; i++) {
                jobs.create(session, Records.job("d" + i % 20), List.of());
            }
            return true;
        });
    }

    @Test
    void sqliteReadsClaimsOffIndexes(@TempDir Path home) throws Exception {
        try (Database database = SqliteDatabase.open(Home.open(home), InstantSource.system(), () -> {})) {
            List<String> plans = new ArrayList<>();
            String explain = "EXPLAIN QUERY PLAN ";
            plans.add(plan(database, Claims.NEXT_DEPLOYMENT, explain, 4, 2, 0));
            plans.add(plan(database, Claims.NEXT_JOB, explain, 4, "d1"));
            plans.add(plan(database, Pruning.OLDEST, explain, 4, 1, 1));
            plans.add(plan(database, HELD, explain, 4, "owner"));
            plans.add(plan(database, Jobs.OVERDUE, explain, 4, 1, 1));
            for (String each : plans) {
                assertFalse(each.contains("SCAN"), each);
                assertFalse(each.contains("TEMP B-TREE"), each);
            }
            assertTrue(plans.get(1).contains("USING INDEX longshore_jobs_queue"), plans.get(1));
            assertTrue(plans.get(4).contains("USING INDEX longshore_jobs_deadline"), plans.get(4));
        }
    }

    @Test
    void postgresReadsClaimsOffIndexes() throws Exception {
        try (Database database = PostgresDatabase.of(PostgresServer.emptySchema(), () -> {})) {
            fill(database);
            for (int i = 0; i < 2; i++) { // as tables are when nobody has looked at them yet, and later
                String plan = plan(database, Claims.NEXT_JOB + database.lockingUnlocked(), "EXPLAIN ", 1, "d1");
                assertTrue(plan.contains("Index Scan using longshore_jobs_queue"), plan);
                assertFalse(plan.contains("Sort"), plan);
                database.write("analyzing", session -> {
                    session.execute("ANALYZE longshore_jobs");
                    return true;
                });
            }
        }
    }
}
