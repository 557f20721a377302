package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs beside the engine: tools of the platform, and JVMs of their own. */
final class Tool {
    private Tool() {}

    /** Runs a script of the shell with arguments $1, $2, …, that must succeed; returns what it says. */
    static String shell(String script, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-euc", script, "sh"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return run(new ProcessBuilder(command));
    }

    /** A JVM of the same version and class path with nothing in its environment but what is given. */
    static ProcessBuilder java(
            Map<String, String> environment, List<String> options, Class<?> main, Object... arguments) {
        return java(environment, options, classPath(), main, arguments);
    }

    /** A JVM of the same version with a class path of its own. */
    static ProcessBuilder java(
            Map<String, String> environment,
            List<String> options,
            String classPath,
            Class<?> main,
            Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 23) {
            // Protobuf, by Tink: a warning would be read as output.
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        return builder;
    }

    static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Runs a program that must succeed; returns what it says. */
    static String run(ProcessBuilder program) throws IOException, InterruptedException {
        Path said = Files.createTempFile("longshore-it-", ".txt");
        try {
            Process process = program.redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            boolean ended = process.waitFor(2 * Host.LONG.toSeconds(), TimeUnit.SECONDS);
            process.destroyForcibly();
            String text = Files.readString(said);
            assertEquals(
                    0, ended ? process.exitValue() : -1, () -> program.command().get(0) + " said: " + text);
            return text;
        } finally {
            Files.delete(said);
        }
    }
}
