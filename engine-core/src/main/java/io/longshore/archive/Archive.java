package io.longshore.archive;

import io.longshore.api.ArchiveFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.util.function.Consumer;

/**
 * An output tree as one stream of bytes, written in one pass (contract 2.1, 2.6).
 *
 * <p>Names are the raw bytes of the file system. The same tree gives the same bytes, whatever the threads, the modification
 * times and the order in which files were made: entries are in the order of {@link OutputTree}, all of 1980-01-01, with
 * mode 0644, or 0755 for what its owner may execute.
 */
public final class Archive {
    private Archive() {}

    /**
     * Writes an archive. The stream is not closed; if this fails, what it took is worthless.
     *
     * <p>What cannot be archived is left out with a warning. A file that grows meanwhile is archived as long as it was,
     * with a warning. Up to 100 warnings come one by one, then one with the number of the others.
     *
     * <p><b>Threads:</b> stream, warnings and progress are used by the caller's thread only; when this returns, no other
     * thread reads the tree any more. <b>Blocking:</b> blocks on I/O and answers an interrupt with {@link
     * java.io.InterruptedIOException}. Memory: 2 MiB, or 2.5 MiB a thread where there are several, besides the names that
     * {@link OutputTree} holds and 4 MiB of a zip file's table of contents; for {@code tar.zst} 10 MiB more a thread, outside
     * of the heap.
     *
     * @param format the format, any but {@link ArchiveFormat#NONE}
     * @param tree what to archive
     * @param out takes the archive; is flushed at the end
     * @param options how
     * @param warnings takes sentences that name the entry
     * @param progress takes progress, may stop it
     * @return what the archive holds
     * @throws OutputLostException if the output directory is gone or is none
     * @throws IOException if the tree cannot be read or the stream not written, if a file shrinks meanwhile, or by
     *     {@code progress}
     */
    public static ArchiveResult write(
            ArchiveFormat format,
            OutputTree tree,
            OutputStream out,
            ArchiveOptions options,
            Consumer<String> warnings,
            ArchiveProgress progress)
            throws IOException {
        Warnings limited = Warnings.ofArchive(warnings);
        try (Pipeline pipeline = new Pipeline(options, progress);
                ArchiveWriter archive = writer(format, out, options, pipeline, limited)) {
            tree.walk(archive);
            ArchiveResult result = archive.finish();
            limited.end();
            return result;
        } catch (ClosedByInterruptException e) {
            throw Interrupts.interrupted(e);
        }
    }

    private static ArchiveWriter writer(
            ArchiveFormat format, OutputStream out, ArchiveOptions options, Pipeline pipeline, Warnings warnings)
            throws IOException {
        return switch (format) {
            case ZIP ->
                new ZipArchive(
                        pipeline,
                        out,
                        new CentralDirectory(options.scratch(), options.directoryBufferBytes()),
                        warnings);
            case TAR_GZ -> new TarArchive(pipeline, new Gzip(out), warnings);
            case TAR_ZST ->
                new TarArchive(pipeline, Zstd.to(out, options.threads().share(), options.scratch()), warnings);
            case NONE -> throw new IllegalArgumentException("files one by one are no archive");
        };
    }
}
