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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SupervisorTest {
    private static final List<Supervisor.Language> ALL = List.of(Supervisor.Language.values());

    private final LaunchKey key = LaunchMain.key(JobId.random().value());

    @TempDir
    Path directory;

    @Test
    void machineWithoutPerlAndPythonIsToldSo() throws Exception {
        String message = refused(new Supervisor(ALL, List.of(directory), "amd64", Duration.ofMinutes(1)));
        assertTrue(message.contains("perl") && message.contains("python3"), message);
        assertTrue(message.contains(directory.toString()), message);
    }

    @Test
    void supervisorThatCannotRunIsToldOf() throws Exception {
        Path perl = Files.writeString(directory.resolve("perl"), "#!/bin/sh\necho broken >&2\nexit 3\n");
        assertTrue(perl.toFile().setExecutable(true));
        String message = refused(new Supervisor(ALL, List.of(directory), "amd64", Duration.ofMinutes(1)));
        assertTrue(message.contains(perl.toString()) && message.contains("broken"), message);
    }

    @Test
    void machineThatThePerlSupervisorDoesNotKnowIsServedByPython() throws Exception {
        Supervisor supervisor = new Supervisor(ALL, List.of(Path.of("/usr/bin")), "s390x", Duration.ofMinutes(1));
        try (ProcessLauncher launcher = new ProcessLauncher(supervisor, LogLimits.DEFAULT)) {
            assertEquals(
                    new ScriptExit.Exited(6),
                    launcher.launch(spec(), key).exit().get());
        }
    }

    @Test
    void thisMachineHasASupervisor() throws Exception {
        try (ProcessLauncher launcher = ProcessLauncher.create()) {
            assertEquals(
                    new ScriptExit.Exited(6),
                    launcher.launch(spec(), key).exit().get());
        }
    }

    @Test
    void closedLauncherStartsNothing() throws Exception {
        ProcessLauncher launcher = ProcessLauncher.create();
        launcher.close();
        LaunchSpec spec = spec();
        assertThrows(IllegalStateException.class, () -> launcher.launch(spec, key));
        assertThrows(IllegalStateException.class, () -> launcher.attach(key, spec.control()));
    }

    @Test
    void signalsHaveTheirNames() {
        assertEquals("SIGHUP", Signals.name(1));
        assertEquals("SIGKILL", Signals.name(9));
        assertEquals("SIGTERM", Signals.name(15));
        assertEquals("SIGSYS", Signals.name(31));
        assertEquals("SIGRTMIN", Signals.name(34));
        assertEquals("SIGRTMIN+3", Signals.name(37));
    }

    private String refused(Supervisor supervisor) throws IOException {
        LaunchSpec spec = spec();
        try (ProcessLauncher launcher = new ProcessLauncher(supervisor, LogLimits.DEFAULT)) {
            String message = assertThrows(IOException.class, () -> launcher.launch(spec, key))
                    .getMessage();
            assertFalse(Files.exists(spec.stdout()));
            return message;
        }
    }

    private LaunchSpec spec() throws IOException {
        return LaunchMain.spec(LaunchMain.directory(directory, "launch"), List.of("sh", "-c", "exit 6"));
    }
}
