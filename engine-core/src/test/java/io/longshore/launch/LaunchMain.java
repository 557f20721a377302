package io.longshore.launch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.longshore.api.JobId;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptExit;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import io.longshore.workspace.LogLimits;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A host of its own. Arguments: the language of the supervisor; the launch's directory as a URI, with {@code scratch} and
 * {@code control} in it; the job's id; {@code wait}, {@code leave} or {@code starve}; the script's arguments, each in Base64
 * as no locale must damage them.
 */
final class LaunchMain {
    private LaunchMain() {}

    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        Path launch = Path.of(URI.create(args[1]));
        List<String> argv = new ArrayList<>();
        for (String argument : List.of(args).subList(4, args.length)) {
            argv.add(new String(Base64.getDecoder().decode(argument), UTF_8));
        }
        ProcessLauncher launcher =
                new ProcessLauncher(supervisor(Supervisor.Language.valueOf(args[0])), LogLimits.DEFAULT);
        if (args[3].equals("starve")) {
            warm(launcher, launch); // as classes cannot be loaded either without a file descriptor
        }
        LaunchedScript script = launcher.launch(spec(launch, argv), key(args[2]));
        if (args[3].equals("wait")) {
            print(script.exit().get().toString());
        } else if (args[3].equals("starve")) {
            starve(launch.resolve("scratch/go"));
            print(script.exit().get().toString());
        } else {
            print("launched");
            System.in.read(); // until this host is killed
        }
    }

    private static void warm(ProcessLauncher launcher, Path launch)
            throws IOException, InterruptedException, ExecutionException {
        LaunchSpec spec = spec(directory(launch, "other"), List.of("true"));
        ScriptExit unused =
                launcher.launch(spec, key(JobId.random().value())).exit().get();
    }

    /** Takes all file descriptors for some looks of the watch, and lets the script end between two of them. */
    private static void starve(Path go) throws IOException, InterruptedException {
        List<InputStream> held = new ArrayList<>();
        try {
            while (true) {
                held.add(Files.newInputStream(Path.of("/dev/zero")));
            }
        } catch (IOException e) {
            TimeUnit.MILLISECONDS.sleep(1500);
            Files.createSymbolicLink(go, go.getParent()); // which takes none
            TimeUnit.MILLISECONDS.sleep(1500);
        } finally {
            for (InputStream each : held) {
                each.close();
            }
        }
    }

    static Supervisor supervisor(Supervisor.Language language) {
        return new Supervisor(
                List.of(language),
                List.of(Path.of("/usr/bin"), Path.of("/bin")),
                System.getProperty("os.arch"),
                Duration.ofSeconds(2));
    }

    /** Makes a launch's directory, with what is needed in it. */
    static Path directory(Path parent, String name) throws IOException {
        Path launch = parent.resolve(name);
        Workspace.makeDirectories(launch.resolve("control"));
        Workspace.makeDirectories(launch.resolve("scratch"));
        return launch;
    }

    static LaunchSpec spec(Path launch, List<String> argv) {
        Path control = launch.resolve("control");
        return new LaunchSpec(
                argv,
                Map.of("PATH", "/usr/local/bin:/usr/bin:/bin", "TEXT", argv.get(argv.size() - 1)),
                launch.resolve("scratch"),
                control,
                control.resolve("stdout.log"),
                control.resolve("stderr.log"));
    }

    static LaunchKey key(String job) {
        return new LaunchKey(new ItemKey(new JobId(job), 0), 1);
    }

    /** Starts such a host, in an environment that is empty but for what is given. */
    static Process start(
            Supervisor.Language language,
            Path launch,
            String job,
            String mode,
            List<String> argv,
            String... environment)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                mode.equals("starve") ? "ulimit -n 200; exec \"$@\"" : "exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-MaxFDLimit",
                "-cp",
                System.getProperty("java.class.path"),
                LaunchMain.class.getName(),
                language.name(),
                launch.toUri().toString(),
                job,
                mode));
        for (String argument : argv) {
            command.add(Base64.getEncoder().encodeToString(argument.getBytes(UTF_8)));
        }
        ProcessBuilder host = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        host.environment().clear();
        for (int i = 0; i < environment.length; i += 2) {
            host.environment().put(environment[i], environment[i + 1]);
        }
        return host.start();
    }

    /** The next line that a host says. */
    static String line(InputStream said) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = said.read(); c >= 0 && c != '\n'; c = said.read()) {
            line.append((char) c);
        }
        return line.toString();
    }

    private static void print(String line) {
        System.out.print(line + "\n");
        System.out.flush();
    }
}
