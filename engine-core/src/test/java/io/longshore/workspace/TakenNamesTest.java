package io.longshore.workspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TakenNamesTest {
    private static final int MORE_THAN_THE_HEAP_HOLDS = 200_000;

    @TempDir
    Path disk;

    @Test
    void manyAreKnownAndLeaveNoFile() throws IOException {
        takeMany(disk);
        try (Stream<Path> left = Files.list(disk)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void manyAreKnownWhereNoFileCanBeMapped() throws IOException {
        try (FileSystem memory = Jimfs.newFileSystem(Configuration.unix())) {
            Path directory = memory.getPath("/work");
            takeMany(directory);
            try (Stream<Path> left = Files.list(directory)) {
                assertEquals(0, left.count());
            }
        }
    }

    @Test
    void noRoomForManyIsToldWithTheDirectory() {
        TakenNames taken = new TakenNames(disk.resolve("absent"));
        NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> {
            for (int i = 0; i < MORE_THAN_THE_HEAP_HOLDS; i++) {
                taken.add("name " + i);
            }
        });
        assertTrue(e.getMessage().startsWith(disk.resolve("absent").toString()));
    }

    private static void takeMany(Path directory) throws IOException {
        TakenNames taken = new TakenNames(directory);
        for (int i = 0; i < MORE_THAN_THE_HEAP_HOLDS; i++) {
            assertTrue(taken.add("name " + i));
        }
        for (int i = 0; i < MORE_THAN_THE_HEAP_HOLDS; i++) {
            assertTrue(taken.contains("name " + i));
            assertFalse(taken.contains("another " + i));
        }
        assertFalse(taken.add("name 0"));
    }
}
