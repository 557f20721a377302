package io.longshore.benchmarks;

import io.longshore.spi.Cancellation;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Starts no process: each script has ended as soon as it is launched, so that what is around it is all that it costs. */
final class NoScript implements ScriptLauncher {
    private final Runnable script;

    NoScript(Runnable script) {
        this.script = script;
    }

    @Override
    public LaunchedScript launch(LaunchSpec spec, LaunchKey key) {
        script.run();
        return new LaunchedScript() {
            @Override
            public CompletableFuture<ScriptExit> exit() {
                return CompletableFuture.completedFuture(new ScriptExit.Exited(0));
            }

            @Override
            public CompletableFuture<Cancellation> cancel(Duration grace) {
                return CompletableFuture.completedFuture(Cancellation.clean());
            }
        };
    }

    @Override
    public Optional<LaunchedScript> attach(LaunchKey key, Path control) {
        return Optional.empty();
    }

    @Override
    public void close() {}
}
