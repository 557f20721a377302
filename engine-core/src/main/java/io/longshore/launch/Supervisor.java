package io.longshore.launch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.longshore.workspace.PathText;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Starts supervisors, by a small program for an interpreter that this machine has. The program is handed over through stdin,
 * and so is each control directory's path: no file need be executable, and no locale can damage a path.
 */
final class Supervisor implements Closeable {
    private static final String USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

    /** What an interpreter itself may need; what would change how it runs a program is kept from it. */
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "LD_LIBRARY_PATH");

    /** More than the slowest disk takes for the few files of a launch. One that is answered later is found all the same. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The languages a supervisor is written in, the quicker first. What is on the command line loads the program. */
    enum Language {
        /** For the machines whose system calls the program knows. */
        PERL("perl", "supervisor.pl", "-e", """
                our ($arch, $size) = @ARGV;
                my $source = '';
                while (length $source < $size) {
                    sysread STDIN, $source, $size - length $source, length $source or exit 1;
                }
                eval $source;
                die $@ if $@;
                """),
        PYTHON("python3", "supervisor.py", "-I", "-S", "-c", """
                import os, sys
                source, size = b"", int(sys.argv[2])
                while len(source) < size:
                    part = os.read(0, size - len(source))
                    if not part:
                        sys.exit(1)
                    source += part
                exec(source)
                """);

        private static final ImmutableSet<String> KNOWN_TO_PERL =
                ImmutableSet.of("amd64", "aarch64", "riscv64", "loongarch64");

        private final String program;
        private final String resource;
        private final ImmutableList<String> arguments;

        Language(String program, String resource, String... arguments) {
            this.program = program;
            this.resource = resource;
            this.arguments = ImmutableList.copyOf(arguments);
        }

        private boolean isFor(String arch) {
            return this != PERL || KNOWN_TO_PERL.contains(arch);
        }
    }

    private final List<Language> languages;
    private final List<Path> directories;
    private final String arch;
    private final Duration patience;

    private @Nullable ForkServer server; // guarded by this
    private boolean closed; // guarded by this

    /**
     * Supervisors for a machine.
     *
     * @param languages which to try, in this order
     * @param directories where to look for their interpreters, in this order
     * @param arch the machine, as {@code os.arch} has it
     * @param patience how long a fork server that runs may take before it is replaced
     */
    Supervisor(List<Language> languages, List<Path> directories, String arch, Duration patience) {
        this.languages = languages;
        this.directories = directories;
        this.arch = arch;
        this.patience = patience;
    }

    static Supervisor ofThisMachine() {
        String path = System.getenv("PATH");
        List<Path> directories = Splitter.on(':')
                .splitToStream(path == null ? USUAL_PATH : path)
                .filter(directory ->
                        directory.startsWith("/") && US_ASCII.newEncoder().canEncode(directory))
                .map(Path::of)
                .toList();
        return new Supervisor(List.of(Language.values()), directories, System.getProperty("os.arch"), PATIENCE);
    }

    /**
     * What a supervisor says once it has begun.
     *
     * @param supervisor the supervisor, or empty if the launch was claimed before
     */
    record Answer(Optional<ProcessId> supervisor) {}

    /**
     * Starts a supervisor and returns once it has claimed the launch; a script that it cannot start then has that for its exit.
     *
     * @throws IOException if nothing was started, as far as is known
     * @throws InterruptedException if interrupted; it may begin all the same
     */
    Answer start(Control control, String nonce, Cookie cookie) throws IOException, InterruptedException {
        byte[] directory = PathText.of(control.directory()).getBytes(UTF_8);
        Optional<ForkServer> running = running();
        if (running.isPresent()) {
            Optional<String> answer = running.get().ask(directory, nonce, cookie.supervisor(), patience);
            if (answer.isPresent()) {
                return parse(answer.get());
            }
            // It was killed or stopped. If this launch was begun all the same, the next one finds it claimed.
            retire(running.get());
        }
        ForkServer started = started();
        Optional<String> answer = started.ask(directory, nonce, cookie.supervisor(), PATIENCE);
        if (answer.isEmpty()) {
            retire(started);
            throw new IOException("supervisor of a script could not be started by " + find().program()
                    + ": it ended without an answer: \"" + started.said() + "\"");
        }
        return parse(answer.get());
    }

    private synchronized Optional<ForkServer> running() {
        return Optional.ofNullable(server);
    }

    private synchronized ForkServer started() throws IOException {
        if (closed) {
            throw new IOException("launcher was closed before the script was started");
        }
        if (server == null) {
            if (!System.getProperty("os.name").equals("Linux")) {
                throw new IOException(
                        "scripts are supervised on Linux only, and this is \"" + System.getProperty("os.name") + "\"");
            }
            Found found = find();
            byte[] program = program(found.language());
            List<String> command = new ArrayList<>(List.of(found.program().toString()));
            command.addAll(found.language().arguments);
            command.addAll(List.of(arch, Integer.toString(program.length), "longshore-supervisor"));
            server = ForkServer.start(command, environment(), program);
        }
        return server;
    }

    private void retire(ForkServer ended) {
        synchronized (this) {
            if (server == ended) {
                server = null;
            }
        }
        ended.close();
    }

    /** Ends the fork server. What it forked goes on. */
    @Override
    public synchronized void close() {
        closed = true;
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private static Answer parse(String answer) throws IOException {
        List<String> words = Splitter.on(' ').limit(2).splitToList(answer);
        if (words.get(0).equals("taken")) {
            return new Answer(Optional.empty());
        }
        if (words.get(0).equals("claimed")) {
            List<String> id = Splitter.on(' ').splitToList(words.get(1));
            return new Answer(Optional.of(new ProcessId(Long.parseLong(id.get(0)), id.get(1))));
        }
        throw new IOException("supervisor of a script could not be started: " + words.get(words.size() - 1));
    }

    private static byte[] program(Language language) throws IOException {
        try (InputStream source = Supervisor.class.getResourceAsStream(language.resource)) {
            if (source == null) {
                throw new IOException("resource is missing: \"" + language.resource + "\"");
            }
            return source.readAllBytes();
        }
    }

    private static Map<String, @Nullable String> environment() {
        Map<String, @Nullable String> environment = new HashMap<>();
        for (String name : System.getenv().keySet()) {
            if (!INHERITED.contains(name)) {
                environment.put(name, null); // removes it
            }
        }
        return environment;
    }

    private record Found(Language language, Path program) {}

    private Found find() throws IOException {
        for (Language language : languages) {
            for (Path directory : language.isFor(arch) ? directories : List.<Path>of()) {
                Path program = directory.resolve(language.program);
                if (Files.isRegularFile(program) && Files.isExecutable(program)) {
                    return new Found(language, program);
                }
            }
        }
        throw new IOException("no script can be supervised: neither perl nor python3 (with ctypes) was found for "
                + arch + " in " + directories);
    }
}
