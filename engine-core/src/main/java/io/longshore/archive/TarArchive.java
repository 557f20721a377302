package io.longshore.archive;

import java.io.IOException;
import java.util.Arrays;

/** A tar file in the pax format (POSIX.1-2001), compressed. Every directory below the root has an entry, before its files. */
final class TarArchive implements ArchiveWriter {
    private static final String NAME_TOO_LONG = "has a name too long for a tar file";
    private static final byte[] NOTHING = {};
    private static final byte[] END = new byte[2 * TarHeader.BLOCK_BYTES];

    private final Pipeline pipeline;
    private final TarCodec codec;
    private final Warnings warnings;
    private Stretch stretch;
    private long entries;
    private long contentBytes;

    TarArchive(Pipeline pipeline, TarCodec codec, Warnings warnings) {
        this.pipeline = pipeline;
        this.codec = codec;
        this.warnings = warnings;
        stretch = new Stretch(pipeline.buffers(), codec, NOTHING);
    }

    private void flush() throws IOException {
        if (!stretch.isEmpty()) {
            Stretch full = stretch;
            stretch = new Stretch(pipeline.buffers(), codec, full.tail());
            pipeline.add(full);
        }
    }

    private void slot(Stretch.Slot slot, byte[] name, int bytes) throws IOException {
        if (!stretch.hasRoomFor(name, bytes)) {
            flush();
        }
        stretch.add(slot, name, bytes);
    }

    @Override
    public void entered(byte[] name) throws IOException {
        if (name.length > TarHeader.MOST_NAME_BYTES) {
            skipped(name, NAME_TOO_LONG);
            return;
        }
        byte[] header = TarHeader.ofDirectory(name);
        slot(
                new Stretch.Slot() {
                    @Override
                    public int put(byte[] into, int at) {
                        System.arraycopy(header, 0, into, at, header.length);
                        return at + header.length;
                    }

                    @Override
                    public void tell() {
                        added(name, 0);
                    }
                },
                name,
                header.length);
    }

    private void added(byte[] name, long size) {
        entries++;
        contentBytes += size;
        if (!EntryName.isAscii(name) && !EntryName.isUtf8(name)) {
            warnings.notUtf8(name);
        }
    }

    @Override
    public void left(byte[] name) {
        // its entry came first
    }

    @Override
    public void skipped(byte[] name, String why) throws IOException {
        slot(() -> warnings.leftOut(name, why), name, 0);
    }

    @Override
    public void file(OutputFile file) throws IOException {
        byte[] name = file.rawName();
        if (name.length > TarHeader.MOST_NAME_BYTES) {
            skipped(name, NAME_TOO_LONG);
            return;
        }
        byte[] header = TarHeader.ofFile(name, file.isExecutable(), file.sizeBytes());
        long bytes = header.length + file.sizeBytes() + TarHeader.padding(file.sizeBytes());
        if (bytes > Buffers.BLOCK_BYTES) {
            large(file, header);
        } else {
            if (!stretch.hasRoomFor(file.folder())) {
                flush();
            }
            slot(new Entry(file, header), name, (int) bytes);
            stretch.read(file.folder(), file.sizeBytes());
        }
    }

    private final class Entry implements Stretch.Slot {
        private final OutputFile file;
        private final SmallFile content;
        private final byte[] header;

        Entry(OutputFile file, byte[] header) {
            this.file = file;
            this.content = new SmallFile(file);
            this.header = header;
        }

        @Override
        public int put(byte[] into, int at) throws IOException {
            int start = at + header.length;
            if (!content.read(into, start)) {
                return at;
            }
            System.arraycopy(header, 0, into, at, header.length);
            int end = start + (int) file.sizeBytes();
            int padded = end + TarHeader.padding(file.sizeBytes());
            Arrays.fill(into, end, padded, (byte) 0);
            return padded;
        }

        @Override
        public void tell() {
            if (!content.isLeftOut()) {
                added(file.rawName(), file.sizeBytes());
            }
            content.tell(warnings);
        }
    }

    private void large(OutputFile file, byte[] header) throws IOException {
        Content content;
        try {
            content = file.content();
        } catch (IOException e) {
            skipped(file.rawName(), OutputTree.whyLeftOut(e).orElseThrow(() -> e));
            return;
        }
        try (content) {
            append(header, header.length);
            while (!content.isAtEnd()) {
                if (stretch.room() == 0) {
                    flush();
                }
                stretch.append(content);
            }
            append(END, TarHeader.padding(file.sizeBytes()));
            boolean grown = content.hasGrown();
            slot(
                    () -> {
                        added(file.rawName(), file.sizeBytes());
                        if (grown) {
                            warnings.grown(file.rawName(), file.sizeBytes());
                        }
                    },
                    file.rawName(),
                    0);
        }
    }

    private void append(byte[] bytes, int count) throws IOException {
        if (stretch.hasSlots()) {
            flush();
        }
        for (int done = 0; done < count; ) {
            if (stretch.room() == 0) {
                flush();
            }
            int part = Math.min(count - done, stretch.room());
            stretch.append(bytes, done, part);
            done += part;
        }
    }

    @Override
    public ArchiveResult finish() throws IOException {
        append(END, END.length);
        flush();
        pipeline.finish();
        return new ArchiveResult(entries, contentBytes, codec.finish());
    }

    @Override
    public void close() throws IOException {
        try {
            stretch.close();
        } finally {
            codec.close();
        }
    }
}
