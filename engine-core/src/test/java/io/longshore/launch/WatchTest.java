package io.longshore.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.JobId;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptExit;
import io.longshore.workspace.LogLimits;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts beside which something is short. */
final class WatchTest {
    private static final ThreadFactory DAEMONS = work -> {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    };

    private final AtomicInteger asked = new AtomicInteger();

    @TempDir
    Path directory;

    @Test
    void scriptHasItsExitWhereNoFileCanBeWatched() throws Exception {
        Watch watch = new Watch(
                () -> {
                    asked.incrementAndGet();
                    throw new IOException("User limit of inotify instances reached or too many open files");
                },
                DAEMONS);
        try (ProcessLauncher launcher = launcher(watch)) {
            assertEquals(new ScriptExit.Exited(6), exit(launcher, "first"));
            assertEquals(new ScriptExit.Exited(6), exit(launcher, "second"));
        }
        assertTrue(asked.get() >= 2);
    }

    @Test
    void scriptThatCouldNotBeWatchedIsNotStarted() throws Exception {
        Watch watch = new Watch(
                FileSystems.getDefault()::newWatchService,
                work -> asked.getAndIncrement() == 0 ? new Unmade() : DAEMONS.newThread(work));
        try (ProcessLauncher launcher = launcher(watch)) {
            LaunchSpec spec = spec("first");
            IOException e = assertThrows(IOException.class, () -> launcher.launch(spec, key()));
            assertTrue(e.getMessage().contains("no thread"), e.getMessage());
            assertFalse(Files.exists(spec.stdout()));
            assertEquals(new ScriptExit.Exited(6), exit(launcher, "second"));
        }
    }

    /** A thread for which the machine has no room. */
    private static final class Unmade extends Thread {
        @Override
        public synchronized void start() {
            throw new OutOfMemoryError("unable to create native thread");
        }
    }

    private static ProcessLauncher launcher(Watch watch) {
        return new ProcessLauncher(LaunchMain.supervisor(Supervisor.Language.PERL), LogLimits.DEFAULT, watch);
    }

    private ScriptExit exit(ProcessLauncher launcher, String name) throws Exception {
        return launcher.launch(spec(name), key()).exit().get();
    }

    private static LaunchKey key() {
        return LaunchMain.key(JobId.random().value());
    }

    private LaunchSpec spec(String name) throws IOException {
        return LaunchMain.spec(LaunchMain.directory(directory, name), List.of("sh", "-c", "exit 6"));
    }
}
