package io.longshore.archive;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/** One frame of zstd (RFC 8878), compressed by threads of the library's own, which are the archive's share from its start. */
final class Zstd implements TarCodec {
    private static final int LEVEL = 3;

    // The library's own choice is 8 MiB for each job and some jobs more than threads; these are hardly larger in their
    // result.
    private static final int JOB_BYTES = 1 << 21;
    private static final int BUFFER_BYTES = 1 << 17;

    private final OutputStream out;
    private final ZstdCompressCtx frame;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuffer compressed = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final byte[] copy = new byte[BUFFER_BYTES];
    private long written;

    private Zstd(OutputStream out, int threads) {
        this.out = out;
        // With no thread of its own the library would compress in one stretch and come to other bytes.
        frame = new ZstdCompressCtx()
                .setLevel(LEVEL)
                .setChecksum(true)
                .setWorkers(threads)
                .setJobSize(JOB_BYTES);
    }

    /**
     * A frame.
     *
     * @param scratch where the library is unpacked if it is not loaded yet; otherwise where the JVM's temporary files are
     */
    static Zstd to(OutputStream out, int threads, Optional<Path> scratch) throws IOException {
        ZstdLibrary.load(scratch);
        return new Zstd(out, threads);
    }

    @Override
    public int compress(Compressor compressor, Buffers buffers, int dictionary, int length) {
        return 0;
    }

    @Override
    public void write(Buffers buffers, int length, int compressedBytes) throws IOException {
        int done = 0;
        while (done < length) {
            int count = Math.min(BUFFER_BYTES, length - done);
            in.clear().put(buffers.in, Buffers.CONTENT + done, count).flip();
            while (in.hasRemaining()) {
                boolean unused = frame.compressDirectByteBufferStream(compressed, in, EndDirective.CONTINUE);
                drain();
            }
            done += count;
        }
    }

    private void drain() throws IOException {
        compressed.flip();
        int count = compressed.remaining();
        compressed.get(copy, 0, count).clear();
        out.write(copy, 0, count);
        written += count;
    }

    @Override
    public long finish() throws IOException {
        in.clear().flip();
        boolean isEnded = false;
        while (!isEnded) {
            isEnded = frame.compressDirectByteBufferStream(compressed, in, EndDirective.END);
            drain();
        }
        out.flush();
        return written;
    }

    @Override
    public void close() {
        frame.close();
    }
}
