package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a script says never passes through the JVM. */
@Timeout(180)
final class FloodTest {
    private static final long GIB = 1L << 30;

    /** Pumping a GiB through a JVM costs it some four seconds of CPU, and a redirect nothing. */
    private static final double MOST_CPU_SECONDS = 1.5;

    @Test
    void aGibibyteOfStdoutCostsNeitherHeapNorCpu(@TempDir Path home) throws Exception {
        String said = Tool.run(
                Tool.java(Map.of("PATH", System.getenv("PATH")), List.of("-Xmx64m"), FloodMain.class, home, GIB));
        String[] words = said.strip().split(" ", -1);
        assertEquals("COMPLETED", words[0], said);
        assertEquals("1", words[1], said);
        assertTrue(Double.parseDouble(words[2]) < MOST_CPU_SECONDS, said);
        System.out.println("1 GiB of stdout took " + words[2] + " CPU seconds of the JVM");
    }
}
