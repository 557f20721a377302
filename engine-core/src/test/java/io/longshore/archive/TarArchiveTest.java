package io.longshore.archive;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.hash.Hashing;
import io.longshore.api.ArchiveFormat;
import io.longshore.archive.Place.Outputs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of the formats {@code tar.gz} and {@code tar.zst}, as other programs read them. */
final class TarArchiveTest {
    private static final int BLOCK = Buffers.BLOCK_BYTES;

    @TempDir
    Path directory;

    @RegisterExtension
    private final Helpers helpers = new Helpers();

    @BeforeEach
    void start() throws IOException {
        Tool.require("bsdtar", "gunzip", "python3", "tar", "zstd");
    }

    private static Archived archive(ArchiveFormat format, Outputs outputs) throws IOException {
        return archive(format, outputs, ArchiveProgress.UNWATCHED);
    }

    private static Archived archive(ArchiveFormat format, Outputs outputs, ArchiveProgress progress)
            throws IOException {
        return Archived.of(format, outputs.output, Archived.DEFAULTS, progress);
    }

    private Path write(ArchiveFormat format, Archived archived) throws IOException {
        assertEquals(archived.result().bytes(), archived.bytes().length);
        return Files.write(directory.resolve("archive." + format.id()), archived.bytes());
    }

    private List<String> entries(ArchiveFormat format, Archived archived) throws IOException {
        List<String> entries = Tool.tarEntries(write(format, archived));
        assertEquals(entries.size(), archived.result().entries());
        return entries;
    }

    private static String file(String name, byte[] content) {
        return "file 644 " + content.length + " " + Hashing.sha256().hashBytes(content) + " " + name;
    }

    private static String file(String name, String content) {
        return file(name, content.getBytes(UTF_8));
    }

