package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/**
 * Zip files that libdeflate helps with, made by JVMs of their own, as this one has the classes as a directory and not as a
 * jar. JVMs before version 22 cannot call it: there is nothing to test.
 */
@EnabledForJreRange(min = JRE.JAVA_22)
final class LibdeflateTest {
    private static final String ACCESS = "--enable-native-access=ALL-UNNAMED";

    @TempDir
    Path directory;

    private Path output;

    @BeforeEach
    void makeOutput() throws IOException {
        Tool.require("unzip", "bsdtar", "python3");
        Tool.requireLibrary("libdeflate.so.0");
        output = Files.createDirectory(directory.resolve("output"));
        Tool.shell("""
                cd "$1"; : >zero; echo x >x; seq 1 30000 >numbers; head -c 1000 /dev/urandom >noise; echo run >run; chmod 755 run
                head -c 262144 /dev/urandom >block-of-noise; seq 1 1000000 | head -c 262144 >block; seq 1 300000 >large
                for i in $(seq 1 1500); do seq $i $((2 * i)) >f$i; done
                """, output);
    }

    private byte[] archive(int threads, String... options) throws IOException {
        Path zip = directory.resolve("archive.zip");
        String said = Tool.archiveInChild(List.of(), List.of(options), output, zip, threads);
        assertEquals(1, said.lines().count(), said); // no warning of the JVM
        return Files.readAllBytes(zip);
    }

    @Test
    void filesComeBackAndAreTheSameWithAnyNumberOfThreads() throws IOException {
        byte[] archive = archive(1, ACCESS);
        Tool.check(directory.resolve("archive.zip"));
        Path extracted = Files.createDirectory(directory.resolve("extracted"));
        Tool.shell("unzip -qq \"$1\" -d \"$2\"", directory.resolve("archive.zip"), extracted);
        Tool.run("diff", "-r", output.toString(), extracted.toString());
        assertArrayEquals(archive, archive(3, ACCESS));
    }

    @Test
    void itIsNotUsedWithoutNativeAccessOrWhereTheOptionsForbidIt() throws IOException {
        byte[] expected = Archived.of(output).bytes();
        assertArrayEquals(expected, archive(2));
        assertArrayEquals(expected, archive(2, ACCESS, "-Dlibdeflate=false"));
        assertFalse(Arrays.equals(expected, archive(2, ACCESS)));
    }
}
