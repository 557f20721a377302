package io.longshore.storage.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartSizesTest {
    @ParameterizedTest
    @ValueSource(longs = {5 << 20, 8 << 20, 64 << 20, 1 << 30})
    void partsHoldTheLargestObjectOfAStore(long firstBytes) {
        long total = 0;
        long before = firstBytes;
        for (int number = 1; number <= PartSizes.MOST_PARTS; number++) {
            long bytes = PartSizes.bytes(number, firstBytes);
            assertTrue(bytes >= before && bytes <= 5L << 30, number + ": " + bytes);
            total += bytes;
            before = bytes;
        }
        assertTrue(total >= 5L << 40, "5 TiB: " + total);
    }

    @Test
    void partsAreEvenAtFirstAndSmallUpToTwentyGibibytes() {
        assertEquals(5 << 20, PartSizes.bytes(1, 5 << 20));
        assertEquals(5 << 20, PartSizes.bytes(1001, 5 << 20));
        long total = 0;
        int number = 0;
        while (total < 20L << 30) {
            number++;
            total += PartSizes.bytes(number, 5 << 20);
        }
        assertEquals(20 << 20, PartSizes.bytes(number, 5 << 20));
    }

    @Test
    void bufferGivesBackWhatItTook() throws IOException {
        byte[] bytes = S3Test.content(3_000_000);
        for (int step : new int[] {1000, 65_536, 3_000_000}) {
            PartBuffer buffer = new PartBuffer(bytes.length);
            for (int at = 0; at < bytes.length; at += step) {
                int length = Math.min(step, bytes.length - at);
                assertEquals(length, buffer.append(bytes, at, length));
            }
            assertTrue(buffer.isFull());
            assertEquals(0, buffer.append(bytes, 0, 1));
            assertArrayEquals(bytes, buffer.content().readAllBytes());
            assertArrayEquals(bytes, buffer.content().readAllBytes());
            assertEquals(Base64.getEncoder().encodeToString(Digests.md5().digest(bytes)), buffer.contentMd5());
        }
    }

    @Test
    void bufferTakesNoMoreThanFits() throws IOException {
        byte[] bytes = S3Test.content(100);
        PartBuffer buffer = new PartBuffer(64);
        assertFalse(buffer.isFull());
        assertEquals(64, buffer.append(bytes, 0, 100));
        assertTrue(buffer.isFull());
        assertArrayEquals(Arrays.copyOf(bytes, 64), buffer.content().readAllBytes());
        assertEquals(0, new PartBuffer(64).content().readAllBytes().length);
    }
}
