package io.longshore.workspace;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.LogPart;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogFileTest {
    private static final LogLimits LIMITS = new LogLimits(4, 3);

    @TempDir
    Path disk;

    private FileSystem unix;
    private FileSystem windows;

    @BeforeEach
    void open() {
        unix = Jimfs.newFileSystem(Configuration.unix());
        windows = Jimfs.newFileSystem(Configuration.windows());
    }

    @AfterEach
    void close() throws IOException {
        unix.close();
        windows.close();
    }

    private interface Check {
        void in(Path directory) throws IOException;
    }

    private void everywhere(Check check) throws IOException {
        for (Path root : List.of(disk.resolve("logs"), unix.getPath("/logs"), windows.getPath("C:\\logs"))) {
            check.in(Files.createDirectory(root));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "0123456"})
    void shortLogIsKeptWhole(String written) throws IOException {
        everywhere(directory -> {
            LogFile kept = keep(directory, written, LIMITS);
            assertEquals(List.of("0:" + written), parts(kept, 0, 100));
            assertEquals(List.of("kept"), names(directory));
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100})
    void longLogIsKeptByItsHeadAndTailAtTheirOffsets(int maxBytes) throws IOException {
        everywhere(directory -> {
            LogFile kept = keep(directory, "0123456789", LIMITS);
            assertEquals(List.of("kept", "kept.gap"), names(directory));
            assertEquals("0123789", Files.readString(directory.resolve("kept")));
            assertEquals("0123789", text(kept, 0, maxBytes));
            for (long offset = 4; offset <= 7; offset++) {
                assertEquals(7, kept.read(offset, maxBytes).offset(), "from " + offset);
                assertEquals("789", text(kept, offset, maxBytes));
            }
            assertEquals(List.of("9:9"), parts(kept, 9, maxBytes));
            assertEquals(10, kept.read(10, maxBytes).offset());
            assertTrue(kept.read(10, maxBytes).isEmpty());
            assertTrue(kept.read(1000, maxBytes).isEmpty());
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE})
    void limitsMayKeepNothingOrAll(long limit) throws IOException {
        everywhere(directory -> {
            LogFile kept = keep(directory, "0123456789", new LogLimits(limit, limit));
            assertEquals(limit == 0 ? "" : "0123456789", text(kept, 0, 100));
            assertEquals(10, kept.read(10, 100).offset());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"4 7 hole\n", "2 8 hole\n", "5 6 hole\n"})
    void holeIsNeverReadAndGoesOnWithTheLog(String gap) throws IOException {
        everywhere(directory -> {
            int from = gap.charAt(0) - '0';
            int to = gap.charAt(2) - '0';
            String written = "0123456789".substring(0, from) + "\0".repeat(to - from) + "0123456789".substring(to);
            Path file = Files.writeString(directory.resolve("log"), written);
            Files.writeString(directory.resolve("log.gap"), gap);
            LogFile live = LogFile.of(file);
            String seen = written.replace("\0", "");
            assertEquals(seen, text(live, 0, 100));
            assertEquals(to, live.read(from, 100).offset());
            LogFile kept = LogFile.of(directory.resolve("kept"));
            live.keep(kept, LIMITS);
            assertEquals(
                    "0123456789".substring(0, Math.min(4, from)) + "0123456789".substring(Math.max(7, to)),
                    text(kept, 0, 100));
            assertFalse(Files.exists(file));
            assertEquals(9, kept.read(9, 1).offset());
            assertThrows(NoSuchFileException.class, () -> live.read(0, 100));
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "4 7", "4 7 hole", "7 4 hole\n", "4 70 hole\n", "-4 7 hole\n", "99999999999999999999 7 cut\n"
            })
    void whatIsNoGapOfTheLogLeavesNothingOut(String gap) throws IOException {
        everywhere(directory -> {
            Path file = Files.writeString(directory.resolve("log"), "0123456789");
            Files.writeString(directory.resolve("log.gap"), gap);
            assertEquals("0123456789", text(LogFile.of(file), 0, 100));
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepGoesOnAfterACrash(boolean moved) throws IOException {
        everywhere(directory -> {
            Path log = Files.writeString(directory.resolve("log"), "0123456789");
            Files.writeString(directory.resolve("kept.new"), "01");
            if (moved) {
                Files.writeString(directory.resolve("kept"), "0123789");
            }
            Files.writeString(directory.resolve("kept.gap"), "4 7 cut\n");
            LogFile kept = LogFile.of(directory.resolve("kept"));
            LogFile.of(log).keep(kept, LIMITS);
            LogFile.of(log).keep(kept, LIMITS);
            assertEquals("0123789", text(kept, 0, 100));
            assertEquals(List.of("kept", "kept.gap"), names(directory));
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 100})
    void endIsReadFromAfterTheGap(int maxBytes) throws IOException {
        everywhere(directory -> {
            Path file = Files.writeString(directory.resolve("log"), "0123\0\0\0" + "789");
            Files.writeString(directory.resolve("log.gap"), "4 7 hole\n");
            LogPart end = LogFile.of(file).readEnd(maxBytes);
            assertEquals(maxBytes == 2 ? "89" : "789", new String(end.bytes(), US_ASCII));
            assertEquals(10, end.nextOffset());
        });
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "0, -1"})
    void limitIsNotNegative(long head, long tail) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> new LogLimits(head, tail));
        assertEquals("limit of a log is negative: " + head + ", " + tail, refused.getMessage());
    }

    private static LogFile keep(Path directory, String written, LogLimits limits) throws IOException {
        LogFile log = LogFile.of(Files.writeString(directory.resolve("log"), written));
        LogFile kept = LogFile.of(directory.resolve("kept"));
        log.keep(kept, limits);
        return kept;
    }

    private static String text(LogFile log, long offset, int maxBytes) throws IOException {
        StringBuilder text = new StringBuilder();
        parts(log, offset, maxBytes).forEach(part -> text.append(part.substring(part.indexOf(':') + 1)));
        return text.toString();
    }

    /** What a follower sees from an offset on. */
    private static List<String> parts(LogFile log, long offset, int maxBytes) throws IOException {
        List<String> parts = new ArrayList<>();
        LogPart part = log.read(offset, maxBytes);
        do {
            parts.add(part.offset() + ":" + new String(part.bytes(), US_ASCII));
            part = log.read(part.nextOffset(), maxBytes);
        } while (!part.isEmpty());
        return parts;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }
}
