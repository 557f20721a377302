package io.longshore.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;

/** One member of gzip (RFC 1952), its blocks deflated by several threads. */
final class Gzip implements TarCodec {
    private static final int UNKNOWN_SYSTEM = 0xff;
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) UNKNOWN_SYSTEM};
    private static final byte[] LAST_BLOCK = {3, 0};

    private final OutputStream out;
    private final CRC32 crc = new CRC32();
    private long length;
    private long written;

    Gzip(OutputStream out) {
        this.out = out;
    }

    @Override
    public int compress(Compressor compressor, Buffers buffers, int dictionary, int size) {
        return compressor.block(buffers.in, Buffers.CONTENT - dictionary, Buffers.CONTENT, size, false, buffers.out);
    }

    @Override
    public void write(Buffers buffers, int size, int compressed) throws IOException {
        begin();
        crc.update(buffers.in, Buffers.CONTENT, size); // a hundredth of what deflating costs
        length += size;
        write(buffers.out, compressed);
    }

    private void begin() throws IOException {
        if (written == 0) {
            write(HEADER, HEADER.length);
        }
    }

    private void write(byte[] bytes, int count) throws IOException {
        out.write(bytes, 0, count);
        written += count;
    }

    @Override
    public long finish() throws IOException {
        begin();
        write(LAST_BLOCK, LAST_BLOCK.length);
        LittleEndian trailer = new LittleEndian().put4(crc.getValue()).put4(length);
        write(trailer.array(), trailer.length());
        out.flush();
        return written;
    }

    @Override
    public void close() {
        // nothing is held
    }
}
