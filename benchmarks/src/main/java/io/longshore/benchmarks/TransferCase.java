package io.longshore.benchmarks;

import io.longshore.api.ArchiveFormat;
import io.longshore.api.Engine;
import io.longshore.api.ItemOutput;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.OutputRequest;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.archive.ThreadBudget;
import io.longshore.codec.ItemSpec;
import io.longshore.engine.LongshoreEngine;
import io.longshore.publish.Publisher;
import io.longshore.publish.Sinks;
import io.longshore.spi.Access;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import io.longshore.stage.Connections;
import io.longshore.stage.Sources;
import io.longshore.stage.Stager;
import io.longshore.stage.TransferBudget;
import io.longshore.storage.s3.S3Storage;
import io.longshore.workspace.Workspace;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Data goes to S3 or comes from there; the engine is warm, its peers are programs. */
abstract class TransferCase implements Case {
    private static final String OURS = "longshore";
    private static final String AWS = "aws s3 cp";
    private static final String RCLONE = "rclone copy";
    private static final int BUFFER_BYTES = 1 << 16;
    private static final Script SCRIPT =
            Script.ofCommand(ScriptRef.of("script"), List.of("script")).build();

    private final String name;
    private final String work;
    private final List<Target> targets;
    private final List<Contestant> contestants = new ArrayList<>();
    private @Nullable Bucket bucket;
    private @Nullable S3Storage storage;

    private TransferCase(String name, String work, Target... targets) {
        this.name = name;
        this.work = work;
        this.targets = List.of(targets);
    }

