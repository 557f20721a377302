package io.longshore.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.ArchiveFormat;
import io.longshore.archive.Place.Outputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ZipArchiveTest {
    private static final int BLOCK = Buffers.BLOCK_BYTES;

    @RegisterExtension
    private final Helpers helpers = new Helpers();

    @ParameterizedTest
    @EnumSource
    void everythingIsArchivedUnderItsNameBelowTheRoot(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            outputs.file("result.json", "{}");
            outputs.file("sub/x", "in sub");
            outputs.file("sub/deeper/y", "deeper");
            outputs.file(".hidden", "dot");
            outputs.file("žluť/日本 😀", "unicode");
            outputs.file("empty", "");
            Files.createDirectories(outputs.output.resolve("none/within"));
            Archived archived = Archived.of(outputs.output);
            Map<String, String> expected = new LinkedHashMap<>();
            expected.put(".hidden", "dot");
            expected.put("empty", "");
            expected.put("none/within/", "");
            expected.put("result.json", "{}");
            expected.put("sub/deeper/y", "deeper");
            expected.put("sub/x", "in sub");
            expected.put("žluť/日本 😀", "unicode");
            assertEquals(List.copyOf(expected.keySet()), archived.names());
            for (Map.Entry<String, String> entry : expected.entrySet()) {
                assertEquals(entry.getValue(), archived.text(entry.getKey()));
            }
            assertEquals(List.of(), archived.warnings());
        }
    }

    @ParameterizedTest
    @EnumSource
    void filesOfEverySizeComeBack(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Map<String, byte[]> expected = new LinkedHashMap<>();
            for (int size : new int[] {0, 1, 2, 100, 40_000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 1_000_003}) {
                expected.put("noise" + size, CompressorTest.noise(size));
                expected.put("text" + size, CompressorTest.text(size));
                expected.put("zero" + size, new byte[size]);
            }
            for (Map.Entry<String, byte[]> file : expected.entrySet()) {
                outputs.file(file.getKey(), file.getValue());
            }
            for (int threads : new int[] {1, 3}) {
                Map<String, byte[]> entries =
                        Archived.of(outputs.output, helpers.threads(threads)).entries();
                assertEquals(expected.keySet(), entries.keySet());
                for (Map.Entry<String, byte[]> file : expected.entrySet()) {
                    assertArrayEquals(file.getValue(), entries.get(file.getKey()), file.getKey());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void sameTreeGivesTheSameBytes(Place place) throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            names.add((i % 3 == 0 ? "b/" : i % 3 == 1 ? "é/" : "") + "f" + i * 7919 % 1000);
        }
        byte[] first = null;
        for (int round = 0; round < 4; round++) {
            Collections.shuffle(names, new Random(round));
            try (Outputs outputs = place.make()) {
                for (String name : names) {
                    Path file = outputs.file(name, "content of " + name);
                    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L + round * 86_400_000L));
                }
                outputs.file("large", CompressorTest.text(2_000_000));
                outputs.file("noise", CompressorTest.noise(2_000_000));
                byte[] bytes =
                        Archived.of(outputs.output, helpers.threads(1 + round)).bytes();
                if (first == null) {
                    first = bytes;
                }
                assertArrayEquals(first, bytes);
            }
        }
    }

    @Test
    void everyByteOfASmallArchiveIsAsTheFormatSays() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            Files.setPosixFilePermissions(outputs.file("a", "x"), PosixFilePermissions.fromString("rwx------"));
            Files.setPosixFilePermissions(
                    Files.createDirectory(outputs.output.resolve("é")), PosixFilePermissions.fromString("rwx------"));
            Files.setPosixFilePermissions(outputs.file("z", ""), PosixFilePermissions.fromString("rw-rw-rw-"));
            String crcOfX = "83 16 dc 8c ";
            String sizesOfX = "01 00 00 00 01 00 00 00 ";
            String none = "00 00 00 00 ";
            String time = "00 00 21 00 ";
            assertEquals(
                    ("50 4b 03 04 14 00 00 00 00 00 " + time + crcOfX + sizesOfX + "01 00 00 00 61 78 "
                                    + "50 4b 03 04 14 00 00 00 00 00 " + time + none + none + none + "01 00 00 00 7a "
                                    + "50 4b 03 04 14 00 00 08 00 00 " + time + none + none + none
                                    + "03 00 00 00 c3 a9 2f "
                                    + "50 4b 01 02 14 03 14 00 00 00 00 00 " + time + crcOfX + sizesOfX
                                    + "01 00 00 00 00 00 00 00 00 00 00 00 ed 81 00 00 00 00 61 "
                                    + "50 4b 01 02 14 03 14 00 00 00 00 00 " + time + none + none + none
                                    + "01 00 00 00 00 00 00 00 00 00 00 00 a4 81 20 00 00 00 7a "
                                    + "50 4b 01 02 14 03 14 00 00 08 00 00 " + time + none + none + none
                                    + "03 00 00 00 00 00 00 00 00 00 10 00 ed 41 3f 00 00 00 c3 a9 2f "
                                    + "50 4b 05 06 00 00 00 00 03 00 03 00 8f 00 00 00 60 00 00 00 00 00")
                            .trim(),
                    HexFormat.ofDelimiter(" ")
                            .formatHex(Archived.of(outputs.output).bytes()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void linksToFilesInsideAreArchivedAsTheFiles(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            outputs.file("sub/file", "content");
            Files.createSymbolicLink(outputs.output.resolve("absolute"), outputs.output.resolve("sub/file"));
            Files.createSymbolicLink(outputs.output.resolve("relative"), path(outputs, "sub", "file"));
            Files.createSymbolicLink(outputs.output.resolve("sub/up"), path(outputs, "..", "relative"));
            Archived archived = Archived.of(outputs.output);
            assertEquals(List.of("absolute", "relative", "sub/file", "sub/up"), archived.names());
            for (String name : archived.names()) {
                assertEquals("content", archived.text(name));
            }
            assertEquals(List.of(), archived.warnings());
        }
    }

    @ParameterizedTest
    @EnumSource
    void otherLinksAreLeftOutWithAWarning(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Files.writeString(outputs.outside.resolve("secret"), "SECRET");
            outputs.file("sub/file", "content");
            Files.createSymbolicLink(outputs.output.resolve("cycle"), path(outputs, "cycle2"));
            Files.createSymbolicLink(outputs.output.resolve("cycle2"), path(outputs, "cycle"));
            Files.createSymbolicLink(outputs.output.resolve("directory"), path(outputs, "sub"));
            Files.createSymbolicLink(outputs.output.resolve("nowhere"), path(outputs, "missing"));
            Files.createSymbolicLink(outputs.output.resolve("outside"), path(outputs, "..", "outside", "secret"));
            Files.createSymbolicLink(outputs.output.resolve("outside2"), outputs.outside.resolve("secret"));
            Files.createSymbolicLink(outputs.output.resolve("outside3"), path(outputs, "outside2"));
            Files.createSymbolicLink(outputs.output.resolve("outside4"), outputs.outside);
            Files.createSymbolicLink(outputs.output.resolve("root"), path(outputs, "."));
            Files.createSymbolicLink(outputs.output.resolve("sub/through"), path(outputs, "..", "outside4", "secret"));
            Archived archived = Archived.of(outputs.output);
            assertEquals(List.of("sub/file"), archived.names());
            String outside = "is a link that leads outside the output directory";
            assertEquals(
                    List.of(
                            "left out of the archive: \"cycle\" is a link that cannot be followed",
                            "left out of the archive: \"cycle2\" is a link that cannot be followed",
                            "left out of the archive: \"directory\" is a link to a directory",
                            "left out of the archive: \"nowhere\" is a link to nothing",
                            "left out of the archive: \"outside\" " + outside,
                            "left out of the archive: \"outside2\" " + outside,
                            "left out of the archive: \"outside3\" " + outside,
                            "left out of the archive: \"outside4\" " + outside,
                            "left out of the archive: \"root\" is a link to a directory",
                            "left out of the archive: \"sub/through\" " + outside),
                    archived.warnings());
        }
    }

    private static Path path(Outputs outputs, String first, String... more) {
        return outputs.output.getFileSystem().getPath(first, more);
    }

    @ParameterizedTest
    @EnumSource
    void directoryBesideTheOutputWithItsNameAsPrefixIsOutside(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Path beside = Files.createDirectory(outputs.output.resolveSibling("output2"));
            Files.writeString(beside.resolve("secret"), "SECRET");
            Files.createSymbolicLink(outputs.output.resolve("link"), beside.resolve("secret"));
            assertEquals(List.of(), Archived.of(outputs.output).names());
        }
    }

    @ParameterizedTest
    @EnumSource
    void directoryWithNothingThatIsArchivedIsKept(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Files.createDirectory(outputs.output.resolve("sub"));
            Files.createSymbolicLink(outputs.output.resolve("sub").resolve("link"), path(outputs, "missing"));
            assertEquals(List.of("sub/"), Archived.of(outputs.output).names());
        }
    }

    @Test
    void hundredWarningsComeOneByOne() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            for (int i = 0; i < 137; i++) {
                Files.createSymbolicLink(outputs.output.resolve("link" + i), path(outputs, "missing"));
            }
            List<String> warnings = Archived.of(outputs.output).warnings();
            assertEquals(101, warnings.size());
            assertEquals("and 37 more warnings like these", warnings.get(100));
        }
    }

    @Test
    void exactlyAHundredWarningsHaveNoRest() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            for (int i = 0; i < 100; i++) {
                Files.createSymbolicLink(outputs.output.resolve("link" + i), path(outputs, "missing"));
            }
            assertEquals(100, Archived.of(outputs.output).warnings().size());
        }
    }

    @Test
    void seventyThousandFilesAreArchived() throws IOException {
        try (FileSystem files = Jimfs.newFileSystem(Configuration.unix())) {
            Path output = Files.createDirectory(files.getPath("/output"));
            for (int i = 0; i < 70_000; i++) {
                Files.createFile(output.resolve("f" + i));
            }
            Path zip = Files.createTempFile("many", ".zip");
            try {
                Archived archived = Archived.of(output, helpers.threads(2));
                assertEquals(70_000, archived.names().size());
                Files.write(zip, archived.bytes());
                Tool.check(zip);
            } finally {
                Files.delete(zip);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void contentsBeyondMemoryGoThroughAScratchFile(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            for (int i = 0; i < 1000; i++) {
                outputs.file("file" + i, "content " + i);
            }
            List<Integer> scratchFiles = new ArrayList<>();
            Archived spilled = Archived.of(
                    outputs.output,
                    ArchiveOptions.builder()
                            .scratch(outputs.outside)
                            .directoryBufferBytes(5000)
                            .build(),
                    bytes -> scratchFiles.add(count(outputs.outside)));
            assertEquals(1, Collections.max(scratchFiles));
            assertEquals(0, count(outputs.outside));
            assertEquals(1000, spilled.names().size());
            assertArrayEquals(Archived.of(outputs.output).bytes(), spilled.bytes());
        }
    }

    @Test
    void scratchFileIsRemovedAfterAFailure() throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            for (int i = 0; i < 1000; i++) {
                outputs.file("file" + i, "content " + i);
            }
            ArchiveOptions options = ArchiveOptions.builder()
                    .scratch(outputs.outside)
                    .directoryBufferBytes(5000)
                    .build();
            IOException stop = new IOException("stop");
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> Archived.of(outputs.output, options, bytes -> {
                        if (count(outputs.outside) > 0) {
                            throw stop;
                        }
                    }));
            assertEquals(stop, thrown);
            assertEquals(0, count(outputs.outside));
        }
    }

    private static int count(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return (int) all.count();
        }
    }

    @Test
    void emptyTreeGivesAnArchiveWithoutEntries() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            Archived archived = Archived.of(outputs.output);
            assertEquals(new ArchiveResult(0, 0, 22), archived.result());
            assertEquals(22, archived.bytes().length);
        }
    }

    @ParameterizedTest
    @EnumSource
    void lostOutputDirectoryIsAnOutputLostException(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Files.writeString(outputs.outside.resolve("secret"), "SECRET");
            Files.delete(outputs.output);
            assertThrows(OutputLostException.class, () -> Archived.of(outputs.output));
            Files.createSymbolicLink(outputs.output, outputs.outside);
            assertThrows(OutputLostException.class, () -> Archived.of(outputs.output));
            Files.delete(outputs.output);
            Files.writeString(outputs.output, "a file");
            assertThrows(OutputLostException.class, () -> Archived.of(outputs.output));
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {"WINDOWS"},
            mode = EnumSource.Mode.EXCLUDE)
    void outputBelowALinkedParentIsArchived(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            outputs.file("a", "x");
            Files.createSymbolicLink(outputs.output.resolve("b"), path(outputs, "a"));
            Path link = Files.createSymbolicLink(outputs.outside.resolve("link"), outputs.output.getParent());
            Archived archived = Archived.of(link.resolve("output"));
            assertEquals(List.of("a", "b"), archived.names());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void progressAddsUpToAllBytes(int threads) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("large", CompressorTest.text(3_000_000));
            outputs.file("small", "x");
            List<Long> steps = new ArrayList<>();
            Archived.of(outputs.output, helpers.threads(threads), steps::add);
            assertEquals(3_000_001, steps.stream().mapToLong(step -> step).sum());
            assertTrue(Collections.max(steps) <= 1 << 20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void hookStopsTheArchive(int threads) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("large", CompressorTest.text(3_000_000));
            IOException stop = new IOException("stop");
            List<Long> steps = new ArrayList<>();
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> Archived.of(outputs.output, helpers.threads(threads), bytes -> {
                        steps.add(bytes);
                        throw stop;
                    }));
            assertEquals(stop, thrown);
            assertEquals(1, steps.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void interruptStopsTheArchiveAndStaysSet(int threads) throws IOException {
        for (Place place : Place.values()) {
            try (Outputs outputs = place.make()) {
                outputs.file("large", CompressorTest.text(3_000_000));
                assertThrows(
                        InterruptedIOException.class,
                        () -> Archived.of(
                                outputs.output,
                                helpers.threads(threads),
                                bytes -> Thread.currentThread().interrupt()));
                assertTrue(Thread.interrupted());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void failureOfTheStreamIsThrownAsItIs(int threads) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("large", CompressorTest.noise(3_000_000));
            IOException full = new IOException("full");
            OutputStream stream = new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    throw full;
                }
            };
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> Archive.write(
                            ArchiveFormat.ZIP,
                            OutputTree.of(outputs.output),
                            stream,
                            helpers.threads(threads),
                            w -> {},
                            bytes -> {}));
            assertEquals(full, thrown);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ZIP", "TAR_GZ"})
    void archiveThatIsStoppedHoldsNoDirectoryOpen(ArchiveFormat format) throws IOException {
        Path open = Path.of("/proc/self/fd");
        Assumptions.assumeTrue(Files.isDirectory(open), "only Linux tells what is open");
        try (Outputs outputs = Place.REAL.make()) {
            for (int i = 0; i < 100; i++) {
                outputs.file("d" + i + "/a", new String(CompressorTest.text(50_000), UTF_8));
            }
            for (int threads = 1; threads <= 3; threads++) {
                ArchiveOptions options = helpers.threads(threads);
                assertThrows(
                        IOException.class,
                        () -> Archived.of(format, outputs.output, options, bytes -> {
                            throw new IOException("stop");
                        }));
                try (Stream<Path> all = Files.list(open)) {
                    assertEquals(
                            List.of(),
                            all.filter(fd -> target(fd).contains(outputs.output.toString()))
                                    .toList());
                }
            }
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed by now
        }
    }

    @Test
    void streamIsFlushedAndNotClosed() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("a", "x");
            List<String> calls = new ArrayList<>();
            ByteArrayOutputStream stream = new ByteArrayOutputStream() {
                @Override
                public void flush() {
                    calls.add("flush " + size());
                }

                @Override
                public void close() {
                    calls.add("close");
                }
            };
            ArchiveResult result = Archive.write(
                    ArchiveFormat.ZIP,
                    OutputTree.of(outputs.output),
                    stream,
                    Archived.DEFAULTS,
                    w -> {},
                    ArchiveProgress.UNWATCHED);
            assertEquals(List.of("flush " + result.bytes()), calls);
        }
    }

    @Test
    void executorThatRefusesOrForgetsIsNotNeeded() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("large", CompressorTest.text(3_000_000));
            byte[] expected = Archived.of(outputs.output).bytes();
            List<Runnable> forgotten = new ArrayList<>();
            assertArrayEquals(
                    expected,
                    Archived.of(
                                    outputs.output,
                                    ArchiveOptions.builder()
                                            .threads(new ThreadBudget(3, forgotten::add))
                                            .build())
                            .bytes());
            assertEquals(2, forgotten.size());
            forgotten.forEach(Runnable::run);
            ArchiveOptions refusing = ArchiveOptions.builder()
                    .threads(new ThreadBudget(3, helper -> {
                        throw new RejectedExecutionException();
                    }))
                    .build();
            assertArrayEquals(expected, Archived.of(outputs.output, refusing).bytes());
            ArchiveOptions direct = ArchiveOptions.builder()
                    .threads(new ThreadBudget(3, Runnable::run))
                    .build();
            assertArrayEquals(expected, Archived.of(outputs.output, direct).bytes());
        }
    }

    @Test
    void fileThatGrowsIsArchivedAsLongAsItWas() throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            byte[] content = CompressorTest.text(3_000_000);
            Path large = outputs.file("large", content);
            Archived archived = Archived.of(outputs.output, Archived.DEFAULTS, bytes -> {
                Files.writeString(large, "more", StandardOpenOption.APPEND);
            });
            assertArrayEquals(content, archived.entries().get("large"));
            assertEquals(
                    List.of("grew while it was archived, only the first 3000000 bytes are in the archive: \"large\""),
                    archived.warnings());
        }
    }

    @Test
    void fileThatShrinksFailsTheArchive() throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Path large = outputs.file("large", CompressorTest.text(3_000_000));
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> Archived.of(outputs.output, Archived.DEFAULTS, bytes -> outputs.truncate(large)));
            assertEquals("output file shrank from 3000000 bytes while it was archived: \"large\"", thrown.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_000_000})
    void fileThatVanishesIsLeftOutWithAWarning(int size) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("a", CompressorTest.text(3_000_000));
            Path gone = outputs.file("b", CompressorTest.text(size));
            Archived archived = Archived.of(outputs.output, Archived.DEFAULTS, bytes -> Files.deleteIfExists(gone));
            assertEquals(List.of("a"), archived.names());
            assertEquals(List.of("left out of the archive: \"b\" vanished"), archived.warnings());
        }
    }

    @Test
    void fileReplacedByALinkIsNotFollowed() throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Path secret = Files.writeString(outputs.outside.resolve("secret"), "SECRET");
            outputs.file("a", CompressorTest.text(3_000_000));
            Path replaced = outputs.file("b", "harmless");
            for (int i = 0; i < 20; i++) {
                outputs.file("c" + i, CompressorTest.text(BLOCK));
            }
            assertThrows(
                    IOException.class,
                    () -> Archived.of(outputs.output, Archived.DEFAULTS, bytes -> {
                        if (Files.isRegularFile(replaced, LinkOption.NOFOLLOW_LINKS)) {
                            // The walk has seen b by the time that the last block of a is written.
                            if (bytes < BLOCK) {
                                Files.delete(replaced);
                                Files.createSymbolicLink(replaced, secret);
                            }
                        }
                    }));
        }
    }

    @Test
    void nameTooLongForTheFormatIsLeftOutWithAWarning() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            String most = "x".repeat(65_461);
            outputs.file(most, "fits");
            outputs.file(most + "y", "does not");
            Files.createDirectory(outputs.output.resolve("z".repeat(65_535)));
            Archived archived = Archived.of(outputs.output);
            assertEquals(List.of(most), archived.names());
            assertEquals(2, archived.warnings().size());
            assertTrue(archived.warnings().get(0).endsWith("xy\" has a name too long for a zip file"));
        }
    }

    @Test
    void warningsAreOnOneLine() throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Files.createSymbolicLink(outputs.output.resolve("a\n\"b\\\u001b"), Path.of("missing"));
            assertEquals(
                    List.of("left out of the archive: \"a\\x0a\\\"b\\\\\\x1b\" is a link to nothing"),
                    Archived.of(outputs.output).warnings());
        }
    }

    @ParameterizedTest
    @EnumSource
    void deepTreesAreArchived(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Path deep = outputs.output;
            StringBuilder name = new StringBuilder();
            int levels = place == Place.REAL ? 1000 : 200;
            for (int i = 0; i < levels; i++) {
                deep = deep.resolve("d");
                name.append("d/");
            }
            Files.createDirectories(deep);
            Files.writeString(deep.resolve("file"), "deep");
            Archived archived = Archived.of(outputs.output);
            assertEquals(List.of(name + "file"), archived.names());
            assertEquals("deep", archived.text(name + "file"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = "WINDOWS", mode = EnumSource.Mode.EXCLUDE)
    void strangeNamesAreKept(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            List<String> names = List.of(" ", "-rf", "a\nb", "a\\b", "a\"b", "a:b", "question?", "per%20cent", "~");
            for (String name : names) {
                outputs.file(name, name);
            }
            Archived archived = Archived.of(outputs.output);
            assertEquals(names.stream().sorted().toList(), archived.names());
            assertEquals("per%20cent", archived.text("per%20cent"));
        }
    }

    @Test
    void namesAreOrderedByTheirBytes() throws IOException {
        for (Place place : Place.values()) {
            try (Outputs outputs = place.make()) {
                // UTF-16 has the second before the first.
                outputs.file("\uffee", "");
                outputs.file("\ud83d\ude00", "");
                outputs.file("z", "");
                outputs.file("a/z", "");
                outputs.file("a.b", "");
                assertEquals(
                        List.of("a/z", "a.b", "z", "\uffee", "\ud83d\ude00"),
                        Archived.of(outputs.output).names());
            }
        }
    }

    @Test
    void namesInUtf8AreFlagged() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("é", "");
            byte[] bytes = Archived.of(outputs.output).bytes();
            assertEquals(8, bytes[7], "bit 11 of the local header's flags");
            assertEquals("é", new String(bytes, 30, 2, UTF_8));
            Files.delete(outputs.output.resolve("é"));
            outputs.file("e", "");
            assertFalse(Archived.of(outputs.output).bytes()[7] != 0);
        }
    }
}
