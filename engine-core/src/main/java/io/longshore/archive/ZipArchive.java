package io.longshore.archive;

import io.longshore.archive.Block.LargeFile;
import java.io.IOException;
import java.io.OutputStream;

/**
 * A zip file. Names are marked as UTF-8 where they are that and not ASCII. Only directories with nothing in them have an
 * entry. A file of up to 256 KiB is deflated in memory, with its sizes before its data, and stored where deflating gains
 * nothing; a larger one goes in blocks of that size, with its sizes in a data descriptor. zip64 is used where a number needs
 * it, and nowhere else.
 */
final class ZipArchive implements ArchiveWriter {
    private static final String NAME_TOO_LONG = "has a name too long for a zip file";

    private final Pipeline pipeline;
    private final CentralDirectory contents;
    private final ZipWriter zip;
    private final Warnings warnings;
    private final byte[] tail = new byte[Compressor.DICTIONARY_BYTES];
    private Batch batch;

    ZipArchive(Pipeline pipeline, OutputStream out, CentralDirectory contents, Warnings warnings) {
        this.pipeline = pipeline;
        this.contents = contents;
        this.warnings = warnings;
        zip = new ZipWriter(out, contents, warnings);
        batch = newBatch();
    }

    private Batch newBatch() {
        return new Batch(pipeline.buffers(), zip, warnings);
    }

    private void flush() throws IOException {
        if (!batch.isEmpty()) {
            Batch full = batch;
            batch = newBatch();
            pipeline.add(full);
        }
    }

    private void slot(Batch.Slot slot) throws IOException {
        if (!batch.hasRoom()) {
            flush();
        }
        batch.add(slot);
    }

    @Override
    public void entered(byte[] name) throws IOException {
        slot(zip::enter);
    }

    @Override
    public void left(byte[] name) throws IOException {
        slot(() -> {
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
        slot(() -> warnings.leftOut(name, why));
    }

    @Override
    public void file(OutputFile file) throws IOException {
        if (file.rawName().length > ZipWriter.MOST_NAME_BYTES) {
            skipped(file.rawName(), NAME_TOO_LONG);
        } else if (file.sizeBytes() > Buffers.BLOCK_BYTES) {
            large(file);
        } else {
            if (!batch.hasRoomFor(file)) {
                flush();
            }
            batch.addFile(file);
        }
    }

    private void large(OutputFile output) throws IOException {
        Content content;
        try {
            content = output.content();
        } catch (IOException e) {
            skipped(output.rawName(), OutputTree.whyLeftOut(e).orElseThrow(() -> e));
            return;
        }
        try (content) {
            flush();
            LargeFile file = new LargeFile(output);
            int dictionary = 0;
            for (boolean first = true; !content.isAtEnd(); first = false) {
                Buffers buffers = pipeline.buffers();
                System.arraycopy(tail, 0, buffers.in, Buffers.CONTENT - dictionary, dictionary);
                int length = content.read(buffers.in, Buffers.CONTENT, Buffers.BLOCK_BYTES);
                file.crc.update(buffers.in, Buffers.CONTENT, length);
                Block block = new Block(zip, file, buffers, dictionary, length, first, content.isAtEnd());
                if (!content.isAtEnd()) {
                    dictionary = tail.length;
                    System.arraycopy(buffers.in, Buffers.CONTENT + length - dictionary, tail, 0, dictionary);
                }
                pipeline.add(block);
            }
            if (content.hasGrown()) {
                slot(() -> warnings.grown(file.name, file.size));
            }
        }
    }

    @Override
    public ArchiveResult finish() throws IOException {
        flush();
        pipeline.finish();
        return zip.finish();
    }

    @Override
    public void close() throws IOException {
        try {
            batch.close();
        } finally {
            contents.close();
        }
    }
}
