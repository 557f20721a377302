package io.longshore.archive;

import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * Deflates what fits into memory: a whole file, or a block of one. Blocks follow one another to one deflate stream, as
 * each ends on a byte and refers back to nothing but its dictionary, the end of the block before.
 *
 * <p>What comes out depends on nothing but what goes in, and on what deflates it. Used by one thread at a time.
 */
final class Compressor {
    static final int DICTIONARY_BYTES = 1 << 15;

    private static final int STORED_MOST = 65_535;
    private static final int STORED_HEADER = 5;
    private static final int SAMPLE_SLICE = 4096;
    private static final int SAMPLE_SLICES = 4;
    private static final int TRIAL_BYTES = 16_384;
    private static final int PROBED_FROM = 1 << 15;
    private static final int LIBDEFLATE_FROM = 1 << 10; // to bind it takes as long as hundreds of smaller files

    private final ThreadBudget threads;
    private final Deflater deflater;
    private final boolean mayUseLibdeflate;
    private boolean isLibdeflateOpen;
    private @Nullable FileDeflater libdeflate;
    private final CRC32 crc = new CRC32();
    private final int[] histogram = new int[256];
    private final byte[] trial = new byte[TRIAL_BYTES - TRIAL_BYTES / 64];

    /** A compressor, which deflates whole files of 1 KiB or more by libdeflate if it may and the host has that. */
    Compressor(ThreadBudget threads, boolean mayUseLibdeflate) {
        this.threads = threads;
        deflater = threads.deflater();
        this.mayUseLibdeflate = mayUseLibdeflate;
    }

    /** How much room {@link #block} needs for a block of this length. */
    static int roomFor(int length) {
        return length + STORED_HEADER * (length / STORED_MOST + 1);
    }

    long crc(byte[] bytes, int offset, int length) {
        crc.reset();
        crc.update(bytes, offset, length);
        return crc.getValue();
    }

    /**
     * Deflates a whole file.
     *
     * @return the length of what was put out, or -1 if that would be no shorter than the file
     */
    int whole(byte[] in, int offset, int length, byte[] out, int outOffset) {
        if (length < 2 || isIncompressible(in, offset, offset, length)) {
            return -1;
        }
        FileDeflater faster = length >= LIBDEFLATE_FROM ? libdeflate() : null;
        if (faster != null) {
            return faster.deflate(in, offset, length, out, outOffset, length - 1);
        }
        deflater.reset();
        deflater.setInput(in, offset, length);
        deflater.finish();
        int count = deflater.deflate(out, outOffset, length - 1);
        return deflater.finished() ? count : -1;
    }

    private @Nullable FileDeflater libdeflate() {
        if (mayUseLibdeflate && !isLibdeflateOpen) {
            isLibdeflateOpen = true;
            libdeflate = Libdeflate.open();
        }
        return libdeflate;
    }

    /**
     * Deflates a block.
     *
     * @param in the dictionary with the block right after it
     * @param from where the dictionary begins, which may be empty
     * @param offset where the block begins
     * @param length how long it is, which may be 0 for the last one
     * @param last whether it ends the file
     * @param out takes the result from 0 on; has {@link #roomFor} the block
     * @return the length of the result
     */
    int block(byte[] in, int from, int offset, int length, boolean last, byte[] out) {
        if (length == 0 || isIncompressible(in, from, offset, length)) {
            return stored(in, offset, length, last, out);
        }
        deflater.reset();
        if (from < offset) {
            deflater.setDictionary(in, from, offset - from);
        }
        deflater.setInput(in, offset, length);
        int room = roomFor(length);
        int count;
        if (last) {
            deflater.finish();
            count = deflater.deflate(out, 0, room);
        } else {
            count = deflater.deflate(out, 0, room, Deflater.SYNC_FLUSH);
        }
        // A full buffer may mean that there is more to come; stored, it fits for certain.
        return count < room ? count : stored(in, offset, length, last, out);
    }

    private static int stored(byte[] in, int offset, int length, boolean last, byte[] out) {
        int at = 0;
        int done = 0;
        do {
            int count = Math.min(STORED_MOST, length - done);
            out[at++] = (byte) (last && done + count == length ? 1 : 0);
            out[at++] = (byte) count;
            out[at++] = (byte) (count >>> 8);
            out[at++] = (byte) ~count;
            out[at++] = (byte) (~count >>> 8);
            System.arraycopy(in, offset + done, out, at, count);
            at += count;
            done += count;
        } while (done < length);
        return at;
    }

    /**
     * Whether deflating is a waste of time, as for data that is compressed already: all byte values are about as frequent,
     * and a trial gains nothing.
     */
    private boolean isIncompressible(byte[] in, int from, int offset, int length) {
        if (length < PROBED_FROM || !isFlat(in, offset, length)) {
            return false;
        }
        // At the end, so that what repeats within a dictionary's reach is seen.
        int tried = offset + length - TRIAL_BYTES;
        int start = Math.max(from, tried - DICTIONARY_BYTES);
        deflater.reset();
        deflater.setDictionary(in, start, tried - start);
        deflater.setInput(in, tried, TRIAL_BYTES);
        deflater.finish();
        deflater.deflate(trial, 0, trial.length);
        return !deflater.finished();
    }

    private boolean isFlat(byte[] in, int offset, int length) {
        Arrays.fill(histogram, 0);
        for (int slice = 0; slice < SAMPLE_SLICES; slice++) {
            int start = offset + (length - SAMPLE_SLICE) / (SAMPLE_SLICES - 1) * slice;
            for (int i = start; i < start + SAMPLE_SLICE; i++) {
                histogram[in[i] & 0xff]++;
            }
        }
        long squares = 0;
        for (int count : histogram) {
            squares += (long) count * count;
        }
        long sample = SAMPLE_SLICE * SAMPLE_SLICES;
        return squares < 2 * sample * sample / histogram.length; // 1 for noise, 17 for English
    }

    void end() {
        if (libdeflate != null) {
            libdeflate.end();
        }
        threads.giveBack(deflater);
    }
}