    static List<Case> all(ExecutorService helpers) {
        TransferBudget budget = new TransferBudget(8, helpers); // as an engine has it
        return List.of(new LargeUp(), new LargeDown(), new SmallDown(budget), new SmallUp(budget), new WholeJob());
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String work() {
        return work;
    }

    @Override
    public final List<Target> targets() {
        return targets;
    }

    @Override
    public final List<Contestant> contestants() {
        return contestants;
    }

    @Override
    public final String outputName() {
        return "output";
    }

    @Override
    public final void prepare(Path input, boolean isTrial) throws IOException {
        make(input, isTrial ? 10 : 1);
        bucket = Bucket.start();
        storage = S3Storage.create();
        begin(input, bucket, storage);
    }

    /** Makes the data, or a part of it. */
    abstract void make(Path input, int part) throws IOException;

    /** Names the contestants, and has ready what they begin with. */
    abstract void begin(Path input, Bucket of, S3Storage ours) throws IOException;

    void contestant(Contestant contestant) {
        contestants.add(contestant);
    }

    void peer(String peer, Bucket of, String script) {
        contestant(new Command(peer, of.environment() + script));
    }

    Bucket bucket() {
        return Objects.requireNonNull(bucket);
    }

    @Override
    public void end() throws IOException {
        if (storage != null) {
            storage.close();
        }
        if (bucket != null) {
            bucket.close();
        }
    }

    static OutputStream file(Path path) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(path), BUFFER_BYTES);
    }

    static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile)
                    .map(directory::relativize)
                    .sorted()
                    .toList();
        }
    }

    static void seed(Bucket of, Path input) throws IOException {
        for (Path file : files(input)) {
            of.put("in/" + file, input.resolve(file));
        }
    }

    /** What came down is the input again. */
    static void requireSame(Path input, Path output) throws IOException {
        Command.shell(input, "diff -r . \"$1\"", output.toString());
    }

    /** What went up is the input, when it is asked for without a client of S3; then the bucket is empty again. */
    void requireUp(Path input) throws IOException {
        Path up = Files.createTempDirectory(input.getParent(), "up");
        for (Path file : files(input)) {
            Path copy = up.resolve(file);
            Files.createDirectories(copy.getParent());
            bucket().get("out/" + file, copy);
        }
        requireSame(input, up);
        Command.shell(input, "rm -r \"$1\"", up.toString());
        bucket().clear();
    }

    static ItemSpec spec(JobRequest request) {
        return new ItemSpec(new ItemKey(JobId.random(), 0), request, SCRIPT, "{}", Optional.empty());
    }

    static Workspace workspace(Path near, ItemSpec spec) throws IOException {
        Workspace workspace = Workspace.of(near.resolveSibling("work"), new LaunchKey(spec.key(), 1));
        workspace.create();
        return workspace;
    }

    /** A job's own connection is all there is. */
    static Connections connections() {
        return new Connections(List.of(), false);
    }

    private abstract static class Large extends TransferCase {
        Large(String name, String work) {
            super(name, work, Target.faster(OURS, AWS, 1), Target.faster(OURS, RCLONE, 1), Target.memory(OURS, 256));
        }

        @Override
        void make(Path input, int part) throws IOException {
            large(input, part);
        }
    }

    private static final class LargeUp extends Large {
        LargeUp() {
            super("transfer.g.up", "one file of 1 GiB to S3");
        }

        @Override
        void begin(Path input, Bucket of, S3Storage ours) {
            Access access = Access.by(of.connection());
            contestant(new InThisJvm(OURS, (from, to) -> up(from.resolve("noise"), ours, access)));
            peer(AWS, of, "aws noise s3://bench/out/noise");
            peer(RCLONE, of, "rclone copy noise b:bench/out");
        }

        private static void up(Path file, S3Storage ours, Access access) throws IOException {
            PublishKey key = new PublishKey(new ItemKey(JobId.random(), 0), "");
            Publication publication = new Publication(Bucket.object("out/noise"), "", "application/octet-stream", key);
            try (Upload upload = ours.begin(publication, access);
                    InputStream in = Files.newInputStream(file)) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    upload.stream().write(buffer, 0, n);
                }
                upload.commit();
            }
        }

        @Override
        public void verify(Path input, Path output) throws IOException {
            requireUp(input);
        }
    }

    private static final class LargeDown extends Large {
        LargeDown() {
            super("transfer.g.down", "one object of 1 GiB from S3");
        }

        @Override
        void begin(Path input, Bucket of, S3Storage ours) throws IOException {
            seed(of, input);
            Access access = Access.by(of.connection());
            contestant(new InThisJvm(OURS, (from, to) -> down(to, ours, access)));
            peer(AWS, of, "aws s3://bench/in/noise \"$1\"/noise");
            peer(RCLONE, of, "rclone copy b:bench/in/noise \"$1\"");
        }

        private static void down(Path to, S3Storage ours, Access access) throws IOException {
            Files.createDirectory(to);
            List<SourceObject> objects = new ArrayList<>();
            ours.resolve(Bucket.object("in/noise"), access, objects::add);
            ours.fetch(objects.get(0), access, to.resolve("noise"), Transfer.UNWATCHED);
        }

        @Override
        public void verify(Path input, Path output) throws IOException {
            requireSame(input, output);
        }
    }

    private static void large(Path input, int part) throws IOException {
        try (OutputStream out = file(input.resolve("noise"))) {
            new Data(5).noise(out, (1L << 30) / part);
        }
    }

    private static final class SmallDown extends TransferCase {
        private final TransferBudget budget;

        SmallDown(TransferBudget budget) {
            super("transfer.h.down", "2,000 objects of 64 KiB from S3", Target.faster(OURS, RCLONE, 1));
            this.budget = budget;
        }

        @Override
        void make(Path input, int part) throws IOException {
            new Data(6).files(input, 2000 / part, 1 << 16);
        }

        @Override
        void begin(Path input, Bucket of, S3Storage ours) throws IOException {
            seed(of, input);
            JobRequest request = JobRequest.builder(SCRIPT)
                    .connection(of.connection())
                    .inputs(List.of(Bucket.folder("in/")))
                    .build();
            Stager stager = new Stager(new Sources(List.of(ours)), connections(), budget);
            contestant(new InThisJvm(OURS, (from, to) -> {
                ItemSpec spec = spec(request);
                Workspace workspace = workspace(to, spec);
                stager.stage(spec, workspace, Transfer.UNWATCHED, bytes -> {});
                Files.move(workspace.input(), to);
            }));
            peer(AWS, of, "aws --recursive s3://bench/in \"$1\"");
            peer(RCLONE, of, "rclone copy b:bench/in \"$1\"");
        }

        @Override
        public void verify(Path input, Path output) throws IOException {
            requireSame(input, output);
        }
    }

    private static final class SmallUp extends TransferCase {
        private final TransferBudget budget;

        SmallUp(TransferBudget budget) {
            super("transfer.h.up", "2,000 files of 64 KiB to S3", Target.faster(OURS, RCLONE, 1));
            this.budget = budget;
        }

        @Override
        void make(Path input, int part) throws IOException {
            new Data(6).files(input, 2000 / part, 1 << 16);
        }

        @Override
        void begin(Path input, Bucket of, S3Storage ours) throws IOException {
            JobRequest request = JobRequest.builder(SCRIPT)
                    .connection(of.connection())
                    .output(OutputRequest.archive(Bucket.object("out"))
                            .format(ArchiveFormat.NONE)
                            .build())
                    .build();
            Workspace workspace = workspace(input, spec(request));
            Command.shell(input, "cp -al . \"$1\"", workspace.output().toString());
            Publisher publisher = new Publisher(new Sinks(List.of(ours)), connections(), ThreadBudget.none(), budget);
            contestant(new InThisJvm(
                    OURS,
                    (from, to) -> publisher.archive(
                            spec(request), workspace, "", Transfer.UNWATCHED, () -> {}, new NoWarnings())));
            peer(AWS, of, "aws --recursive . s3://bench/out");
            peer(RCLONE, of, "rclone copy . b:bench/out");
        }

        @Override
        public void verify(Path input, Path output) throws IOException {
            requireUp(input);
        }
    }

    private static final class NoWarnings implements Publisher.Report {
        @Override
        public void warn(String warning) {
            throw new IllegalStateException(warning);
        }

        @Override
        public void committed(ItemOutput output) {}
    }

    private static final class WholeJob extends TransferCase {
        private static final String SHELL = "aws s3 cp; zip -r; aws s3 cp";
        private static final String COPY = "import shutil,sys; shutil.copy(sys.argv[1], sys.argv[2])";

        private @Nullable Engine engine;

        WholeJob() {
            super(
                    "transfer.i",
                    "a job: 256 MiB of CSV from S3, a script that copies them, a zip of that to S3; CPU without the script's",
                    Target.faster(OURS, SHELL, 2));
        }

        @Override
        void make(Path input, int part) throws IOException {
            try (OutputStream out = file(input.resolve("table.csv"))) {
                new Data(7).table(out, (256L << 20) / part);
            }
        }

        @Override
        void begin(Path input, Bucket of, S3Storage ours) throws IOException {
            seed(of, input);
            Engine runs = LongshoreEngine.builder()
                    .home(input.resolveSibling("home"))
                    .discovery(false)
                    .source(ours)
                    .sink(ours)
                    .build();
            engine = runs;
            Script copy = Script.ofCommand(
                            ScriptRef.of("copy"),
                            List.of(
                                    "sh",
                                    "-c",
                                    "exec python3 -c \"$1\" \"$BATCH_INPUT_DIR/table.csv\" \"$BATCH_OUTPUT_DIR\"",
                                    "sh",
                                    COPY))
                    .build();
            JobRequest request = JobRequest.builder(copy)
                    .connection(of.connection())
                    .inputs(List.of(Bucket.object("in/table.csv")))
                    .output(OutputRequest.archive(Bucket.object("out.zip")).build())
                    .build();
            contestant(new InThisJvm(OURS, (from, to) -> run(runs, request)));
            peer(SHELL, of, """
                    mkdir -p "$1/in" "$1/out"
                    aws s3://bench/in/table.csv "$1/in/table.csv"
                    python3 -c '%s' "$1/in/table.csv" "$1/out"
                    cd "$1/out"
                    zip -qr ../out.zip .
                    aws ../out.zip s3://bench/out.zip
                    rm -r "$1"
                    """.formatted(COPY));
        }

        private static void run(Engine engine, JobRequest request) throws IOException {
            try {
                Job job = engine.await(engine.submit(request).id());
                if (job.state() != JobState.COMPLETED) {
                    throw new IOException("the job did not complete: " + job);
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void verify(Path input, Path output) throws IOException {
            Path zip = Files.createTempDirectory(input.getParent(), "zip");
            bucket().get("out.zip", zip.resolve("out.zip"));
            Command.shell(
                    zip, "mkdir out; bsdtar -xf out.zip -C out; diff -r \"$1\" out; rm -r \"$PWD\"", input.toString());
        }

        @Override
        public void end() throws IOException {
            if (engine != null) {
                engine.close();
            }
            super.end();
        }
    }
}
