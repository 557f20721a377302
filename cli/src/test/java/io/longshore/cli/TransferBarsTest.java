package io.longshore.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TransferBarsTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final TransferBars bars = new TransferBars(new Output(err), 60);

    private List<String> shown() {
        bars.close();
        return List.of(err.toString(StandardCharsets.UTF_8).split("[\r\n]+"));
    }

    @Test
    void whatHasNoKnownEndIsCounted() {
        bars.moved("stage", 3 << 20, OptionalLong.empty());
        List<String> shown = shown();
        assertEquals("stage       3.0 MiB", shown.get(shown.size() - 1));
        assertFalse(String.join("", shown).contains("?"), shown.toString());
    }

    @Test
    void itemsOfAFolderAreCountedAsWell() {
        bars.counted(3, 0);
        List<String> shown = shown();
        assertEquals("items             3", shown.get(shown.size() - 1));
    }

    @Test
    void endThatBecomesKnownMakesABar() {
        bars.moved("stage", 10, OptionalLong.empty());
        bars.moved("stage", 50, OptionalLong.of(100));
        List<String> shown = shown();
        assertFalse(String.join("", shown).contains("? %"), shown.toString());
        assertTrue(shown.get(shown.size() - 1).matches("stage +50% \\[.*\\] +50/100 bytes .*"), shown.toString());
    }
}
