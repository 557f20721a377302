package io.longshore.archive;

import io.longshore.api.ArchiveFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Archives args[0] into args[1] with args[2] threads; says its warnings in ASCII. */
final class ArchiveMain {
    private ArchiveMain() {}

    public static void main(String[] args) throws IOException {
        Path zip = Path.of(args[1]);
        int threads = Integer.parseInt(args[2]);
        ExecutorService helpers = Executors.newCachedThreadPool();
        try (OutputStream out = Files.newOutputStream(zip)) {
            ArchiveResult result = Archive.write(
                    ArchiveFormat.ZIP,
                    OutputTree.of(Path.of(args[0])),
                    out,
                    ArchiveOptions.builder()
                            .scratch(zip.toAbsolutePath().getParent())
                            .threads(new ThreadBudget(threads, helpers))
                            .build(),
                    System.out::println,
                    ArchiveProgress.UNWATCHED);
            System.out.println(result);
        } finally {
            helpers.shutdown();
        }
    }
}
