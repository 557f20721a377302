package io.longshore.testkit;

import io.longshore.spi.Cancellation;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A launcher whose scripts are written in Java and run on threads of this JVM, on any file system: for tests of hosts and
 * of the engine. A cancel interrupts the script's thread.
 */
public final class ScriptedLauncher implements ScriptLauncher {
    /** A script in Java. */
    @FunctionalInterface
    public interface Body {
        /**
         * Does what the script does.
         *
         * @param launch what it was launched with
         * @return its exit code
         * @throws Exception an {@link InterruptedException} is an end by SIGTERM, any other an end with exit code 1
         */
        int run(Launch launch) throws Exception;
    }

    /**
     * What a script was launched with.
     *
     * @param key what makes it the same launch
     * @param spec its environment and directories
     */
    public record Launch(LaunchKey key, LaunchSpec spec) {
        /**
         * One of its variables.
         *
         * @param name the variable
         * @return its value
         */
        public String variable(String name) {
            String value = spec.environment().get(name);
            if (value == null) {
                throw new AssertionError("variable " + name + " is not set");
            }
            return value;
        }

        /**
         * A path in one of its variables.
         *
         * @param name the variable, such as {@code BATCH_OUTPUT_DIR}
         * @return the path, on the workspace's file system
         */
        public Path path(String name) {
            return spec.control().getFileSystem().getPath(variable(name));
        }
    }

    private final Body body;
    private final List<LaunchSpec> launches = new CopyOnWriteArrayList<>();
    private final Map<LaunchKey, Running> running = new ConcurrentHashMap<>();

    /**
     * A launcher of one script.
     *
     * @param body the script
     */
    public ScriptedLauncher(Body body) {
        this.body = body;
    }

    /**
     * What was launched so far.
     *
     * @return the launches in their order
     */
    public List<LaunchSpec> launches() {
        return List.copyOf(launches);
    }

    @Override
    public LaunchedScript launch(LaunchSpec spec, LaunchKey key) {
        return running.computeIfAbsent(key, k -> {
            launches.add(spec);
            Running script = new Running(new Launch(key, spec));
            script.thread.start();
            return script;
        });
    }

    @Override
    public Optional<LaunchedScript> attach(LaunchKey key, Path control) {
        return Optional.ofNullable(running.get(key));
    }

    @Override
    public void close() {}

    private final class Running implements LaunchedScript {
        private final CompletableFuture<ScriptExit> exit = new CompletableFuture<>();
        private final Thread thread;

        Running(Launch launch) {
            this.thread = new Thread(() -> exit.complete(run(launch)), "script " + launch.key());
            thread.setDaemon(true);
        }

        private ScriptExit run(Launch launch) {
            try {
                return new ScriptExit.Exited(body.run(launch));
            } catch (InterruptedException e) {
                return new ScriptExit.Signaled("SIGTERM");
            } catch (Exception | AssertionError e) {
                return new ScriptExit.Exited(1);
            }
        }

        @Override
        public CompletableFuture<ScriptExit> exit() {
            return exit.copy();
        }

        @Override
        public CompletableFuture<Cancellation> cancel(Duration grace) {
            thread.interrupt();
            return exit.thenApply(e -> Cancellation.clean());
        }
    }
}
