package io.longshore.archive;

/** The memory that one piece of an archive needs while it is made. */
final class Buffers {
    /** How much of a large file is deflated at once; also the size up to which a file is small. */
    static final int BLOCK_BYTES = 1 << 18;

    /** Where content begins in {@link #in}, after the dictionary. */
    static final int CONTENT = Compressor.DICTIONARY_BYTES;

    final byte[] in = new byte[CONTENT + BLOCK_BYTES];
    final byte[] out = new byte[Compressor.roomFor(BLOCK_BYTES)];
}
