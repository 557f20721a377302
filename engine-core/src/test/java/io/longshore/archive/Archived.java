package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.longshore.api.ArchiveFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/** An archive in memory, with what was said about it. */
final class Archived {
    static final ArchiveOptions DEFAULTS = ArchiveOptions.builder().build();

    private final byte[] bytes;
    private final ArchiveResult result;
    private final List<String> warnings;

    private Archived(byte[] bytes, ArchiveResult result, List<String> warnings) {
        this.bytes = bytes;
        this.result = result;
        this.warnings = warnings;
    }

    byte[] bytes() {
        return bytes;
    }

    ArchiveResult result() {
        return result;
    }

    List<String> warnings() {
        return warnings;
    }

    static Archived of(Path directory) throws IOException {
        return of(directory, DEFAULTS);
    }

    static Archived of(Path directory, ArchiveOptions options) throws IOException {
        return of(directory, options, ArchiveProgress.UNWATCHED);
    }

    static Archived of(Path directory, ArchiveOptions options, ArchiveProgress progress) throws IOException {
        return of(ArchiveFormat.ZIP, directory, options, progress);
    }

    static Archived of(ArchiveFormat format, Path directory, ArchiveOptions options, ArchiveProgress progress)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<String> warnings = new ArrayList<>();
        ArchiveResult result = Archive.write(format, OutputTree.of(directory), out, options, warnings::add, progress);
        return new Archived(out.toByteArray(), result, warnings);
    }

    /** The entries of a zip file by their names, in order, read by the JDK as a file; as a stream they must be the same. */
    Map<String, byte[]> entries() throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        Path file = Files.createTempFile("archived", ".zip");
        try {
            Files.write(file, bytes);
            try (ZipFile zip = new ZipFile(file.toFile())) {
                for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                    ZipEntry entry = all.nextElement();
                    byte[] content = zip.getInputStream(entry).readAllBytes();
                    CRC32 crc = new CRC32();
                    crc.update(content);
                    assertEquals(crc.getValue(), entry.getCrc(), entry.getName());
                    assertEquals(content.length, entry.getSize(), entry.getName());
                    entries.put(entry.getName(), content);
                }
            }
        } finally {
            Files.delete(file);
        }
        List<String> streamed = new ArrayList<>();
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                assertArrayEquals(entries.get(entry.getName()), zip.readAllBytes(), entry.getName());
                streamed.add(entry.getName());
            }
        }
        assertEquals(List.copyOf(entries.keySet()), streamed);
        assertEquals(entries.size(), result.entries());
        assertEquals(
                entries.values().stream().mapToLong(content -> content.length).sum(), result.uncompressedBytes());
        assertEquals(bytes.length, result.bytes());
        return entries;
    }

    List<String> names() throws IOException {
        return List.copyOf(entries().keySet());
    }

    String text(String name) throws IOException {
        return new String(entries().get(name), StandardCharsets.UTF_8);
    }
}
