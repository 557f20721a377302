package io.longshore.cli;

import io.longshore.api.DataReference;
import io.longshore.api.Engine;
import io.longshore.api.JobRequest;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.Limits;
import io.longshore.api.OutputRequest;
import io.longshore.api.Script;
import io.longshore.engine.LongshoreEngine;
import io.longshore.storage.local.LocalFiles;
import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code longshore run}: one job, from its submission to its end. */
final class RunCommand {
    static final Supplier<Syntax> RUN = () -> new Syntax(
                    "longshore run",
                    List.of(
                            "--script FILE [--input FILE|s3://BUCKET/KEY]... [--output FILE|s3://BUCKET/KEY]\n"
                                    + "[--env NAME=VALUE]... [--timeout D] [--keep-workspace] [--json] [--logs]\n[-- ARG...]",
                            "JOB.json|- [--script FILE [-- ARG...]] [--timeout D] [--keep-workspace]\n[--json] [--logs] [--space DIR]"),
                    "Runs one job to its end: a script over files or S3 objects, or what a document asks for, a WML"
                            + " deployment job or a Modzy submission. The script finds its inputs in"
                            + " $BATCH_INPUT_DIR and leaves its output in $BATCH_OUTPUT_DIR, which becomes one"
                            + " archive. AWS credentials of the caller's environment serve where a reference names"
                            + " no connection.")
            .parameter("JOB.json", "A job document, or - for standard input.")
            .option("--script", "FILE", "The script: Python for .py, else what its #! line names.")
            .repeated("--input", "FILE", "An input, a file or an object in S3; may be repeated.")
            .option(
                    "--output",
                    "FILE",
                    "Where the archive goes: a tar.gz or tar.zst if its name ends so, else a zip. Default: output.zip")
            .repeated("--env", "NAME=VALUE", "A variable for the script; may be repeated.")
            .option("--timeout", "D", "How long the job may take, such as 500ms, 3s, 2m or 1h.")
            .flag(
                    "--keep-workspace",
                    "Keep the script's directories, and say where they are. An output that could not be published is"
                            + " kept in any case.")
            .flag("--json", "Print the final document, alone, on standard output, also of a failed job.")
            .flag("--logs", "Show what the script writes, live.")
            .space()
            .footer("", "Arguments after -- reach the script as they are.");

    private static final Duration STOP_GRACE = Duration.ofSeconds(10);

    private final Caller caller;
    private final Syntax.Given given;
    private final JobArguments arguments;

    private RunCommand(JobArguments arguments) {
        this.caller = arguments.caller();
        this.given = arguments.given();
        this.arguments = arguments;
    }

    static int run(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = RUN.get();
        Optional<JobArguments> parsed = JobArguments.parse(caller, syntax, arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        return new RunCommand(parsed.get()).run();
    }

    /** What can be refused without the engine is refused before its home is made. */
    private int run() throws IOException {
        Optional<Duration> timeout = arguments.timeout();
        Optional<Script> script = arguments.script();
        Optional<String> job = given.parameter(0);
        if (job.isEmpty() && script.isEmpty()) {
            throw new RefusedException("run needs a job document or --script FILE; see longshore run --help");
        }
        if (job.isEmpty()) {
            JobRequest request = request(script.get(), timeout);
            Home home = Home.open(caller);
            LocalFiles files = LocalFiles.ofHost();
            LongshoreEngine.Builder builder =
                    engine(home, space(home)).source(files).sink(files);
            return execute(builder, engine -> request);
        }
        given.refuse(
                "goes with --script alone, as a job document says its own; a script is run by --script FILE",
                "--input",
                "--output",
                "--env");
        String document = arguments.document(job.get());
        Home home = Home.open(caller);
        return execute(engine(home, space(home)), engine -> JobArguments.request(engine, document, script, timeout));
    }

    /** Makes the request, once there is an engine to ask. */
    private interface Asking {
        JobRequest ask(Engine engine);
    }

    private int execute(LongshoreEngine.Builder builder, Asking asking) throws IOException {
        boolean json = given.flag("--json");
        boolean logs = given.flag("--logs");
        JobView view = new JobView(caller, json, logs);
        if (!json) {
            builder.listener(view);
        }
        try (RemoteStorage remote = new RemoteStorage();
                Engine engine = builder.source(remote).sink(remote).build()) {
            JobRequest request = asking.ask(engine);
            JobRequest kept = given.flag("--keep-workspace")
                    ? request.toBuilder().keepWorkspace(KeepWorkspace.ALWAYS).build()
                    : request;
            return new JobWatch(caller, engine, view, json, logs, STOP_GRACE).run(kept);
        }
    }

    private LocalSpace space(Home home) throws IOException {
        return home.space(caller, given.option("--space"));
    }

    private LongshoreEngine.Builder engine(Home home, LocalSpace space) throws IOException {
        System.setProperty("java.io.tmpdir", home.temporary().toString());
        return LongshoreEngine.builder()
                .home(home.directory())
                .sealer(home.sealer())
                .discovery(false)
                .source(space.source())
                .sink(space.sink())
                .scripts(space.scripts())
                .connections(space.connections())
                .hostCredentials(true)
                .hostEnvironment(caller.ownEnvironment())
                .stopGrace(STOP_GRACE);
    }

    private JobRequest request(Script script, Optional<Duration> timeout) {
        List<DataReference> inputs = given.repeated("--input").stream()
                .map(input -> Inputs.reference(caller, input))
                .toList();
        String name = given.option("--output").orElse("output.zip");
        DataReference output = Outputs.reference(caller, name);
        output.location(DataReference.PATH).ifPresent(path -> {
            script.file().ifPresent(file -> Outputs.requireOther(Path.of(path), name, file, "--script"));
            for (DataReference input : inputs) {
                input.location(DataReference.PATH)
                        .ifPresent(from -> Outputs.requireOther(Path.of(path), name, Path.of(from), "--input"));
            }
        });
        JobRequest.Builder request = JobRequest.builder(script)
                .inputs(inputs)
                .keepWorkspace(KeepWorkspace.UNPUBLISHED)
                .output(OutputRequest.archive(output)
                        .format(Outputs.format(name))
                        .build());
        environment().forEach(request::environment);
        timeout.ifPresent(limit -> request.limits(Limits.builder().job(limit).build()));
        return request.build();
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        for (String each : given.repeated("--env")) {
            int equals = each.indexOf('=');
            if (equals <= 0) {
                throw new RefusedException("--env must be NAME=VALUE: " + Text.quoted(each));
            }
            environment.put(each.substring(0, equals), each.substring(equals + 1));
        }
        return environment;
    }
}
