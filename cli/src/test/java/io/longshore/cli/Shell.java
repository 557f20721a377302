package io.longshore.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A caller of the command in this process: a directory, an environment, and what the command says. */
final class Shell {
    /**
     * What became of one call.
     *
     * @param code the exit code
     * @param out what it wrote to standard output
     * @param err what it wrote to standard error
     */
    record Result(int code, String out, String err) {
        /** The one line of standard output. */
        String line() {
            List<String> lines = out.lines().toList();
            if (lines.size() != 1) {
                throw new AssertionError("not one line: " + this);
            }
            return lines.get(0);
        }
    }

    /** An interrupt that a test makes. */
    static final class Signal implements Interrupts {
        private Runnable action;

        @Override
        public synchronized Watch watch(Runnable action, Runnable again) {
            this.action = action;
            return () -> {};
        }

        @Override
        public synchronized Watch watchEach(Runnable action) {
            this.action = action;
            return () -> {};
        }

        /** Interrupts the command, and returns when it has said its last word. */
        void send() {
            Runnable waiting;
            synchronized (this) {
                waiting = action;
            }
            waiting.run();
        }
    }

    final Path directory;
    final Map<String, String> environment = new HashMap<>();
    final Signal signal = new Signal();
    private OptionalInt columns = OptionalInt.empty();
    private String input = "";

    Shell(Path directory) {
        this.directory = directory;
        environment.put("PATH", System.getenv("PATH"));
        environment.put("HOME", directory.resolve("user").toString());
        environment.put("LONGSHORE_HOME", home().toString());
    }

    Path home() {
        return directory.resolve("home");
    }

    Shell input(String text) {
        input = text;
        return this;
    }

    Shell terminal(int width) {
        columns = OptionalInt.of(width);
        return this;
    }

    /** A file of this directory. */
    Path file(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    /** A script that sh runs. */
    Path script(String name, String... lines) throws IOException {
        Path file = file(name, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    Result run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(caller(new Output(out), new Output(err)), arguments);
        return new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    Caller caller(Output out, Output err) {
        return new Caller(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                out,
                err,
                environment,
                directory,
                columns,
                signal);
    }
}
