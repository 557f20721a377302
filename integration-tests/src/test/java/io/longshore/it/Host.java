package io.longshore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.longshore.api.Engine;
import io.longshore.api.Failure;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.LongshoreEngine;
import io.longshore.engine.TinkSealer;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A host as embedders write one: a space and an engine in a directory, with real processes. After each test nothing may be
 * left: no process, no workspace, and no secret in clear in any file.
 */
final class Host implements BeforeEachCallback, AfterEachCallback {
    static final ObjectMapper JSON = new ObjectMapper();

    /** Far beyond what any job here takes; what is not over then hangs. */
    static final Duration LONG = Duration.ofSeconds(60);

    /** Where python3 itself is found, and not a wrapper that is slow and has variables of its own. */
    static final String PATH = pythons() + ":" + System.getenv("PATH");

    private static final int MOST_BYTES_SEARCHED = 1 << 22;

    private final UnaryOperator<LongshoreEngine.Builder> parts;
    private final List<String> secrets = new ArrayList<>();
    private final List<JobId> jobs = new ArrayList<>();
    private Path directory = Path.of("");
    private Optional<LocalSpace> space = Optional.empty();
    private Optional<Engine> engine = Optional.empty();

    Host() {
        this(builder -> builder);
    }

    /** A host whose engine differs from the usual one. */
    Host(UnaryOperator<LongshoreEngine.Builder> parts) {
        this.parts = parts;
    }

