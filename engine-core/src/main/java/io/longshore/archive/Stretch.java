package io.longshore.archive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A stretch of a tar stream: first bytes that are there already, such as of a large file, then small files that are read
 * when it is made.
 */
final class Stretch extends Piece {
    private static final int MOST_SLOTS = 256;
    private static final int MOST_NAME_BYTES = 1 << 16;

    private final TarCodec codec;
    private final int dictionary;
    private final List<Slot> slots = new ArrayList<>();
    private final KeptFolders folders = new KeptFolders();
    private int ready;
    private int nameBytes;
    private long contentBytes;
    private int planned; // the most that it comes to
    private int length;
    private int compressed;

    /** A stretch; its dictionary is the end of the stream before it, or empty where that is not known yet. */
    Stretch(Buffers buffers, TarCodec codec, byte[] dictionary) {
        super(buffers);
        this.codec = codec;
        this.dictionary = dictionary.length;
        System.arraycopy(dictionary, 0, buffers.in, Buffers.CONTENT - dictionary.length, dictionary.length);
    }

    /** One thing in the order of the archive. */
    interface Slot {
        /** Puts what there is into the stream, on any thread; returns where it ends. */
        default int put(byte[] into, int at) throws IOException {
            return at;
        }

        /** Tells of it, on the caller's thread. */
        void tell();
    }

    boolean isEmpty() {
        return planned == 0 && slots.isEmpty();
    }

    boolean hasSlots() {
        return !slots.isEmpty();
    }

    /** How many more bytes it takes. */
    int room() {
        return Buffers.BLOCK_BYTES - planned;
    }

    boolean hasRoomFor(byte[] name, int bytes) {
        return slots.size() < MOST_SLOTS && nameBytes + name.length <= 2 * MOST_NAME_BYTES && bytes <= room();
    }

    boolean hasRoomFor(Folder folder) {
        return folders.hasRoomFor(folder);
    }

    void add(Slot slot, byte[] name, int bytes) {
        slots.add(slot);
        nameBytes += name.length;
        planned += bytes;
    }

    void read(Folder folder, long size) {
        folders.keep(folder);
        contentBytes += size;
    }

    /** Puts bytes into the stream that are there already; before the first slot. */
    void append(byte[] bytes, int offset, int count) {
        System.arraycopy(bytes, offset, buffers.in, Buffers.CONTENT + ready, count);
        appended(count);
    }

    void append(Content content) throws IOException {
        int count = content.read(buffers.in, Buffers.CONTENT + ready, room());
        contentBytes += count;
        appended(count);
    }

    private void appended(int count) {
        ready += count;
        planned += count;
    }

    /** The end of it as a dictionary for what follows; empty if it is not there yet. */
    byte[] tail() {
        int end = Buffers.CONTENT + ready;
        return ready < Compressor.DICTIONARY_BYTES || planned > ready
                ? new byte[0]
                : Arrays.copyOfRange(buffers.in, end - Compressor.DICTIONARY_BYTES, end);
    }

    @Override
    void make(Compressor compressor) throws IOException {
        int at = Buffers.CONTENT + ready;
        for (Slot slot : slots) {
            Interrupts.check();
            at = slot.put(buffers.in, at);
        }
        length = at - Buffers.CONTENT;
        compressed = length == 0 ? 0 : codec.compress(compressor, buffers, dictionary, length);
    }

    @Override
    void write() throws IOException {
        if (length > 0) {
            codec.write(buffers, length, compressed);
        }
        slots.forEach(Slot::tell);
    }

    @Override
    long contentBytes() {
        return contentBytes;
    }

    @Override
    public void close() throws IOException {
        folders.close();
    }
}
