package io.longshore.storage.local;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.JobId;
import io.longshore.api.ScriptRef;
import io.longshore.spi.Access;
import io.longshore.spi.Published;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several processes on one space, some of which are killed. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SpaceProcessesTest {
    /** A JVM with {@link SpaceProcess}. */
    private static final class Child implements Closeable {
        private final Process process;
        private final BufferedReader lines;

        Child(String locale, String... arguments) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    ProcessHandle.current().info().command().orElseThrow(),
                    "-XX:+UseSerialGC",
                    "-Xmx128m",
                    "-XX:+DisplayVMOutputToStderr", // the JVM's own warnings are no answers
                    "-Xlog:disable",
                    "-Xlog:all=warning:stderr",
                    "-cp",
                    System.getProperty("java.class.path"),
                    SpaceProcess.class.getName()));
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
            builder.environment().put("LC_ALL", locale);
            process = builder.start();
            lines = process.inputReader(StandardCharsets.UTF_8);
        }

        String line() throws IOException {
            String line = lines.readLine();
            assertNotNull(line, "the other process says something");
            return line;
        }

        List<String> rest() {
            return lines.lines().toList();
        }

        void tell(char word) throws IOException {
            process.getOutputStream().write(word);
            process.getOutputStream().flush();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        int exitCode() throws InterruptedException {
            return process.waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void processesAtOnceDoNoHarm(@TempDir Path directory) throws Exception {
        JobId job = JobId.random();
        int rounds = 60;
        Path home = directory.resolve("space");
        String[] arguments = {"publish", home.toString(), Integer.toString(rounds), job.value()};
        try (Child one = new Child("C.UTF-8", arguments);
                Child other = new Child("C.UTF-8", arguments)) {
            assertEquals("ready", one.line());
            assertEquals("ready", other.line());
            one.tell('1');
            other.tell('2');
            List<String> ones = one.rest();
            List<String> others = other.rest();
            assertEquals(0, one.exitCode());
            assertEquals(0, other.exitCode());
            assertEquals(rounds, ones.size(), ones::toString);
            assertEquals(rounds, others.size(), others::toString);
            LocalSpace space = LocalSpace.open(home);
            Set<String> added = new HashSet<>();
            for (int i = 0; i < rounds; i++) {
                added.add(ones.get(i).split(" ", -1)[0]);
                added.add(others.get(i).split(" ", -1)[0]);
                String published = ones.get(i).split(" ", -1)[1];
                assertEquals(published, others.get(i).split(" ", -1)[1], "one key, one asset");
                Optional<Published> found = space.sink().find(SpaceProcess.publication(job, i), Access.none());
                assertEquals(published, found.orElseThrow().href());
            }
            assertEquals(2 * rounds, added.size());
            assertEquals(3 * rounds, space.listAll().size());
            assertAllWhole(space);
            assertNewestIsTheSameForAll(space);
            assertTrue(space.scripts().find(ScriptRef.of("script")).isPresent());
            assertEquals(List.of(), new SpaceByHand(home).leftovers());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 9, 14, 20})
    void whatIsSaidToBeThereIsThereAfterAKill(int lines, @TempDir Path directory) throws Exception {
        JobId job = JobId.random();
        Path home = directory.resolve("space");
        try (Child child = new Child("C.UTF-8", "publish", home.toString(), "100000", job.value())) {
            assertEquals("ready", child.line());
            child.tell('1');
            List<String> said = new ArrayList<>();
            for (int i = 0; i < lines; i++) {
                said.add(child.line());
            }
            child.kill();
            LocalSpace space = LocalSpace.open(home);
            for (String line : said) {
                for (String href : line.split(" ", -1)) {
                    assertTrue(
                            space.find(href.substring("/v2/assets/".length())).isPresent(), href);
                }
            }
            assertAllWhole(space);
            assertNewestIsTheSameForAll(space);
            assertEquals(List.of(), new SpaceByHand(home).leftovers());
        }
    }

    @Test
    void anotherProcessesUploadIsLeftAloneWhileItLives(@TempDir Path directory) throws Exception {
        Path home = directory.resolve("space");
        SpaceByHand byHand = new SpaceByHand(home);
        try (Child child = new Child("C.UTF-8", "hold", home.toString())) {
            assertEquals("held", child.line());
            LocalSpace.open(home);
            assertFalse(byHand.leftovers().isEmpty());
            child.tell('c');
            String href = child.line();
            assertEquals(
                    href,
                    LocalSpace.open(home).find("published 0").orElseThrow().href());
        }
        try (Child child = new Child("C.UTF-8", "hold", home.toString())) {
            assertEquals("held", child.line());
            child.kill();
            assertFalse(byHand.leftovers().isEmpty());
            LocalSpace space = LocalSpace.open(home);
            assertEquals(List.of(), byHand.leftovers());
            assertEquals(1, space.listAll().size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POSIX", "C.UTF-8"})
    void namesDoNotDependOnTheLocale(String locale, @TempDir Path directory) throws Exception {
        Files.writeString(Files.createDirectories(directory.resolve("scripts")).resolve("skóre.py"), "print(1)");
        Files.write(directory.resolve("žluť.csv"), new byte[] {1, 2, 3});
        try (Child child = new Child(locale, "names", directory.toString())) {
            assertEquals("done", child.line());
            assertEquals(0, child.exitCode());
        }
        LocalSpace space = LocalSpace.open(directory.resolve("space"));
        assertEquals(1, space.find(SpaceProcess.NAME).orElseThrow().sizeBytes());
        Path script = space.scripts()
                .find(ScriptRef.of("skóre", "1"))
                .orElseThrow()
                .file()
                .orElseThrow();
        assertEquals("skóre.py", script.getFileName().toString());
        assertArrayEquals(new byte[] {1, 2, 3}, Files.readAllBytes(directory.resolve("fetched")));
        assertArrayEquals(new byte[] {2}, Files.readAllBytes(directory.resolve("výstup.zip")));
    }

    private static void assertAllWhole(LocalSpace space) throws IOException {
        for (Asset asset : space.listAll()) {
            try (InputStream in = space.open(asset)) {
                byte[] content = in.readAllBytes();
                byte[] expected = new byte[SpaceProcess.CONTENT_BYTES];
                Arrays.fill(expected, content[0]);
                assertArrayEquals(expected, content);
            }
        }
    }

    private static void assertNewestIsTheSameForAll(LocalSpace space) throws IOException {
        for (Asset asset : space.list()) {
            assertEquals(Optional.of(asset), space.find(asset.name()));
        }
    }
}
