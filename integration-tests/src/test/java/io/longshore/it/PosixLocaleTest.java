package io.longshore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A host without a locale: the JVM damages what is not ASCII, and jobs arrive whole all the same. */
@Timeout(180)
final class PosixLocaleTest {
    private static final String WORDS = PosixLocaleMain.WORDS;

    @Test // contract 1.2
    void textThatIsNotAsciiSurvivesAHostWithoutALocale(@TempDir Path directory) throws Exception {
        Path base = Files.createDirectory(directory.resolve(WORDS));
        String said =
                Tool.run(Tool.java(Map.of("PATH", Host.PATH), List.of("-Xmx128m"), PosixLocaleMain.class, directory));
        assertEquals("COMPLETED", said.strip());

        LocalSpace space = LocalSpace.open(base.resolve("space"));
        Asset output = space.find(WORDS).orElseThrow();
        Path file = base.resolve("output.zip");
        space.copy(output, file);
        Map<String, byte[]> entries = new HashMap<>();
        try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                entries.put(
                        new String(entry.getRawName(), ISO_8859_1),
                        zip.getInputStream(entry).readAllBytes());
            }
        }
        assertTrue(entries.containsKey(new String("žluť/🐎.txt".getBytes(UTF_8), ISO_8859_1)), entries::toString);
        assertTrue(entries.containsKey("\u00ff"), entries::toString);
        assertEquals(3, entries.size());

        Probe probe = new Probe(Host.JSON.readTree(entries.get("seen.json")));
        assertEquals(WORDS, probe.variable("WORDS"));
        assertEquals("ž", probe.variable("Ž"));
        assertEquals(
                List.of(WORDS, "ž"),
                List.of(
                        Probe.decoded(probe.seen().at("/arguments/0").textValue()),
                        Probe.decoded(probe.seen().at("/arguments/1").textValue())));
        assertEquals(Map.of(WORDS + ".csv", WORDS), probe.inputs());
        assertEquals(WORDS + ".csv", probe.json("manifest").at("/0/file").textValue());
        assertEquals(
                WORDS,
                probe.json("payload").at("/scoring/environment_variables/WORDS").textValue());
        assertTrue(probe.text("directory").startsWith(base.toRealPath() + "/home/work/"), probe.text("directory"));
        assertEquals(probe.text("directory"), probe.variable("WORKDIR"));
        assertFalse(probe.environment().containsKey("LANG"));
        try (var left = Files.list(base.resolve("home/work"))) {
            assertEquals(List.of(), left.toList());
        }
    }
}
