package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CompressorTest {
    private static final int BLOCK = Buffers.BLOCK_BYTES;

    private final Compressor compressor = new Compressor(ThreadBudget.none(), false);

    @AfterEach
    void end() {
        compressor.end();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 65_535, 65_536, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 12_345})
    void blocksTogetherAreOneDeflateStream(int length) throws IOException {
        for (byte[] content : new byte[][] {text(length), noise(length), new byte[length], mixed(length)}) {
            assertArrayEquals(content, inflate(blocks(content)));
        }
    }

    @Test
    void blocksReferBackToTheBlockBefore() throws IOException {
        byte[] period = noise(20_000);
        byte[] content = new byte[4 * BLOCK];
        for (int i = 0; i < content.length; i++) {
            content[i] = period[i % period.length];
        }
        byte[] deflated = blocks(content);
        assertArrayEquals(content, inflate(deflated));
        // Each block on its own would hold the period once.
        assertTrue(deflated.length < 2 * period.length, () -> "deflated to " + deflated.length);
    }

    @Test
    void noiseIsStoredWithLittleAround() throws IOException {
        byte[] content = noise(4 * BLOCK);
        assertEquals(content.length + 4 * 5 * 5, blocks(content).length);
    }

    @Test
    void roomIsEnoughForEveryLength() {
        for (int length : new int[] {0, 1, 65_534, 65_535, 65_536, 131_070, 131_071, BLOCK}) {
            byte[] content = noise(length);
            byte[] out = new byte[Compressor.roomFor(length)];
            assertTrue(compressor.block(content, 0, 0, length, true, out) <= out.length);
        }
    }

    @Test
    void wholeFilesInflateToThemselves() throws IOException {
        byte[] content = text(100_000);
        byte[] out = new byte[content.length];
        int length = compressor.whole(content, 0, content.length, out, 0);
        assertTrue(length > 0 && length < content.length / 2);
        assertArrayEquals(content, inflate(Arrays.copyOf(out, length)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 10, 1000, 40_000, BLOCK})
    void wholeFilesThatWouldGrowAreRefused(int length) {
        assertEquals(-1, compressor.whole(noise(length), 0, length, new byte[length + 100], 0));
    }

    @Test
    void whatWentBeforeChangesNothing() {
        byte[] content = text(BLOCK);
        byte[] first = new byte[BLOCK];
        int length = compressor.whole(content, 0, BLOCK, first, 0);
        compressor.whole(noise(BLOCK), 0, BLOCK, new byte[BLOCK], 0);
        compressor.block(text(BLOCK), 0, 32_768, BLOCK - 32_768, false, new byte[BLOCK]);
        byte[] second = new byte[BLOCK];
        assertEquals(length, compressor.whole(content, 0, BLOCK, second, 0));
        assertArrayEquals(first, second);
    }

    private byte[] blocks(byte[] content) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] out = new byte[Compressor.roomFor(BLOCK)];
        for (int at = 0; at < content.length; at += BLOCK) {
            int length = Math.min(BLOCK, content.length - at);
            int from = Math.max(0, at - Compressor.DICTIONARY_BYTES);
            all.write(out, 0, compressor.block(content, from, at, length, at + length == content.length, out));
        }
        return all.toByteArray();
    }

    private static byte[] inflate(byte[] deflated) throws IOException {
        Inflater inflater = new Inflater(true);
        try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(deflated), inflater)) {
            byte[] content = in.readAllBytes();
            assertEquals(deflated.length, inflater.getBytesRead(), "all of it is one stream");
            return content;
        } finally {
            inflater.end();
        }
    }

    static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(length).nextBytes(noise);
        return noise;
    }

    static byte[] text(int length) {
        StringBuilder text = new StringBuilder(length + 20);
        Random random = new Random(length);
        while (text.length() < length) {
            text.append("line ").append(random.nextInt(10_000)).append('\n');
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] mixed(int length) {
        byte[] mixed = text(length);
        byte[] noise = noise(length);
        for (int at = 0; at < length; at += 2 * 100_000) {
            System.arraycopy(noise, at, mixed, at, Math.min(100_000, length - at));
        }
        return mixed;
    }
}
