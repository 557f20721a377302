package io.longshore.benchmarks;

import io.longshore.api.DataReference;
import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.OutputRequest;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.LongshoreEngine;
import io.longshore.storage.local.LocalFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Engines as an embedder has them, and what is asked of them. */
final class Engines {
    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private Engines() {}

    /** An engine over plain files that runs as many scripts at once as there are processors. */
    static LongshoreEngine.Builder builder(Path home) {
        LocalFiles files = LocalFiles.ofHost();
        return LongshoreEngine.builder()
                .home(home)
                .discovery(false)
                .source(files)
                .sink(files)
                .maxItems(PROCESSORS)
                .maxJobsPerDeployment(PROCESSORS);
    }

    /** A script of the shell. */
    static void write(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    static JobRequest.Builder request(Path script, String... arguments) {
        return JobRequest.builder(Script.ofFile(ScriptRef.of("script"), script)
                .arguments(List.of(arguments))
                .build());
    }

    static OutputRequest zip(Path file) {
        return OutputRequest.archive(DataReference.builder("file")
                        .location(DataReference.PATH, file.toString())
                        .build())
                .build();
    }

    static void awaitCompleted(Engine engine, JobId id) throws IOException, InterruptedException {
        Job job = engine.await(id);
        if (job.state() != JobState.COMPLETED) {
            throw new IOException("job " + id + " ended " + job.state() + ": " + job.outcome());
        }
    }

    /** What an engine leaves in its home is removed before the next one comes. */
    static void remove(Path home) throws IOException {
        String unused = Command.shell(home.resolveSibling("."), "rm -rf \"$1\"", home.toString());
    }
}
