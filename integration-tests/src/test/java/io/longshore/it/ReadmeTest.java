package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows first compiles as it stands, and does what it says. */
@Timeout(180)
final class ReadmeTest {
    private static final Pattern FIRST_JAVA =
            Pattern.compile("^```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern MAIN_CLASS =
            Pattern.compile("^(?:public )?(?:final )?class (\\w+)", Pattern.MULTILINE);

    @Test
    void firstExampleRuns(@TempDir Path directory) throws Exception {
        Path root = Checkout.root();
        Matcher block = FIRST_JAVA.matcher(Files.readString(root.resolve("README.md")));
        assertTrue(block.find(), "README.md shows no Java");
        Matcher name = MAIN_CLASS.matcher(block.group(1));
        assertTrue(name.find(), "README.md's Java has no class");
        compile(directory, name.group(1), block.group(1));
        copy(root.resolve("examples"), directory.resolve("examples"));

        String said = Tool.run(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        directory + ":" + Tool.classPath(),
                        name.group(1))
                .directory(directory.toFile()));
        assertTrue(said.matches("COMPLETED: /v2/assets/[-0-9a-f]{36}\\n"), said);

        Path scores = directory.resolve("scores.zip");
        LocalSpace space = LocalSpace.open(directory.resolve("space"));
        space.copy(space.find("scores.zip").orElseThrow(), scores);
        try (ZipFile zip = new ZipFile(scores.toFile())) {
            assertEquals(
                    List.of("scores.csv", "summary.json"),
                    zip.stream().map(entry -> entry.getName()).sorted().toList());
        }
    }

    private static void compile(Path directory, String name, String text) throws IOException {
        Path source = Files.writeString(directory.resolve(name + ".java"), text);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of("-proc:none", "-cp", Tool.classPath(), "-d", directory.toString());
            assertTrue(
                    compiler.getTask(null, files, null, options, null, files.getJavaFileObjects(source))
                            .call(),
                    "README.md's Java does not compile");
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }
}
