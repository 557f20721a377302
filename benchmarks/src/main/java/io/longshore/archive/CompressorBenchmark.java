package io.longshore.archive;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Blocks of 256 KiB a second through one compressor. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
public class CompressorBenchmark {
    /** What is in the blocks. */
    public enum Kind {
        /** Rows of numbers. */
        TABLE,
        /** What cannot be compressed. */
        NOISE
    }

    /** What is in the blocks. */
    @Param
    public Kind kind = Kind.TABLE;

    /** Whether whole files go through libdeflate, if it is there. */
    @Param({"false", "true"})
    public boolean libdeflate;

    private final Buffers buffers = new Buffers();
    private Compressor compressor = new Compressor(ThreadBudget.none(), false);

    /** Fills the block, and the dictionary before it. */
    @Setup
    public void fill() {
        compressor = new Compressor(ThreadBudget.none(), libdeflate);
        Random random = new Random(1);
        if (kind == Kind.NOISE) {
            random.nextBytes(buffers.in);
            return;
        }
        for (int at = 0; at < buffers.in.length; ) {
            byte[] row = (at + "," + random.nextInt(10_000) + "," + random.nextGaussian() + "\n")
                    .getBytes(StandardCharsets.US_ASCII);
            int count = Math.min(row.length, buffers.in.length - at);
            System.arraycopy(row, 0, buffers.in, at, count);
            at += count;
        }
    }

    /** A whole small file. */
    @Benchmark
    public int whole() {
        return compressor.whole(buffers.in, Buffers.CONTENT, Buffers.BLOCK_BYTES, buffers.out, 0);
    }

    /** A block within a large file. */
    @Benchmark
    public int block() {
        return compressor.block(buffers.in, 0, Buffers.CONTENT, Buffers.BLOCK_BYTES, false, buffers.out);
    }

    /** The checksum. */
    @Benchmark
    public long crc() {
        return compressor.crc(buffers.in, Buffers.CONTENT, Buffers.BLOCK_BYTES);
    }

    /** Lets go of the compressor. */
    @TearDown
    public void end() {
        compressor.end();
    }
}
