package io.longshore.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Small files that go through the archive together, with what else happens between them. */
final class Batch extends Piece {
    private static final int MOST_SLOTS = 256;
    private static final int MOST_NAME_BYTES = 1 << 16;

    private final List<Slot> slots = new ArrayList<>();
    private int nameBytes;
    private int contentBytes;

    Batch(Buffers buffers) {
        super(buffers);
    }

    /** One thing in the order of the archive. */
    @FunctionalInterface
    interface Slot {
        void writeTo(ZipWriter zip, Warnings warnings) throws IOException;
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    /** Whether there is room for one more; an empty batch has room for any small file. */
    boolean fits(long size) {
        return slots.size() < MOST_SLOTS && nameBytes < MOST_NAME_BYTES && contentBytes + size <= Buffers.BLOCK_BYTES;
    }

    void add(Slot slot) {
        slots.add(slot);
    }

    void addFile(byte[] name, Path path, int size, boolean executable) {
        slots.add(new SmallFile(name, path, size, executable, contentBytes));
        nameBytes += name.length;
        contentBytes += size;
    }

    @Override
    void make(Compressor compressor) throws IOException {
        for (Slot slot : slots) {
            if (slot instanceof SmallFile file) {
                file.make(compressor);
            }
        }
    }

    @Override
    void writeTo(ZipWriter zip, Warnings warnings) throws IOException {
        for (Slot slot : slots) {
            slot.writeTo(zip, warnings);
        }
    }

    @Override
    long contentBytes() {
        return contentBytes;
    }

    private final class SmallFile implements Slot {
        private final byte[] name;
        private final Path path;
        private final int size;
        private final boolean executable;
        private final int offset; // deflated it is no longer, so that the same place does in both buffers
        private int compressed;
        private long crc;
        private String leftOut = "";
        private boolean grown;

        SmallFile(byte[] name, Path path, int size, boolean executable, int offset) {
            this.name = name;
            this.path = path;
            this.size = size;
            this.executable = executable;
            this.offset = offset;
        }

        void make(Compressor compressor) throws IOException {
            Interrupts.check();
            int start = Buffers.CONTENT + offset;
            Content content;
            try {
                content = Content.open(name, path, size);
            } catch (IOException e) {
                leftOut = OutputTree.whyLeftOut(path, e).orElseThrow(() -> e);
                return;
            }
            try (content) {
                content.read(buffers.in, start, size);
                grown = content.hasGrown();
            }
            crc = compressor.crc(buffers.in, start, size);
            compressed = compressor.whole(buffers.in, start, size, buffers.out, offset);
        }

        @Override
        public void writeTo(ZipWriter zip, Warnings warnings) throws IOException {
            if (!leftOut.isEmpty()) {
                warnings.leftOut(name, leftOut);
                return;
            }
            if (compressed < 0) {
                zip.stored(name, executable, crc, buffers.in, Buffers.CONTENT + offset, size);
            } else {
                zip.deflated(name, executable, crc, size, buffers.out, offset, compressed);
            }
            if (grown) {
                warnings.grown(name, size);
            }
        }
    }
}