    private static Path pythons() {
        try {
            return Path.of(Tool.shell("python3 -c 'import sys; print(sys.executable)'")
                            .strip())
                    .getParent();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("the integration tests need python3", e);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        directory = Files.createTempDirectory("longshore-it-").toRealPath();
        Files.createDirectory(directory.resolve("marks"));
        space = Optional.of(LocalSpace.open(directory.resolve("space"), TinkSealer.inMemory()));
    }

    // ---- the engine and its space

    Path home() {
        return directory.resolve("home");
    }

    LocalSpace space() {
        return space.orElseThrow();
    }

    Engine engine() throws IOException {
        return engine.isPresent() ? engine.get() : engine(builder -> builder);
    }

    /** The engine with other parts than the usual ones; to be called before anything is submitted. */
    Engine engine(UnaryOperator<LongshoreEngine.Builder> more) throws IOException {
        assertTrue(engine.isEmpty(), "the engine is built already");
        LongshoreEngine.Builder builder = LongshoreEngine.builder()
                .home(home())
                .discovery(false)
                .hostEnvironment(Map.of("PATH", PATH, "HOME", directory.toString(), "LANG", "C.UTF-8"))
                .scripts(space().scripts())
                .connections(space().connections())
                .stopGrace(Duration.ofSeconds(2))
                .backoff(Duration.ofMillis(1), Duration.ofMillis(5));
        // Of two parts for one type the earlier serves it: the space's own come last.
        engine = Optional.of(more.apply(parts.apply(builder))
                .source(space().source())
                .sink(space().sink())
                .build());
        return engine.get();
    }

    /** Deploys a script of the given text. */
    Script deploy(String id, String file, String text) throws IOException {
        return space().deploy(script(id, file, text).build());
    }

    /** A script that lies in a directory of the host. */
    Script.Builder script(String id, String file, String text) throws IOException {
        Path scripts = Files.createDirectories(directory.resolve("scripts").resolve(id));
        return Script.ofFile(ScriptRef.of(id), Files.writeString(scripts.resolve(file), text));
    }

    Asset asset(String name, byte[] content) throws IOException {
        return space().add(new ByteArrayInputStream(content), name, "application/octet-stream");
    }

    Asset asset(String name, String content) throws IOException {
        return asset(name, content.getBytes(UTF_8));
    }

    /** Where a space keeps an asset's bytes. */
    Path bytesOf(Asset asset) {
        return space().directory()
                .resolve("assets")
                .resolve(asset.id().substring(0, 2))
                .resolve(asset.id())
                .resolve("bytes");
    }

    /** Names what must not be in any file once a test is over. */
    String secret(String value) {
        secrets.add(value);
        return value;
    }

    // ---- jobs

    Job submit(String document) throws IOException {
        return noted(engine().submit(document));
    }

    Job submit(JobRequest request) throws IOException {
        return noted(engine().submit(request));
    }

    private Job noted(Job job) {
        jobs.add(job.id());
        return job;
    }

    Job run(String document) throws IOException, InterruptedException {
        return ended(submit(document));
    }

    Job run(JobRequest request) throws IOException, InterruptedException {
        return ended(submit(request));
    }

    /** The job at its end; a job without one fails the test. */
    Job ended(Job job) throws IOException, InterruptedException {
        Job ended = engine().await(job.id(), LONG);
        assertTrue(ended.state().isTerminal(), () -> ended + " did not end: " + ended.items());
        return ended;
    }

    JsonNode document(Job job) throws IOException {
        return JSON.readTree(engine().document(job.id()));
    }

    static Failure failure(Job job) {
        return job.outcome()
                .flatMap(outcome -> outcome.failure())
                .orElseThrow(() -> new AssertionError(job + " has no failure"));
    }

    /** A WML submission of a deployment, with an output of the given name, and members for {@code scoring} before that. */
    static String wml(String deployment, String output, String... scoring) {
        StringBuilder members = new StringBuilder();
        for (String member : scoring) {
            members.append(member).append(',');
        }
        return """
                {"deployment":{"id":"%s"},"scoring":{%s"output_data_reference":
                  {"type":"data_asset","connection":{},"location":{"name":"%s"}}}}""".formatted(deployment, members, output);
    }

    static String inputs(Asset... assets) {
        List<String> references = new ArrayList<>();
        for (Asset asset : assets) {
            references.add(
                    "{\"type\":\"data_asset\",\"connection\":{},\"location\":{\"href\":\"" + asset.href() + "\"}}");
        }
        return "\"input_data_references\":[" + String.join(",", references) + "]";
    }

    // ---- what jobs leave

    /** The entries of an archive in the space, read by the JDK; a directory's name ends with a slash. */
    Map<String, byte[]> archive(String name) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        Asset asset = space().find(name).orElseThrow(() -> new AssertionError("there is no asset " + name));
        try (ZipFile zip = new ZipFile(bytesOf(asset).toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                entries.put(entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        return entries;
    }

    Map<String, String> texts(String name) throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        archive(name).forEach((entry, content) -> texts.put(entry, new String(content, UTF_8)));
        return texts;
    }

    List<String> assetNames() throws IOException {
        return space().listAll().stream().map(Asset::name).toList();
    }

    /** A file that scripts and tests tell each other things by; outside of all that the engine knows. */
    Path mark(String name) {
        return directory.resolve("marks").resolve(name);
    }

    /** Waits until a script has made a mark. */
    void awaitMark(String name) throws IOException, InterruptedException {
        Marks.await(mark(name));
    }

    List<Path> workspaces() throws IOException {
        try (Stream<Path> left = Files.list(home().resolve("work"))) {
            return left.toList();
        }
    }

    // ---- the end

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        List<String> left = new ArrayList<>();
        if (engine.isPresent()) {
            engine.get().close();
            for (Path workspace : workspaces()) {
                left.add("workspace " + workspace);
            }
        }
        Processes.holding(directory, jobs).forEach(process -> left.add("process " + process));
        filesWithSecrets().forEach(file -> left.add("secret in " + file));
        deleteAll(directory);
        assertEquals(List.of(), left);
    }

    /** The files of the home and the space that hold a secret in clear. */
    List<Path> filesWithSecrets() throws IOException {
        Set<Path> found = new TreeSet<>();
        for (String secret : secrets) {
            found.addAll(filesHolding(secret));
        }
        return List.copyOf(found);
    }

    /** The files of the home and the space that hold a text; those that end while they are searched do not count. */
    List<Path> filesHolding(String text) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String root : new String[] {"home", "space"}) {
            if (!Files.exists(directory.resolve(root))) {
                continue;
            }
            Files.walkFileTree(directory.resolve(root), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (attributes.isRegularFile() && attributes.size() < MOST_BYTES_SEARCHED) {
                        try {
                            if (Files.readString(file, ISO_8859_1).contains(text)) {
                                found.add(file);
                            }
                        } catch (NoSuchFileException e) {
                            // it has ended
                        }
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }
            });
        }
        return found;
    }

    static void deleteAll(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, java.io.IOException e) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
