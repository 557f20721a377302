package io.longshore.launch;

import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptLauncher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Being written. */
public final class ProcessLauncher implements ScriptLauncher {
    private ProcessLauncher() {}

    /** Being written. */
    public static ProcessLauncher create() {
        return new ProcessLauncher(); // being written
    }

    @Override
    public LaunchedScript launch(LaunchSpec spec, LaunchKey key) throws IOException {
        throw new IOException("being written");
    }

    @Override
    public Optional<LaunchedScript> attach(LaunchKey key, Path control) {
        return Optional.empty();
    }

    @Override
    public void close() {}
}
