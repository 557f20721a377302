package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives past the limits of the old format; minutes of time, and 20 GiB of disk: in the profile {@code slow}. */
@Tag("slow")
final class LargeArchiveTest {
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

    @Test
    void fileBeyond4GiBIsArchived() throws IOException {
        Tool.shell("truncate -s 4400000000 \"$1/large\"; echo after >\"$1/z\"", output);
        Tool.archiveInChild(List.of(), List.of("-Xmx32m"), output, zip, 2);
        Tool.check(zip);
        checkWithJdk(List.of("large", "z"), List.of(4_400_000_000L, 6L));
    }

    @Test
    void filesJustBelowAndAt4GiBAreArchived() throws IOException {
        Tool.shell("truncate -s 4293918720 \"$1/a\"; truncate -s 4294967295 \"$1/b\"", output);
        Tool.archiveInChild(List.of(), List.of("-Xmx32m"), output, zip, 2);
        Tool.run("unzip", "-tqq", zip.toString());
        Tool.checkWithPython(zip);
        Tool.shell("bsdtar -xOf \"$1\" | wc -c | grep -qx 8588886015", zip);
        Tool.shell("bsdtar -xOf - <\"$1\" | wc -c | grep -qx 8588886015", zip);
        Tool.shell("bsdtar -xOf \"$1\" b | tr -d '\\000' | wc -c | grep -qx 0", zip);
    }

    @Test
    void archiveBeyond4GiBIsReadable() throws IOException {
        Tool.shell("head -c 4400000000 /dev/urandom >\"$1/noise\"; echo after >\"$1/z\"", output);
        Tool.archiveInChild(List.of(), List.of("-Xmx32m"), output, zip, 2);
        assertTrue(Files.size(zip) > 4_400_000_000L);
        Tool.check(zip);
        checkWithJdk(List.of("noise", "z"), List.of(4_400_000_000L, 6L));
        Tool.shell("unzip -p \"$1\" noise | cmp - \"$2/noise\"", zip, output);
    }

    @Test
    void smallHeapIsEnoughForAGigabyteAndManyFiles() throws IOException {
        Tool.shell("truncate -s 1G \"$1/large\"", output);
        for (int i = 0; i < 300; i++) {
            Path sub = Files.createDirectory(output.resolve("directory-" + i));
            for (int j = 0; j < 1000; j++) {
                Files.createFile(sub.resolve("a-name-of-some-length-" + j));
            }
        }
        String said = Tool.archiveInChild(List.of(), List.of("-Xmx32m"), output, zip, 2);
        assertTrue(said.contains("entries=300001"), said);
        Tool.check(zip);
        try (ZipFile file = new ZipFile(zip.toFile())) {
            assertEquals(300_001, file.size());
        }
    }

    @Test
    void smallHeapIsEnoughForAMillionFilesInOneDirectory() throws IOException {
        for (int i = 0; i < 1_000_000; i++) {
            Files.createFile(output.resolve("a-name-of-some-length-" + i));
        }
        String said = Tool.archiveInChild(List.of(), List.of("-Xmx32m"), output, zip, 2);
        assertTrue(said.contains("entries=1000000"), said);
        Tool.run("unzip", "-tqq", zip.toString());
    }

    private void checkWithJdk(List<String> names, List<Long> sizes) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            for (int i = 0; i < names.size(); i++) {
                ZipEntry entry = file.getEntry(names.get(i));
                assertEquals(sizes.get(i), entry.getSize());
                try (InputStream in = file.getInputStream(entry)) {
                    assertEquals(sizes.get(i), in.transferTo(OutputStream.nullOutputStream()));
                }
            }
        }
        try (InputStream in = new BufferedInputStream(Files.newInputStream(zip), 1 << 16);
                ZipInputStream stream = new ZipInputStream(in)) {
            for (int i = 0; i < names.size(); i++) {
                assertEquals(names.get(i), stream.getNextEntry().getName());
                assertEquals(sizes.get(i), stream.transferTo(OutputStream.nullOutputStream()));
            }
        }
    }
}
