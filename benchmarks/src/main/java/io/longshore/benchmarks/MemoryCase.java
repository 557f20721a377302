package io.longshore.benchmarks;

import io.longshore.api.ArchiveFormat;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** What memory an archive takes, in a JVM of its own whose heap is 32 MB. */
final class MemoryCase implements Case {
    private static final String NOTHING = "empty directory";
    private static final String LITTLE = "1 GiB";
    private static final String MUCH = "100 GiB";

    /** Archives args[0] into args[1]. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws IOException {
            ExecutorService helpers = Executors.newCachedThreadPool();
            try {
                WarmArchive.write(ArchiveFormat.ZIP, true, Path.of(args[0]), Path.of(args[1]), helpers);
            } finally {
                helpers.shutdown();
            }
        }
    }

    private record ColdArchive(String name) implements Contestant {
        @Override
        public Sample run(Path input, Path output) throws IOException {
            return Command.measure(
                    input,
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx32m",
                            "-XX:+UseSerialGC",
                            "-cp",
                            absolute(System.getProperty("java.class.path")),
                            Main.class.getName(),
                            input.resolve(name).toString(),
                            output.toString()),
                    output);
        }

        private static String absolute(String classPath) {
            return String.join(
                    File.pathSeparator,
                    List.of(classPath.split(File.pathSeparator)).stream()
                            .map(path -> Path.of(path).toAbsolutePath().toString())
                            .toList());
        }
    }

    @Override
    public String name() {
        return "archive.f";
    }

    @Override
    public String work() {
        return "zip of a sparse file in a JVM with -Xmx32m, its start included";
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        Files.createDirectory(input.resolve(NOTHING));
        sparse(input.resolve(LITTLE), 1L << 30);
        sparse(input.resolve(MUCH), (isTrial ? 4L : 100L) << 30);
    }

    private static void sparse(Path directory, long bytes) throws IOException {
        Files.createDirectory(directory);
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("sparse").toFile(), "rw")) {
            file.setLength(bytes);
        }
    }

    @Override
    public List<Contestant> contestants() {
        return List.of(new ColdArchive(MUCH), new ColdArchive(LITTLE), new ColdArchive(NOTHING));
    }

    @Override
    public List<Target> targets() {
        return List.of(Target.moreMemory(MUCH, NOTHING, 64), Target.moreMemory(LITTLE, NOTHING, 64));
    }

    @Override
    public String outputName() {
        return "output.zip";
    }

    @Override
    public int rounds(int asked) {
        return 1;
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        Command.shell(input, "bsdtar -tf \"$1\" && { unzip -tqq \"$1\" || test $? = 1; }", output.toString());
    }
}
