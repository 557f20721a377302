package io.longshore.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.archive.Place.Outputs;
import java.io.IOException;
import java.io.InputStream;
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

    @ParameterizedTest
    @EnumSource
    void directoriesAreReadInPartsWhereTheyAreLarge(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            for (int i = 0; i < 40; i++) {
                outputs.file("file" + i, "content");
                outputs.file("sub" + i % 9 + "/" + i % 7 + "/deep" + i, "content");
            }
            List<String> expected = namesOf(OutputTree.of(outputs.output));
            assertEquals(
                    40 + 40,
                    expected.stream().filter(name -> !name.endsWith("/")).count());
            for (int most : new int[] {1, 2, 3, 40}) {
                assertEquals(expected, namesOf(OutputTree.of(outputs.output).withMostNames(most)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void deepTreesAreWalkedWithFewDirectoriesOpen(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            String deep = "d/".repeat(100);
            outputs.file(deep + "bottom", "content");
            for (int i = 2; i < deep.length(); i += 20) {
                outputs.file(deep.substring(0, i) + "e", "content");
            }
            List<String> files = namesOf(OutputTree.of(outputs.output)).stream()
                    .filter(name -> !name.endsWith("/"))
                    .toList();
            assertEquals(11, files.size());
            assertEquals(deep + "bottom", files.get(0));
            assertEquals("d/e", files.get(10));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNIX", "REAL"})
    void linkInPlaceOfADirectoryThatTheWalkIsInIsNotFollowed(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            for (String name : List.of("1", "2", "sub/3")) {
                outputs.file("a/" + name, "inside");
                Files.createDirectories(outputs.outside.resolve("sub"));
                Files.writeString(outputs.outside.resolve(name), "SECRET");
            }
            Path away = outputs.output.resolve("b");
            List<String> seen = new ArrayList<>();
            OutputTree.of(outputs.output).walk(new Names() {
                @Override
                public void file(OutputFile file) throws IOException {
                    if (seen.isEmpty()) {
                        Files.move(outputs.output.resolve("a"), away);
                        Files.createSymbolicLink(outputs.output.resolve("a"), outputs.outside);
                    }
                    try (InputStream content = file.open()) {
                        seen.add(new String(file.name(), UTF_8) + ": " + new String(content.readAllBytes(), UTF_8));
                    }
                }
            });
            assertEquals(List.of("a/1: inside", "a/2: inside", "a/sub/3: inside"), seen.subList(0, 3));
        }
    }

    @ParameterizedTest
    @EnumSource
    void linkInPlaceOfAFileIsNotFollowed(Place place) throws IOException {
        try (Outputs outputs = place.make()) {
            Path secret = Files.writeString(outputs.outside.resolve("secret"), "SECRET");
            Path replaced = outputs.file("a", "inside");
            OutputTree.of(outputs.output).walk(new Names() {
                @Override
                public void file(OutputFile file) throws IOException {
                    Files.delete(replaced);
                    Files.createSymbolicLink(replaced, secret);
                    assertThrows(IOException.class, file::open);
                }
            });
        }
    }

    private static List<String> namesOf(OutputTree tree) throws IOException {
        Names names = new Names();
        tree.walk(names);
        return names.seen;
    }

    private static class Names implements OutputTree.Visitor {
        private final List<String> seen = new ArrayList<>();

        @Override
        public void entered(byte[] name) {
            seen.add(new String(name, UTF_8));
        }

        @Override
        public void left(byte[] name) {}

        @Override
        public void file(OutputFile file) throws IOException {
            seen.add(new String(file.name(), UTF_8));
        }

        @Override
        public void skipped(byte[] name, String why) {
            seen.add(new String(name, UTF_8) + " " + why);
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
