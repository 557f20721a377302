package io.longshore.benchmarks;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program of the host, measured with all processes that it starts. */
final class Command implements Contestant {
    // Waits for its child itself, as only a parent learns what a child cost, and adopts what detaches itself (36 is
    // PR_SET_CHILD_SUBREAPER) to count that as well.
    private static final String MEASURE = """
            import ctypes, os, sys, time
            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
            began = time.monotonic()
            pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
            used, largest = 0, 0
            while True:
                try:
                    ended, status, usage = os.wait4(-1, 0)
                except ChildProcessError:
                    break
                if ended == pid:
                    took, failed = time.monotonic() - began, os.waitstatus_to_exitcode(status) != 0
                used += usage.ru_utime + usage.ru_stime
                largest = max(largest, usage.ru_maxrss * 1024)
            with open(sys.argv[1], "w") as report:
                report.write("%f %f %d" % (took, used, largest))
            sys.exit(failed)
            """;

    private final String name;
    private final String script;

    /**
     * A program.
     *
     * @param script of the shell, which begins in the directory with the input; $1 is the output
     */
    Command(String name, String script) {
        this.name = name;
        this.script = script;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Sample run(Path input, Path output) throws IOException {
        return measure(input, List.of("sh", "-euc", script, "sh", output.toString()), output);
    }

    /** Runs a program that must succeed, and measures it. */
    static Sample measure(Path directory, List<String> program, Path output) throws IOException {
        Path report = Files.createTempFile("measured", ".txt");
        try {
            List<String> command = new ArrayList<>(List.of("python3", "-c", MEASURE, report.toString()));
            command.addAll(program);
            String unused = said(directory, command);
            String[] measured = Files.readString(report).split(" ", -1);
            return new Sample(
                    Double.parseDouble(measured[0]),
                    Double.parseDouble(measured[1]),
                    Long.parseLong(measured[2]),
                    Sample.sizeOf(output));
        } finally {
            Files.delete(report);
        }
    }

    /** Runs a script of the shell with arguments $1, $2, ..., which must succeed; returns what it says. */
    static String shell(Path directory, String script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-euc", script, "sh"));
        command.addAll(List.of(arguments));
        return said(directory, command);
    }

    private static String said(Path directory, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(command + " failed: " + said);
            }
            return said;
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
