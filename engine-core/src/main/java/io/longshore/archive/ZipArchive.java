package io.longshore.archive;

import io.longshore.archive.Block.LargeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A zip file of an output tree, written in one pass to a stream (contract 2.1, 2.6).
 *
 * <p>Names are the raw bytes of the file system, marked as UTF-8 where they are that and not ASCII. The same tree gives the
 * same bytes, whatever the threads, the modification times and the order in which files were made: entries are in the
 * order of {@link OutputTree}, all of 1980-01-01, with mode 0644, or 0755 for what its owner may execute. Only directories
 * with nothing in them have an entry. A file of up to 256 KiB is deflated in memory, with its sizes before its data, and
 * stored where deflating gains nothing; a larger one goes in blocks of that size, with its sizes in a data descriptor.
 * zip64 is used where a number needs it, and nowhere else.
 */
public final class ZipArchive {
    private ZipArchive() {}

    /**
     * Writes an archive. The stream is not closed; if this fails, what it took is worthless.
     *
     * <p>What cannot be archived is left out with a warning. A file that grows meanwhile is archived as long as it was,
     * with a warning. Up to 100 warnings come one by one, then one with the number of the others.
     *
     * <p><b>Threads:</b> stream, warnings and progress are used by the caller's thread only; when this returns, no other
     * thread reads the tree any more. <b>Blocking:</b> blocks on I/O and answers an interrupt with {@link
     * java.io.InterruptedIOException}. Memory: 2 MiB, or 2.5 MiB a thread where there are several, besides the file names of
     * the directories on the way to the current file, and the table of contents.
     *
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
            OutputTree tree,
            OutputStream out,
            ArchiveOptions options,
            Consumer<String> warnings,
            ArchiveProgress progress)
            throws IOException {
        try (CentralDirectory contents = new CentralDirectory(options.scratch(), options.directoryBufferBytes())) {
            Warnings limited = new Warnings(warnings);
            ZipWriter zip = new ZipWriter(out, contents, limited);
            try (Pipeline pipeline = new Pipeline(options, zip, limited, progress)) {
                Feed feed = new Feed(pipeline);
                tree.walk(feed);
                feed.flush();
                pipeline.finish();
            }
            limited.end();
            return zip.finish();
        } catch (ClosedByInterruptException e) {
            throw Interrupts.interrupted(e);
        }
    }

    /** Cuts a tree into pieces. */
    private static final class Feed implements OutputTree.Visitor {
        private static final String NAME_TOO_LONG = "has a name too long for a zip file";

        private final Pipeline pipeline;
        private final byte[] tail = new byte[Compressor.DICTIONARY_BYTES];
        private Batch batch;

        Feed(Pipeline pipeline) {
            this.pipeline = pipeline;
            batch = new Batch(pipeline.buffers());
        }

        void flush() throws IOException {
            if (!batch.isEmpty()) {
                pipeline.add(batch);
                batch = new Batch(pipeline.buffers());
            }
        }

        private void slot(Batch.Slot slot) throws IOException {
            if (!batch.fits(0)) {
                flush();
            }
            batch.add(slot);
        }

        @Override
        public void entered() throws IOException {
            slot((zip, warnings) -> zip.enter());
        }

        @Override
        public void left(byte[] name) throws IOException {
            slot((zip, warnings) -> {
                if (zip.leave()) {
                    if (name.length > ZipWriter.MOST_NAME_BYTES) {
                        warnings.leftOut(name, NAME_TOO_LONG);
                    } else {
                        zip.directory(name);
                    }
                }
            });
        }

        @Override
        public void skipped(byte[] name, String why) throws IOException {
            slot((zip, warnings) -> warnings.leftOut(name, why));
        }

        @Override
        public void file(byte[] name, Path content, long size, boolean executable) throws IOException {
            if (name.length > ZipWriter.MOST_NAME_BYTES) {
                skipped(name, NAME_TOO_LONG);
                return;
            }
            if (size > Buffers.BLOCK_BYTES) {
                large(name, content, size, executable);
            } else {
                if (!batch.fits(size)) {
                    flush();
                }
                batch.addFile(name, content, (int) size, executable);
            }
        }

        private void large(byte[] name, Path path, long size, boolean executable) throws IOException {
            Content content;
            try {
                content = Content.open(name, path, size);
            } catch (IOException e) {
                skipped(name, OutputTree.whyLeftOut(path, e).orElseThrow(() -> e));
                return;
            }
            try (content) {
                flush();
                LargeFile file = new LargeFile(name, executable, size);
                int dictionary = 0;
                for (boolean first = true; !content.isAtEnd(); first = false) {
                    Buffers buffers = pipeline.buffers();
                    System.arraycopy(tail, 0, buffers.in, Buffers.CONTENT - dictionary, dictionary);
                    int length = content.read(buffers.in, Buffers.CONTENT, Buffers.BLOCK_BYTES);
                    file.crc.update(buffers.in, Buffers.CONTENT, length);
                    Block block = new Block(file, buffers, dictionary, length, first, content.isAtEnd());
                    if (!content.isAtEnd()) {
                        dictionary = tail.length;
                        System.arraycopy(buffers.in, Buffers.CONTENT + length - dictionary, tail, 0, dictionary);
                    }
                    pipeline.add(block);
                }
                if (content.hasGrown()) {
                    slot((zip, warnings) -> warnings.grown(name, size));
                }
            }
        }
    }
}
