package io.longshore.storage.s3;

/**
 * How large the parts of an upload are whose end nobody knows: small ones first, so that memory stays small, then larger
 * ones, so that the 10,000 parts a store takes hold the 5 TiB it takes.
 */
final class PartSizes {
    static final int MOST_PARTS = 10_000;
    static final long LARGEST_PART_BYTES = 5L << 30;

    private static final int EVEN_PARTS = 1000;
    private static final long GROWTH = 300;
    private static final long STEP_BYTES = 1 << 20;

    private PartSizes() {}

    /**
     * The size of a part; the first is number 1. By the cube of the number, so that it is the few outputs of a TiB and more
     * that need the memory, and not those of 20 GiB.
     */
    static long bytes(int number, long firstBytes) {
        long later = Math.max(0, number - EVEN_PARTS);
        long grown = firstBytes + (later * later * later / GROWTH + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;
        return Math.min(grown, LARGEST_PART_BYTES);
    }
}
