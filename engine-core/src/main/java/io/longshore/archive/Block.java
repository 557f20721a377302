package io.longshore.archive;

import java.io.IOException;
import java.util.zip.CRC32;

/** A block of a large file in a zip file. */
final class Block extends Piece {
    private final ZipWriter zip;
    private final LargeFile file;
    private final int dictionary;
    private final int length;
    private final boolean first;
    private final boolean last;
    private int compressed;

    Block(ZipWriter zip, LargeFile file, Buffers buffers, int dictionary, int length, boolean first, boolean last) {
        super(buffers);
        this.zip = zip;
        this.file = file;
        this.dictionary = dictionary;
        this.length = length;
        this.first = first;
        this.last = last;
    }

    /** What the blocks of one file share; only the caller's thread uses it. */
    static final class LargeFile {
        final byte[] name;
        final boolean executable;
        final long size;
        final CRC32 crc = new CRC32();

        LargeFile(OutputFile file) {
            name = file.rawName();
            executable = file.isExecutable();
            size = file.sizeBytes();
        }

        /** What the file cannot outgrow, whatever is in it. */
        long mostCompressedBytes() {
            long blocks = (size + Buffers.BLOCK_BYTES - 1) / Buffers.BLOCK_BYTES;
            return size + blocks * (Compressor.roomFor(Buffers.BLOCK_BYTES) - Buffers.BLOCK_BYTES);
        }
    }

    @Override
    void make(Compressor compressor) {
        compressed =
                compressor.block(buffers.in, Buffers.CONTENT - dictionary, Buffers.CONTENT, length, last, buffers.out);
    }

    @Override
    void write() throws IOException {
        if (first) {
            zip.begin(file.name, file.executable, file.mostCompressedBytes());
        }
        zip.data(buffers.out, compressed);
        if (last) {
            zip.end(file.crc.getValue(), file.size);
        }
    }

    @Override
    long contentBytes() {
        return length;
    }
}
