package io.longshore.launch;

import io.longshore.spi.ScriptLauncher;
import io.longshore.testkit.ScriptLauncherContract;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract, and what only supervisors do; once for each language that one is written in. */
abstract class SupervisedScripts extends ScriptLauncherContract {
    private final Supervisor supervisor;
    private final List<ProcessLauncher> launchers = new ArrayList<>();

    @TempDir
    Path directory;

    SupervisedScripts(Supervisor.Language language) {
        this.supervisor = new Supervisor(
                List.of(language), List.of(Path.of("/usr/bin"), Path.of("/bin")), System.getProperty("os.arch"));
    }

    @Override
    protected ScriptLauncher launcher() {
        return launchers.isEmpty() ? reopened() : launchers.get(0);
    }

    @Override
    protected ScriptLauncher reopened() {
        launchers.add(new ProcessLauncher(supervisor));
        return launchers.get(launchers.size() - 1);
    }

    @Override
    protected Path directory() {
        return directory;
    }

    @AfterEach
    void closeLaunchers() throws IOException {
        for (ProcessLauncher launcher : launchers) {
            launcher.close();
        }
    }
}
