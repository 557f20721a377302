package io.longshore.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The command, from a cold start to its end. */
final class ColdRunCase implements Case {
    private static final String OURS = "./longshore run";
    private static final String SCRIPT = "the script";
    private static final String VERSION = "./longshore --version";
    private static final String JVM = "java -version";

    @Override
    public String name() {
        return "engine.m";
    }

    @Override
    public String work() {
        return "one trivial script by the command, its JVM's start and the supervisor included";
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        Engines.write(input.resolve("script"), "echo done >\"$BATCH_OUTPUT_DIR/result\"\n");
        String unused = Command.shell(input, "\"$1\" --version", command()); // builds it
    }

    private static String command() {
        return Path.of("longshore").toAbsolutePath().toString();
    }

    @Override
    public List<Contestant> contestants() {
        return List.of(
                new Command(
                        OURS,
                        "LONGSHORE_HOME=$1.home-$$ '%s' run --script script --output \"$1\" 2>/dev/null"
                                .formatted(command())),
                new Command(SCRIPT, "BATCH_OUTPUT_DIR=${1%/*} ./script"),
                new Command(VERSION, "'%s' --version >&2; echo done >\"$1\"".formatted(command())),
                new Command(JVM, "\"${JAVA_HOME:+$JAVA_HOME/bin/}java\" -version; echo done >\"$1\""));
    }

    @Override
    public List<Target> targets() {
        return List.of(Target.more(OURS, SCRIPT, "CPU", Sample::cpuSeconds, 1, 200), cpuOf(VERSION), cpuOf(JVM));
    }

    private static Target cpuOf(String contestant) {
        return Target.limit(contestant, "CPU", samples -> samples.median(contestant, Sample::cpuSeconds) * 1e3, " ms");
    }

    @Override
    public String outputName() {
        return "result";
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        String unused =
                Command.shell(input, "test \"$(unzip -p \"$1\" 2>/dev/null || cat \"$1\")\" = done", output.toString());
    }
}
