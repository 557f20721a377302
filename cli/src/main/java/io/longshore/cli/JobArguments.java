package io.longshore.cli;

import io.longshore.api.Engine;
import io.longshore.api.JobRequest;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.Limits;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.LongshoreEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What {@code run} and {@code submit} are told of a job: a document, a script in place of the one that it names, a time-out.
 *
 * @param caller who tells it
 * @param given the arguments before {@code --}
 * @param scriptArguments those after it, which are the script's
 */
record JobArguments(Caller caller, Syntax.Given given, List<String> scriptArguments) {
    private static final int LARGEST_DOCUMENT_BYTES = 16 * 1024 * 1024;

    /** What the caller wrote, or empty where the help was asked for. */
    static Optional<JobArguments> parse(Caller caller, Syntax syntax, List<String> arguments) {
        int end = arguments.indexOf("--");
        List<String> own = end < 0 ? arguments : arguments.subList(0, end);
        List<String> scriptArguments = end < 0 ? List.of() : arguments.subList(end + 1, arguments.size());
        return syntax.parse(own).map(given -> new JobArguments(caller, given, scriptArguments));
    }

    Optional<Duration> timeout() {
        return given.option("--timeout").map(text -> Limits.duration("--timeout", text));
    }

    Optional<Script> script() {
        if (given.option("--script").isEmpty()) {
            if (!scriptArguments.isEmpty()) {
                throw new RefusedException("arguments after -- go with --script");
            }
            return Optional.empty();
        }
        Path file = Inputs.file("--script", caller, given.require("--script"));
        ScriptRef ref = ScriptRef.of(String.valueOf(file.getFileName()));
        Script script = Script.ofFile(ref, file).arguments(scriptArguments).build();
        LongshoreEngine.requireStartable(script);
        return Optional.of(script);
    }

    /** The text of the document. */
    String document(String job) throws IOException {
        String text = Inputs.text("JOB.json", caller, job, LARGEST_DOCUMENT_BYTES);
        if (text.isBlank()) {
            throw new RefusedException("JOB.json is empty: " + Text.quoted(job));
        }
        if (job.endsWith(".py") || text.startsWith("#!")) {
            String file = job.equals("-") ? "FILE" : Text.quoted(job);
            throw new RefusedException(
                    "JOB.json is a script, and no job document: did you mean --script " + file + "?");
        }
        return text;
    }

    /**
     * The request that a document, the script and the time-out make. What its script wrote is not lost with a publish,
     * unless the document wants that.
     */
    static JobRequest request(Engine engine, String document, Optional<Script> script, Optional<Duration> timeout) {
        JobRequest request = script.isPresent() ? engine.parse(document, script.get()) : engine.parse(document);
        JobRequest kept = request.keepWorkspace().isPresent()
                ? request
                : request.toBuilder().keepWorkspace(KeepWorkspace.UNPUBLISHED).build();
        return timeout.map(limit -> limited(kept, limit)).orElse(kept);
    }

    private static JobRequest limited(JobRequest request, Duration timeout) {
        Limits.Builder limits = Limits.builder().job(timeout);
        request.limits().stage().ifPresent(limits::stage);
        request.limits().run().ifPresent(limits::run);
        request.limits().publish().ifPresent(limits::publish);
        return request.toBuilder().limits(limits.build()).build();
    }
}
