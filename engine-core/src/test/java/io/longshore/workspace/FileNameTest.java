package io.longshore.workspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FileNameTest {
    @TempDir
    Path disk;

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "/x", "../x", "a\0b"})
    void namesThatCouldLeaveTheDirectoryAreRefused(String name) {
        assertTrue(FileName.objection(name).isPresent());
    }

    @Test
    void lengthIsCountedInBytes() {
        assertTrue(FileName.objection("ž".repeat(127)).isEmpty());
        assertTrue(FileName.objection("ž".repeat(128)).isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "...", ".hidden", "a b", "žluť.csv", "a\nb", "-rf", "a\\b"})
    void plainNamesAreTaken(String name) {
        assertTrue(FileName.objection(name).isEmpty());
    }

    @Test
    void laterNamesAreMadeDistinctByCaseAndUnicodeForm() throws IOException {
        TakenNames taken = new TakenNames(disk);
        assertEquals("a.csv", FileName.distinct("", "a.csv", taken));
        assertEquals("A-2.csv", FileName.distinct("", "A.csv", taken));
        assertEquals("a-3.csv", FileName.distinct("", "a.csv", taken));
        assertEquals("\u00e9", FileName.distinct("", "\u00e9", taken));
        assertEquals("e\u0301-2", FileName.distinct("", "e\u0301", taken));
        assertEquals(".env", FileName.distinct("", ".env", taken));
        assertEquals(".env-2", FileName.distinct("", ".env", taken));
        assertEquals(
                "a-2.csv".length(),
                FileName.distinct("", "a-2.csv", new TakenNames(disk)).length());
    }

    @Test
    void distinctNamesStayWithinTheLimit() throws IOException {
        TakenNames taken = new TakenNames(disk);
        String longest = "ž".repeat(125) + ".csv";
        FileName.distinct("", longest, taken);
        String next = FileName.distinct("", longest, taken);
        assertTrue(next.endsWith("-2.csv"));
        assertTrue(next.getBytes(StandardCharsets.UTF_8).length <= 255);
    }
}