    private static String folder(String name) {
        return "directory 755 0 - " + name;
    }

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
            for (ArchiveFormat format : List.of(ArchiveFormat.TAR_GZ, ArchiveFormat.TAR_ZST)) {
                Archived archived = archive(format, outputs);
                assertEquals(
                        List.of(
                                file(".hidden", "dot"),
                                file("empty", ""),
                                folder("none"),
                                folder("none/within"),
                                file("result.json", "{}"),
                                folder("sub"),
                                folder("sub/deeper"),
                                file("sub/deeper/y", "deeper"),
                                file("sub/x", "in sub"),
                                folder("žluť"),
                                file("žluť/日本 😀", "unicode")),
                        entries(format, archived));
                assertEquals(List.of(), archived.warnings());
                assertEquals(24, archived.result().uncompressedBytes());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void filesOfEverySizeComeBack(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            List<String> expected = new ArrayList<>();
            int[] sizes = {
                0,
                1,
                511,
                512,
                513,
                40_000,
                BLOCK - 1024,
                BLOCK - 512,
                BLOCK - 511,
                BLOCK,
                BLOCK + 1,
                3 * BLOCK,
                5_000_003
            };
            for (int size : sizes) {
                for (byte[] content : List.of(CompressorTest.noise(size), CompressorTest.text(size), new byte[size])) {
                    String name = "f%02d".formatted(expected.size());
                    outputs.file(name, content);
                    expected.add(file(name, content));
                }
            }
            for (int threads : new int[] {1, 3}) {
                Archived archived =
                        Archived.of(format, outputs.output, helpers.threads(threads), ArchiveProgress.UNWATCHED);
                assertEquals(expected, entries(format, archived));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void sameTreeGivesTheSameBytes(ArchiveFormat format) throws IOException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            names.add((i % 3 == 0 ? "b/" : i % 3 == 1 ? "é/" : "") + "f" + i * 7919 % 1000);
        }
        byte[] first = null;
        for (int round = 0; round < 4; round++) {
            Collections.shuffle(names, new Random(round));
            try (Outputs outputs = Place.UNIX.make()) {
                for (String name : names) {
                    Path file = outputs.file(name, "content of " + name);
                    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L + round * 86_400_000L));
                }
                outputs.file("large", CompressorTest.text(9_000_000));
                outputs.file("noise", CompressorTest.noise(2_000_000));
                byte[] bytes = Archived.of(
                                format, outputs.output, helpers.threads(1 + round), ArchiveProgress.UNWATCHED)
                        .bytes();
                if (first == null) {
                    first = bytes;
                }
                assertArrayEquals(first, bytes);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void everyToolReadsTheArchiveAndExtractsTheTree(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Tool.shell("""
                    cd "$1"; mkdir -p sub/empty .dot; echo hello >sub/x; : >zero; seq 1 500000 >large; echo h >.dot/.h
                    head -c 1000000 /dev/urandom >noise; echo run >run; chmod 755 run; head -c 600000 /dev/zero >zeros
                    for i in $(seq 1 2000); do echo $i >sub/f$i; done; mkdir -p "$2/$2"; echo long >"$2/$2/$2"
                    echo 100 >"$3"; echo ž >"$(printf 'a\\377b')"; echo 101 >"$(printf "$3\\376")"
                    """, outputs.output, "n".repeat(200), "x".repeat(100));
            Archived archived = archive(format, outputs);
            Path archive = write(format, archived);
            assertEquals(
                    List.of(
                            "name is not UTF-8 and is kept as its bytes in the archive: \"a\\xffb\"",
                            "name is not UTF-8 and is kept as its bytes in the archive: \"" + "x".repeat(100)
                                    + "\\xfe\""),
                    archived.warnings());
            for (String extract : List.of(
                    "tar --warning=no-unknown-keyword -xf \"$1\" -C \"$2\"",
                    "bsdtar -xf - -C \"$2\" <\"$1\"",
                    "case $1 in *.gz) gunzip -c \"$1\";; *) zstd -qdc \"$1\";; esac >\"$2.tar\"; "
                            + "LC_ALL=C.UTF-8 python3 -m tarfile -e \"$2.tar\" \"$2\"")) {
                Path extracted = Files.createTempDirectory(directory, "extracted");
                String said = Tool.shell(extract, archive, extracted);
                assertEquals("", said);
                Tool.run("diff", "-r", outputs.output.toString(), extracted.toString());
                assertTrue(Files.isExecutable(extracted.resolve("run")));
                assertEquals(
                        "rw-r--r--",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(extracted.resolve("zero"))));
                assertEquals(
                        "rwxr-xr-x",
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(extracted.resolve("sub/empty"))));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void toolsNoticeDamage(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("noise", CompressorTest.noise(1_000_000));
            Archived archived = archive(format, outputs);
            Path archive = write(format, archived);
            String test = "case $1 in *.gz) gunzip -t \"$1\";; *) zstd -qt \"$1\";; esac";
            Tool.shell(test, archive);
            archived.bytes()[500_000] ^= 1;
            write(format, archived);
            assertThrows(AssertionError.class, () -> Tool.shell(test, archive));
        }
    }

    @Test
    void gzipHasOneMemberAndTarEndsWithTwoEmptyBlocks() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("large", CompressorTest.text(1_000_000));
            outputs.file("small", "x");
            Archived archived = archive(ArchiveFormat.TAR_GZ, outputs);
            Tool.shell("""
                    python3 -c 'if True:
                        import sys, zlib
                        member = zlib.decompressobj(31)
                        member.decompress(open(sys.argv[1], "rb").read())
                        assert member.eof and not member.unused_data' "$1"
                    """, write(ArchiveFormat.TAR_GZ, archived));
            byte[] tar = new GZIPInputStream(new ByteArrayInputStream(archived.bytes())).readAllBytes();
            assertEquals(512 + 1_000_448 + 512 + 512 + 1024, tar.length);
            assertArrayEquals(new byte[1024], Arrays.copyOfRange(tar, tar.length - 1024, tar.length));
        }
    }

    @Test
    void zstdHasOneFrameWithAChecksum() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("large", CompressorTest.text(9_000_000));
            Path archive = write(ArchiveFormat.TAR_ZST, archive(ArchiveFormat.TAR_ZST, outputs));
            String listed = Tool.shell("zstd -lv \"$1\"", archive);
            assertTrue(listed.contains("# Zstandard Frames: 1\n"), listed);
            assertTrue(listed.contains("Check: XXH64"), listed);
        }
    }

    @Test
    void emptyTreeGivesAnArchiveWithoutEntries() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            for (ArchiveFormat format : List.of(ArchiveFormat.TAR_GZ, ArchiveFormat.TAR_ZST)) {
                assertEquals(List.of(), entries(format, archive(format, outputs)));
            }
        }
    }

    @Test
    void headerHoldsSizesAndNamesOfAnyLength() throws IOException {
        // Around where a record of the pax header, which begins with its own length, gets a digit more.
        List<String> expected = new ArrayList<>();
        for (int length : new int[] {1, 99, 100, 101, 237, 238, 239, 984, 985, 986, 987, 988, 9_987, 65_536}) {
            for (long size : new long[] {0, 077777777777L, 077777777777L + 1, Long.MAX_VALUE}) {
                byte[] name = "n".repeat(length).getBytes(US_ASCII);
                Files.write(directory.resolve("header" + expected.size()), TarHeader.ofFile(name, true, size));
                expected.add(length + " " + size + " 755");
            }
        }
        String said = Tool.shell("""
                python3 -c 'if True:
                    import sys, tarfile
                    for i in range(int(sys.argv[2])):
                        with open(sys.argv[1] + "/header" + str(i), "rb") as header:
                            entry = tarfile.open(fileobj=header, mode="r|").next()
                            print(len(entry.name), entry.size, "%o" % entry.mode)' "$1" "$2"
                """, directory, expected.size());
        assertEquals(expected, said.lines().toList());
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void linksAreFilesOrLeftOutWithAWarning(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Files.writeString(outputs.outside.resolve("secret"), "SECRET");
            outputs.file("sub/file", "content");
            Files.createSymbolicLink(outputs.output.resolve("inside"), Path.of("sub", "file"));
            Files.createSymbolicLink(outputs.output.resolve("outside"), outputs.outside.resolve("secret"));
            Files.createSymbolicLink(outputs.output.resolve("directory"), Path.of("sub"));
            Archived archived = archive(format, outputs);
            assertEquals(
                    List.of(file("inside", "content"), folder("sub"), file("sub/file", "content")),
                    entries(format, archived));
            assertEquals(
                    List.of(
                            "left out of the archive: \"directory\" is a link to a directory",
                            "left out of the archive: \"outside\" is a link that leads outside the output directory"),
                    archived.warnings());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void fileThatGrowsIsArchivedAsLongAsItWas(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            byte[] content = CompressorTest.text(3_000_000);
            Path large = outputs.file("large", content);
            Archived archived =
                    archive(format, outputs, bytes -> Files.writeString(large, "more", StandardOpenOption.APPEND));
            assertEquals(List.of(file("large", content)), entries(format, archived));
            assertEquals(
                    List.of("grew while it was archived, only the first 3000000 bytes are in the archive: \"large\""),
                    archived.warnings());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void fileThatShrinksFailsTheArchive(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Path large = outputs.file("large", CompressorTest.text(3_000_000));
            IOException thrown =
                    assertThrows(IOException.class, () -> archive(format, outputs, bytes -> outputs.truncate(large)));
            assertEquals("output file shrank from 3000000 bytes while it was archived: \"large\"", thrown.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1_000_000})
    void fileThatVanishesIsLeftOutWithAWarning(int size) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            byte[] first = CompressorTest.text(3_000_000);
            outputs.file("a", first);
            Path gone = outputs.file("b", CompressorTest.text(size));
            outputs.file("c", "stays");
            Archived archived = archive(ArchiveFormat.TAR_GZ, outputs, bytes -> Files.deleteIfExists(gone));
            assertEquals(List.of(file("a", first), file("c", "stays")), entries(ArchiveFormat.TAR_GZ, archived));
            assertEquals(List.of("left out of the archive: \"b\" vanished"), archived.warnings());
        }
    }

    @Test
    void nameTooLongForTheFormatIsLeftOutWithAWarning() throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            String most = "x".repeat(65_536);
            outputs.file(most, "fits");
            outputs.file(most + "y", "does not");
            Files.createDirectory(outputs.output.resolve("z".repeat(65_536)));
            Archived archived = archive(ArchiveFormat.TAR_GZ, outputs);
            assertEquals(List.of(file(most, "fits")), entries(ArchiveFormat.TAR_GZ, archived));
            assertEquals(2, archived.warnings().size());
            assertTrue(archived.warnings().get(0).endsWith("xy\" has a name too long for a tar file"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void progressAddsUpAndMayStopTheArchive(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.UNIX.make()) {
            outputs.file("large", CompressorTest.text(3_000_000));
            outputs.file("small", "x");
            List<Long> steps = new ArrayList<>();
            Archived.of(format, outputs.output, helpers.threads(2), steps::add);
            assertEquals(3_000_001, steps.stream().mapToLong(step -> step).sum());
            assertTrue(Collections.max(steps) <= 1 << 20);
            IOException stop = new IOException("stop");
            assertEquals(
                    stop,
                    assertThrows(
                            IOException.class,
                            () -> Archived.of(format, outputs.output, helpers.threads(2), bytes -> {
                                throw stop;
                            })));
            assertThrows(
                    InterruptedIOException.class,
                    () -> Archived.of(
                            format,
                            outputs.output,
                            helpers.threads(2),
                            bytes -> Thread.currentThread().interrupt()));
            assertTrue(Thread.interrupted());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TAR_GZ", "TAR_ZST"})
    void freshJvmUnderAPosixLocaleGivesTheSameBytesAndLeavesNothingInScratch(ArchiveFormat format) throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Tool.shell("""
                    cd "$1"; mkdir žluť; echo 1 >žluť/日本; echo 2 >'what?'; echo 3 >"$(printf 'a\\377b')"; seq 1 900000 >ü
                    """, outputs.output);
            Path there = outputs.outside.resolve("there");
            Path temporary = Files.createDirectory(directory.resolve("temporary"));
            String said = Tool.archiveInChild(
                    format,
                    List.of("env", "-i", "LC_ALL=POSIX"),
                    List.of("-Xmx32m", "-Djava.io.tmpdir=" + temporary),
                    outputs.output,
                    there,
                    2);
            assertArrayEquals(archive(format, outputs).bytes(), Files.readAllBytes(there), said);
            assertEquals("there\n", Tool.run("ls", "-A", outputs.outside.toString()));
            assertEquals("", Tool.shell("ls -A \"$1\" | grep -v hsperfdata || :", temporary));
        }
    }
}
