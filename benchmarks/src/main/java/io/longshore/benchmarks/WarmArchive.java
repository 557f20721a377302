package io.longshore.benchmarks;

import io.longshore.api.ArchiveFormat;
import io.longshore.archive.Archive;
import io.longshore.archive.ArchiveOptions;
import io.longshore.archive.ArchiveProgress;
import io.longshore.archive.OutputTree;
import io.longshore.archive.ThreadBudget;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutorService;

/** The archive writer of the engine, warm, in the JVM that measures. */
final class WarmArchive implements Contestant {
    private final String name;
    private final ArchiveFormat format;
    private final boolean libdeflate;
    private final ExecutorService helpers;

    WarmArchive(String name, ArchiveFormat format, boolean libdeflate, ExecutorService helpers) {
        this.name = name;
        this.format = format;
        this.libdeflate = libdeflate;
        this.helpers = helpers;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Sample run(Path input, Path output) throws IOException {
        return new InThisJvm(name, (from, to) -> write(format, libdeflate, from, to, helpers)).run(input, output);
    }

    static void write(ArchiveFormat format, boolean libdeflate, Path input, Path output, ExecutorService helpers)
            throws IOException {
        try (OutputStream out = Files.newOutputStream(output, StandardOpenOption.CREATE_NEW)) {
            Archive.write(
                    format,
                    OutputTree.of(input),
                    out,
                    ArchiveOptions.builder()
                            .scratch(output.resolveSibling("."))
                            .threads(new ThreadBudget(Runtime.getRuntime().availableProcessors(), helpers))
                            .libdeflate(libdeflate)
                            .build(),
                    warning -> {
                        throw new IllegalStateException(warning);
                    },
                    ArchiveProgress.UNWATCHED);
        }
    }
}
