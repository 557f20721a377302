package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.archive.Place.Outputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class OutputTreeTest {
    @ParameterizedTest
    @EnumSource
    void treeWithoutFilesAndDirectoriesIsEmpty(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            OutputTree tree = OutputTree.of(outputs.output);
            assertTrue(tree.isEmpty());
            Path file = outputs.file("file", "");
            assertFalse(tree.isEmpty());
            Files.delete(file);
            Path directory = Files.createDirectory(outputs.output.resolve("sub"));
            assertFalse(tree.isEmpty());
            Files.delete(directory);
            assertTrue(tree.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void linksOutsideAndToNothingCountAsNothing(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Path secret = Files.writeString(outputs.outside.resolve("secret"), "SECRET");
            Files.createSymbolicLink(outputs.output.resolve("a"), secret);
            Files.createSymbolicLink(outputs.output.resolve("b"), outputs.outside);
            Files.createSymbolicLink(
                    outputs.output.resolve("c"), outputs.output.getFileSystem().getPath("missing"));
            assertTrue(OutputTree.of(outputs.output).isEmpty());
        }
    }

    @Test
    void pipesAndSocketsCountAsNothing() throws IOException {
        try (Outputs outputs = Place.REAL.make()) {
            Tool.run("mkfifo", outputs.output.resolve("fifo").toString());
            Tool.shell(
                    "python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' \"$1\"",
                    outputs.output.resolve("socket"));
            assertTrue(OutputTree.of(outputs.output).isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void lostOutputDirectoryIsNotEmptyButLost(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            OutputTree tree = OutputTree.of(outputs.output);
            Files.delete(outputs.output);
            assertThrows(OutputLostException.class, tree::isEmpty);
            Files.createSymbolicLink(outputs.output, outputs.outside);
            assertThrows(OutputLostException.class, tree::isEmpty);
            assertThrows(OutputLostException.class, () -> tree.forEachTop(new Recording()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void topShowsFilesWithTheirContent(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            outputs.file("b", "content of b");
            outputs.file("sub/c", "content of c");
            Files.createSymbolicLink(
                    outputs.output.resolve("a"), outputs.output.getFileSystem().getPath("sub", "c"));
            Files.createSymbolicLink(outputs.output.resolve("out"), outputs.outside);
            Recording recording = new Recording();
            OutputTree.of(outputs.output).forEachTop(recording);
            assertEquals(
                    List.of(
                            "a: content of c",
                            "b: content of b",
                            "out is a link that leads outside the output directory",
                            "sub is a directory"),
                    recording.seen);
        }
    }

    private static final class Recording implements OutputTree.TopVisitor {
        private final List<String> seen = new ArrayList<>();

        @Override
        public void file(Path entry, Path content) throws IOException {
            assertFalse(Files.isSymbolicLink(content));
            seen.add(entry.getFileName() + ": " + Files.readString(content));
        }

        @Override
        public void skipped(Path entry, String why) {
            seen.add(entry.getFileName() + " " + why);
        }
    }
}
