package io.longshore.benchmarks;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import io.longshore.api.Engine;
import io.longshore.store.jdbc.JdbcJobStore;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.h2.jdbcx.JdbcDataSource;
import org.jobrunr.configuration.JobRunr;
import org.jobrunr.jobs.lambdas.JobLambda;
import org.jobrunr.scheduling.JobScheduler;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;

/**
 * Durable queues whose tasks do nothing. What differs: ours makes and removes the directories of each task and journals
 * its phases, where the others write that it began and ended; and the others look for tasks now and then. Theirs lie in
 * H2, ours in SQLite: SQLite fails with JobRunr as soon as two threads write, and db-scheduler does not know it.
 */
final class QueueCase implements Case {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    /** Counts the tasks that have run; one for all, as JobRunr calls nothing but what a class can be found by. */
    private static final Semaphore RAN = new Semaphore(0);

    private final boolean one;
    private int tasks = 200;

    /**
     * A case.
     *
     * @param one whether tasks come one by one, to an idle queue, or all at once
     */
    QueueCase(boolean one) {
        this.one = one;
    }

    /** A task; JobRunr finds it by its name. */
    public static final class Task {
        private Task() {}

        /** Does nothing. */
        public static void run() {
            RAN.release();
        }
    }

    /** A queue that runs. */
    private interface Queue extends Closeable {
        void submit();

        default void drain() throws InterruptedException {}
    }

    /** Opens a queue in a directory. */
    private interface Opener {
        Queue open(Path home, Path input) throws IOException;
    }

    @Override
    public String name() {
        return one ? "engine.wake" : "engine.queue";
    }

    @Override
    public String work() {
        return one
                ? "a task that does nothing, to an idle durable queue, until it runs; mean of %d".formatted(tasks)
                : "%,d tasks that do nothing, through a durable queue".formatted(tasks);
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        tasks = (one ? 5 : 200) / (isTrial ? 5 : 1);
        Engines.write(input.resolve("script"), "exit 1\n");
    }

    @Override
    public List<Contestant> contestants() {
        return List.of(
                contestant("longshore, SQLite", QueueCase::ours),
                contestant("db-scheduler, H2", (home, input) -> dbScheduler(home)),
                contestant("JobRunr, H2", (home, input) -> jobRunr(home)));
    }

    private Contestant contestant(String name, Opener opener) {
        return Warm.named(name, (input, output) -> {
            Path home = Files.createDirectory(output.resolveSibling("home"));
            try (Queue queue = opener.open(home, input)) {
                Sample sample = Warm.measure(output, () -> {
                    for (int i = 0; i < tasks; i++) {
                        queue.submit();
                        if (one) {
                            RAN.acquire();
                        }
                    }
                    if (!one) {
                        RAN.acquire(tasks);
                    }
                    queue.drain();
                });
                Files.writeString(output, tasks + " ran\n");
                return one ? sample.withSeconds(sample.seconds() / tasks) : sample;
            } finally {
                Engines.remove(home);
            }
        });
    }

    private static Queue ours(Path home, Path input) throws IOException {
        JdbcJobStore store = JdbcJobStore.inDirectory(home.resolve("store"));
        Engine engine = Engines.builder(home)
                .store(store)
                .launcher(new NoScript(Task::run))
                .build();
        return new Queue() {
            @Override
            public void submit() {
                Object unused =
                        engine.submit(Engines.request(input.resolve("script")).build());
            }

            @Override
            public void drain() throws InterruptedException {
                engine.drain();
            }

            @Override
            public void close() throws IOException {
                try (store) {
                    engine.close();
                }
            }
        };
    }

    private static JdbcDataSource source(Path home) {
        JdbcDataSource source = new JdbcDataSource();
        source.setUrl("jdbc:h2:file:" + home.resolve("tasks") + ";DB_CLOSE_DELAY=-1");
        return source;
    }

    private static void shutDown(JdbcDataSource source) throws IOException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            boolean unused = statement.execute("shutdown");
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    private static Queue dbScheduler(Path home) throws IOException {
        JdbcDataSource source = source(home);
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            boolean unused = statement.execute("""
                    create table scheduled_tasks (task_name varchar(100), task_instance varchar(100), task_data blob,
                    execution_time timestamp(6) with time zone, picked boolean, picked_by varchar(50),
                    last_success timestamp(6) with time zone, last_failure timestamp(6) with time zone,
                    consecutive_failures int, last_heartbeat timestamp(6) with time zone, version bigint,
                    priority smallint, primary key (task_name, task_instance))""");
        } catch (SQLException e) {
            throw new IOException(e);
        }
        OneTimeTask<Void> task = Tasks.oneTime("nothing").execute((instance, context) -> Task.run());
        Scheduler scheduler = Scheduler.create(source, task)
                .threads(PROCESSORS)
                .enableImmediateExecution()
                .pollingInterval(Duration.ofSeconds(1))
                .build();
        scheduler.start();
        return new Queue() {
            @Override
            public void submit() {
                scheduler.schedule(task.instance(UUID.randomUUID().toString()), Instant.now());
            }

            @Override
            public void close() throws IOException {
                scheduler.stop();
                shutDown(source);
            }
        };
    }

    private static Queue jobRunr(Path home) {
        JdbcDataSource source = source(home);
        JobScheduler scheduler = JobRunr.configure()
                .useStorageProvider(SqlStorageProviderFactory.using(source))
                .useBackgroundJobServer(BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                        .andPollIntervalInSeconds(5) // the shortest that it takes
                        .andWorkerCount(PROCESSORS))
                .initialize()
                .getJobScheduler();
        JobLambda task = Task::run;
        return new Queue() {
            @Override
            public void submit() {
                Object unused = scheduler.enqueue(task);
            }

            @Override
            public void close() throws IOException {
                JobRunr.destroy();
                shutDown(source);
            }
        };
    }

    @Override
    public List<Target> targets() {
        return List.of();
    }

    @Override
    public String outputName() {
        return "result";
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        String unused = Command.shell(input, "grep -qx \"$2 ran\" \"$1\"", output.toString(), Integer.toString(tasks));
    }
}
