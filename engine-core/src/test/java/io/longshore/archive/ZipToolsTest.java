package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees made and archives read by the tools of a POSIX host. */
final class ZipToolsTest {
    @TempDir
    Path directory;

    private Path output;
    private Path zip;

    @BeforeEach
    void makeOutput() throws IOException {
        Tool.require("unzip", "bsdtar", "python3");
        output = Files.createDirectory(directory.resolve("output"));
        zip = directory.resolve("archive.zip");
    }

    private Archived archive() throws IOException {
        Archived archived = Archived.of(output);
        Files.write(zip, archived.bytes());
        return archived;
    }

    @Test
    void everyToolReadsTheArchiveAndExtractsTheTree() throws IOException {
        Tool.shell("""
                cd "$1"; mkdir -p sub/empty .dot; echo hello >sub/x; : >zero; seq 1 500000 >large; echo h >.dot/.h
                head -c 1000000 /dev/urandom >noise; head -c 30000 /dev/urandom >small-noise; echo run >run; chmod 755 run
                ln run hard; for i in $(seq 1 2000); do echo $i >sub/f$i; done; head -c 600000 /dev/zero >zeros
                """, output);
        archive();
        Tool.check(zip);
        for (String extract : List.of(
                "unzip -qq \"$1\" -d \"$2\"",
                "bsdtar -xf \"$1\" -C \"$2\"",
                "bsdtar -xf - -C \"$2\" <\"$1\"",
                "python3 -m zipfile -e \"$1\" \"$2\"")) {
            Path extracted = Files.createTempDirectory(directory, "extracted");
            Tool.shell(extract, zip, extracted);
            Tool.run("diff", "-r", output.toString(), extracted.toString());
        }
        Path extracted = Files.createDirectory(directory.resolve("modes"));
        Tool.run("unzip", "-qq", zip.toString(), "-d", extracted.toString());
        assertTrue(Files.isExecutable(extracted.resolve("run")));
        assertTrue(Files.isExecutable(extracted.resolve("hard")));
        assertFalse(Tool.run("stat", "-c", "%a", extracted.resolve("zero").toString())
                .startsWith("7"));
        assertEquals(
                "755\n",
                Tool.run(
                        "stat",
                        "-c",
                        "%a",
                        extracted.resolve("sub").resolve("empty").toString()));
    }

    @Test
    void toolsNoticeDamage() throws IOException {
        Tool.shell("seq 1 100000 >\"$1/large\"", output);
        byte[] bytes = archive().bytes();
        bytes[bytes.length / 2] ^= 1;
        Files.write(zip, bytes);
        assertThrows(AssertionError.class, () -> Tool.run("unzip", "-tqq", zip.toString()));
        assertThrows(AssertionError.class, () -> Tool.checkWithPython(zip));
        assertThrows(AssertionError.class, () -> Tool.checkWithBsdtar(zip));
    }

    @Test
    void specialFilesAreLeftOutWithAWarning() throws IOException {
        Tool.shell("""
                cd "$1"; echo x >file; mkfifo fifo; ln -s fifo link; ln -s /dev/zero zero
                python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
                if [ "$(id -u)" = 0 ]; then mknod null c 1 3; fi
                """, output);
        Archived archived = archive();
        assertEquals(List.of("file"), archived.names());
        List<String> expected = new ArrayList<>(List.of(
                "left out of the archive: \"fifo\" is a FIFO",
                "left out of the archive: \"link\" is a link to a special file"));
        if (Files.exists(output.resolve("null"))) {
            expected.add("left out of the archive: \"null\" is a device");
        }
        expected.add("left out of the archive: \"socket\" is a socket");
        expected.add("left out of the archive: \"zero\" is a link that leads outside the output directory");
        assertEquals(expected, archived.warnings());
    }

    @Test
    void namesThatAreNotUtf8KeepTheirBytes() throws IOException {
        Tool.shell("cd \"$1\"; echo x >\"$(printf 'a\\377b')\"; mkdir \"$(printf 'd\\376')\"; echo y >ok", output);
        Archived archived = archive();
        assertEquals(
                List.of(
                        "name is not UTF-8 and is kept as its bytes in the archive: \"a\\xffb\"",
                        "name is not UTF-8 and is kept as its bytes in the archive: \"d\\xfe/\""),
                archived.warnings());
        Path extracted = Files.createDirectory(directory.resolve("extracted"));
        Tool.shell("bsdtar -xf \"$1\" -C \"$2\"; diff -r \"$2\" \"$3\"", zip, extracted, output);
        Tool.run("unzip", "-tqq", zip.toString());
        Tool.checkWithPython(zip);
    }

    @Test
    void archiveIsTheSameUnderAPosixLocale() throws IOException {
        Tool.shell("""
                cd "$1"; mkdir žluť; echo 1 >žluť/日本; echo 2 >'what?'; echo 3 >"$(printf 'a\\377b')"; ln -s žluť/日本 é
                mkdir ž2 "$(printf 'd\\376')"; seq 1 100000 >ü; ln -s 'ü' "$(printf 'l\\375')"; echo 4 >'a b%20c'
                """, output);
        Archived here = archive();
        Path there = directory.resolve("posix.zip");
        String said = Tool.archiveInChild(List.of("env", "-i", "LC_ALL=POSIX"), List.of("-Xmx64m"), output, there, 2);
        assertArrayEquals(here.bytes(), Files.readAllBytes(there), said);
        assertEquals(9, here.result().entries());
        Tool.check(there);
    }

    @Test
    void unreadableFilesAndDirectoriesAreLeftOutWithAWarning() throws IOException {
        Tool.shell("""
                cd "$1"; echo x >file; echo y >hidden; seq 1 200000 >large; mkdir locked blind blank
                echo z >locked/z; echo z >blind/z; echo z >blank/z; chmod 0 hidden large blank/z; chmod 311 locked
                chmod 444 blind; ln -s blind/z link
                """, output);
        try {
            // Root reads everything, but not without its capabilities.
            List<String> before = Tool.run("id", "-u").equals("0\n")
                    ? List.of("setpriv", "--inh-caps=-all", "--bounding-set=-all")
                    : List.of();
            String said = Tool.archiveInChild(before, List.of("-Xmx64m"), output, zip, 1);
            assertEquals(
                    List.of(
                            "left out of the archive: \"blank/z\" cannot be read",
                            "left out of the archive: \"blind\" cannot be read",
                            "left out of the archive: \"hidden\" cannot be read",
                            "left out of the archive: \"large\" cannot be read",
                            "left out of the archive: \"link\" is a link that cannot be followed",
                            "left out of the archive: \"locked\" cannot be read"),
                    said.lines().filter(line -> line.startsWith("left")).toList());
            assertEquals("blank/\nfile\n", Tool.run("unzip", "-Z1", zip.toString()));
        } finally {
            Tool.shell("chmod -R u+rwX \"$1\"", output);
        }
    }

    @Test
    void treeDeeperThanAPathCanSayIsArchived() throws IOException {
        String name = "x".repeat(250);
        Tool.shell(
                "cd \"$1\"; echo y >y; for i in $(seq 1 20); do mkdir \"$2\"; cd -P \"./$2\"; done; echo z >z; ln -s z link",
                output,
                name);
        try {
            Archived archived = archive();
            assertEquals(
                    List.of("z\n", "y\n"), List.of(archived.text((name + "/").repeat(20) + "z"), archived.text("y")));
            assertEquals(1, archived.warnings().size());
            assertTrue(archived.warnings().get(0).endsWith("link\" is a link that cannot be followed"));
        } finally {
            Tool.shell("rm -rf \"$1\"", output);
        }
    }
}
