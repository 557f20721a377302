package io.longshore.archive;

import io.longshore.api.ArchiveFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Archives args[0] into args[1] with args[2] threads, in the format args[3]; says its warnings in ASCII. */
final class ArchiveMain {
    private ArchiveMain() {}

    public static void main(String[] args) throws IOException {
        Path archive = Path.of(args[1]);
        int threads = Integer.parseInt(args[2]);
        ExecutorService helpers = Executors.newCachedThreadPool();
        boolean libdeflate = !"false".equals(System.getProperty("libdeflate"));
        try (OutputStream out = Files.newOutputStream(archive)) {
            ArchiveResult result = Archive.write(
                    ArchiveFormat.valueOf(args[3]),
                    OutputTree.of(Path.of(args[0])),
                    out,
                    ArchiveOptions.builder()
                            .scratch(archive.toAbsolutePath().getParent())
                            .threads(new ThreadBudget(threads, helpers))
                            .libdeflate(libdeflate)
                            .build(),
                    System.out::println,
                    ArchiveProgress.UNWATCHED);
            System.out.println(result);
        } finally {
            helpers.shutdown();
        }
    }
}
