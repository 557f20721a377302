package io.longshore.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Small files that go through a zip file together, with what else happens between them. */
final class Batch extends Piece {
    private static final int MOST_SLOTS = 256;
    private static final int MOST_NAME_BYTES = 1 << 16;

    private final ZipWriter zip;
    private final Warnings warnings;
    private final List<Slot> slots = new ArrayList<>();
    private final KeptFolders folders = new KeptFolders();
    private int nameBytes;
    private int contentBytes;

    Batch(Buffers buffers, ZipWriter zip, Warnings warnings) {
        super(buffers);
        this.zip = zip;
        this.warnings = warnings;
    }

    /** One thing in the order of the archive. */
    @FunctionalInterface
    interface Slot {
        void write() throws IOException;
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    boolean hasRoom() {
        return slots.size() < MOST_SLOTS && nameBytes < MOST_NAME_BYTES;
    }

    /** Whether there is room for one more file; an empty batch has room for any small one. */
    boolean hasRoomFor(OutputFile file) {
        return hasRoom() && contentBytes + file.sizeBytes() <= Buffers.BLOCK_BYTES && folders.hasRoomFor(file.folder());
    }

    void add(Slot slot) {
        slots.add(slot);
    }

    void addFile(OutputFile file) {
        slots.add(new Entry(file, contentBytes));
        folders.keep(file.folder());
        nameBytes += file.rawName().length;
        contentBytes += (int) file.sizeBytes();
    }

    @Override
    void make(Compressor compressor) throws IOException {
        for (Slot slot : slots) {
            if (slot instanceof Entry entry) {
                entry.make(compressor);
            }
        }
    }

    @Override
    void write() throws IOException {
        for (Slot slot : slots) {
            slot.write();
        }
    }

    @Override
    long contentBytes() {
        return contentBytes;
    }

    @Override
    public void close() throws IOException {
        folders.close();
    }

    private final class Entry implements Slot {
        private final OutputFile file;
        private final SmallFile content;
        private final int size;
        private final int offset; // deflated it is no longer, so that the same place does in both buffers
        private int compressed;
        private long crc;

        Entry(OutputFile file, int offset) {
            this.file = file;
            this.content = new SmallFile(file);
            this.size = (int) file.sizeBytes();
            this.offset = offset;
        }

        void make(Compressor compressor) throws IOException {
            Interrupts.check();
            int start = Buffers.CONTENT + offset;
            if (!content.read(buffers.in, start)) {
                return;
            }
            crc = compressor.crc(buffers.in, start, size);
            compressed = compressor.whole(buffers.in, start, size, buffers.out, offset);
        }

        @Override
        public void write() throws IOException {
            if (!content.isLeftOut()) {
                writeContent();
            }
            content.tell(warnings);
        }

        private void writeContent() throws IOException {
            if (compressed < 0) {
                zip.stored(file.rawName(), file.isExecutable(), crc, buffers.in, Buffers.CONTENT + offset, size);
            } else {
                zip.deflated(file.rawName(), file.isExecutable(), crc, size, buffers.out, offset, compressed);
            }
        }
    }
}
