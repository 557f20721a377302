package io.longshore.benchmarks;

import io.longshore.api.Engine;
import io.longshore.api.JobId;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Many jobs whose script does nearly nothing, so that what is around them counts. Each leaves a zip of what its script wrote;
 * a bare process leaves that as it is.
 */
final class TrivialJobsCase implements Case {
    private static final String OURS = "longshore";
    private static final String BARE = "ProcessBuilder, no zip";
    private static final String LOOP = "shell loop";
    private static final String SNAKEMAKE = "snakemake";
    private static final String CWLTOOL = "cwltool";

    // What each job is for those that have no workspaces.
    private static final String JOB = """
            directory=$(mktemp -d)
            BATCH_OUTPUT_DIR=$directory "$(dirname "$0")/script"
            into=$PWD
            (cd "$directory" && zip -qr "$into/$1.zip" .)
            rm -rf "$directory"
            """;

    private static final String SNAKEFILE = """
            rule all:
                input: expand("{number}.zip", number=range(int(config["jobs"])))
            rule job:
                output: "{number}.zip"
                shell: config["job"] + " {wildcards.number}"
            """;

    private static final String WORKFLOW = """
            cwlVersion: v1.2
            class: Workflow
            requirements: {ScatterFeatureRequirement: {}}
            inputs: {job: string, numbers: "string[]"}
            outputs: {archives: {type: "File[]", outputSource: run/archive}}
            steps:
              run:
                in: {job: job, number: numbers}
                scatter: number
                out: [archive]
                run:
                  class: CommandLineTool
                  baseCommand: sh
                  inputs:
                    job: {type: string, inputBinding: {position: 1}}
                    number: {type: string, inputBinding: {position: 2}}
                  outputs: {archive: {type: File, outputBinding: {glob: "*.zip"}}}
            """;

    private int jobs = 200;

    @Override
    public String name() {
        return "engine.j";
    }

    @Override
    public String work() {
        return "%d trivial jobs, each of which leaves a zip".formatted(jobs);
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        jobs = isTrial ? 20 : 200;
        Engines.write(input.resolve("script"), "echo done >\"$BATCH_OUTPUT_DIR/result\"\n");
        Engines.write(input.resolve("job"), JOB);
        Files.writeString(input.resolve("Snakefile"), SNAKEFILE);
        Files.writeString(input.resolve("workflow.cwl"), WORKFLOW);
    }

    @Override
    public List<Contestant> contestants() {
        String each = "mkdir \"$1.results\"; job=$PWD/job; jobs=%d; cd \"$1.results\"; ".formatted(jobs);
        return List.of(
                collected(Warm.named(OURS, this::throughEngine)),
                collected(Warm.named(BARE, this::bare)),
                collected(
                        new Command(
                                LOOP,
                                each
                                        + "number=0; while [ $number -lt $jobs ]; do \"$job\" $number; number=$((number + 1)); done")),
                collected(new Command(
                        SNAKEMAKE,
                        each + "snakemake -q all --nocolor --cores all -s \"${job%/*}/Snakefile\" --config jobs=$jobs"
                                + " job=\"$job\" >said 2>&1 || { cat said; exit 1; }; rm -rf .snakemake said")),
                collected(new Command(
                        CWLTOOL,
                        each + "{ echo \"job: $job\"; echo numbers:; seq $jobs | sed 's/.*/- \"&\"/'; } >numbers.yml;"
                                + " cwltool --quiet --parallel \"${job%/*}/workflow.cwl\" numbers.yml >said 2>&1"
                                + " || { cat said; exit 1; }; rm numbers.yml said")));
    }

    @Override
    public List<Target> targets() {
        return List.of(
                Target.more(OURS, BARE, "CPU a job", Sample::cpuSeconds, jobs, 3),
                Target.faster(OURS, LOOP, 1.5),
                Target.faster(OURS, SNAKEMAKE, 6),
                Target.faster(OURS, CWLTOOL, 6),
                bare(SNAKEMAKE),
                bare(CWLTOOL));
    }

    private static Target bare(String peer) {
        return Target.limit(BARE, "as fast as " + peer, samples -> samples.ratio(peer, BARE, Sample::seconds), "×");
    }

    private Sample throughEngine(Path input, Path output) throws IOException, InterruptedException {
        Path results = Files.createDirectory(output.resolveSibling("result.results"));
        Path home = results.resolveSibling("home");
        try (Engine engine = Engines.builder(home).build()) {
            return Warm.measure(output, () -> {
                List<JobId> ids = new ArrayList<>();
                for (int i = 0; i < jobs; i++) {
                    ids.add(engine.submit(Engines.request(input.resolve("script"))
                                    .output(Engines.zip(results.resolve(i + ".zip")))
                                    .build())
                            .id());
                }
                for (JobId id : ids) {
                    Engines.awaitCompleted(engine, id);
                }
            });
        } finally {
            Engines.remove(home);
        }
    }

    private Sample bare(Path input, Path output) throws IOException, InterruptedException {
        Path results = Files.createDirectory(output.resolveSibling("result.results"));
        return Warm.measure(output, () -> {
            for (int i = 0; i < jobs; i++) {
                Path result = Files.createDirectory(results.resolve(Integer.toString(i)));
                ProcessBuilder builder = new ProcessBuilder(
                                input.resolve("script").toString())
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(result.resolve("stdout").toFile())
                        .redirectError(result.resolve("stderr").toFile());
                builder.environment().put("BATCH_OUTPUT_DIR", result.toString());
                if (builder.start().waitFor() != 0) {
                    throw new IOException("script failed");
                }
            }
        });
    }

    /** What a run leaves in the directory {@code $1.results} becomes its one result: what all the scripts wrote. */
    private static Contestant collected(Contestant contestant) {
        return Warm.named(contestant.name(), (input, output) -> {
            Sample sample = contestant.run(input, output);
            String unused = Command.shell(
                    output.resolveSibling("result.results"),
                    "for each in *; do if [ -d \"$each\" ]; then cat \"$each/result\"; else unzip -p \"$each\"; fi; done >\"$1\";"
                            + " rm -rf \"$PWD\"",
                    output.toString());
            return sample;
        });
    }

    @Override
    public String outputName() {
        return "result";
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        String unused = Command.shell(
                input,
                "test \"$(grep -c '^done$' \"$1\")\" = \"$2\" && test \"$(wc -l <\"$1\")\" = \"$2\"",
                output.toString(),
                Integer.toString(jobs));
    }
}
