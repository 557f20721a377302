package io.longshore.launch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.longshore.workspace.PathText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.zeroturnaround.exec.InvalidExitValueException;
import org.zeroturnaround.exec.MessageLoggers;
import org.zeroturnaround.exec.ProcessExecutor;
import org.zeroturnaround.exec.stream.ExecuteStreamHandler;

/**
 * Starts supervisors: a small program for an interpreter that this machine has. It is handed over through stdin together
 * with the control directory's path, so that no file need be executable and no locale can damage the path.
 */
final class Supervisor {
    private static final String USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

    /** What an interpreter itself may need; what would change how it runs a program is kept from it. */
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "LD_LIBRARY_PATH");

    /**
     * The languages a supervisor is written in, the quicker first. What is on the command line loads the program, in an orphan:
     * it forks before there is much to copy. What waits for the answer is the process that the JVM started, which may be
     * killed at any time, and not the supervisor.
     */
    enum Language {
        /** For the machines whose system calls the program knows. */
        PERL("perl", "supervisor.pl", "-e", """
                pipe my $heard, our $answer and defined(my $detached = fork)
                    or syswrite(STDOUT, "error a process could not be made: $!\\n"), exit 1;
                if ($detached) {
                    close $answer;
                    close STDIN;
                    while (sysread $heard, my $part, 4096) {
                        syswrite STDOUT, $part;
                    }
                    exit 0;
                }
                close $heard;
                local $/;
                our ($control, $nonce, $arch, $source) = split /\\0/, <STDIN>, 4;
                eval $source;
                die $@ if $@;
                """),
        PYTHON("python3", "supervisor.py", "-I", "-S", "-c", """
                import os, sys
                try:
                    heard, answer = os.pipe()
                    detached = os.fork()
                except OSError as e:
                    print("error a process could not be made: " + e.strerror)
                    sys.exit(1)
                if detached:
                    os.close(answer)
                    os.close(0)
                    part = os.read(heard, 4096)
                    while part:
                        os.write(1, part)
                        part = os.read(heard, 4096)
                    os._exit(0)
                os.close(heard)
                control, nonce, arch, source = sys.stdin.buffer.read().split(b"\\0", 3)
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

    /**
     * Supervisors for a machine.
     *
     * @param languages which to try, in this order
     * @param directories where to look for their interpreters, in this order
     * @param arch the machine, as {@code os.arch} has it
     */
    Supervisor(List<Language> languages, List<Path> directories, String arch) {
        this.languages = languages;
        this.directories = directories;
        this.arch = arch;
    }

    static Supervisor ofThisMachine() {
        String path = System.getenv("PATH");
        List<Path> directories = Splitter.on(':')
                .splitToStream(path == null ? USUAL_PATH : path)
                .filter(directory ->
                        directory.startsWith("/") && US_ASCII.newEncoder().canEncode(directory))
                .map(Path::of)
                .toList();
        return new Supervisor(List.of(Language.values()), directories, System.getProperty("os.arch"));
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
        if (!System.getProperty("os.name").equals("Linux")) {
            throw new IOException(
                    "scripts are supervised on Linux only, and this is \"" + System.getProperty("os.name") + "\"");
        }
        Found found = find();
        Talk talk = new Talk(input(found.language(), control, nonce));
        List<String> command = new ArrayList<>(List.of(found.program().toString()));
        command.addAll(found.language().arguments);
        command.add("longshore-supervisor"); // for people who list processes
        command.add(cookie.key());
        try {
            new ProcessExecutor(command)
                    .environment(environment(cookie))
                    .redirectErrorStream(false)
                    .streams(talk)
                    .setMessageLogger(MessageLoggers.NOP)
                    .exitValueAny()
                    .executeNoTimeout();
        } catch (InvalidExitValueException e) {
            throw new IOException("supervisor of a script could not be run: " + e.getMessage(), e);
        }
        return answer(talk, found);
    }

    private static Answer answer(Talk talk, Found found) throws IOException {
        String[] words = talk.output().strip().split(" ", 2);
        if (words[0].equals("taken")) {
            return new Answer(Optional.empty());
        }
        if (words[0].equals("claimed") && words.length == 2) {
            List<String> id = Splitter.on(' ').splitToList(words[1]);
            return new Answer(Optional.of(new ProcessId(Long.parseLong(id.get(0)), id.get(1))));
        }
        String said = words[0].equals("error") && words.length == 2
                ? words[1]
                : "it ended without an answer: \"" + talk.errors().strip() + "\"";
        throw new IOException("supervisor of a script could not be started by " + found.program() + ": " + said);
    }

    private byte[] input(Language language, Control control, String nonce) throws IOException {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        for (String field : List.of(PathText.of(control.directory()), nonce, arch)) {
            input.writeBytes(field.getBytes(UTF_8));
            input.write(0);
        }
        try (InputStream source = Supervisor.class.getResourceAsStream(language.resource)) {
            if (source == null) {
                throw new IOException("resource is missing: \"" + language.resource + "\"");
            }
            source.transferTo(input);
        }
        return input.toByteArray();
    }

    private static Map<String, @Nullable String> environment(Cookie cookie) {
        Map<String, @Nullable String> environment = new HashMap<>();
        for (String name : System.getenv().keySet()) {
            if (!INHERITED.contains(name)) {
                environment.put(name, null); // removes it
            }
        }
        environment.put(Cookie.SUPERVISOR, cookie.key());
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

    /** Talks with the supervisor on the caller's thread; all that is said is small enough for a pipe. */
    private static final class Talk implements ExecuteStreamHandler {
        private final byte[] input;
        private @Nullable InputStream out;
        private @Nullable InputStream err;
        private String output = "";
        private String errors = "";

        Talk(byte[] input) {
            this.input = input;
        }

        @Override
        public void setProcessInputStream(OutputStream stream) {
            try (stream) {
                stream.write(input);
            } catch (IOException e) {
                // It ended before it read all: its answer, or the want of one, says more.
            }
        }

        @Override
        public void setProcessErrorStream(@Nullable InputStream stream) {
            err = stream;
        }

        @Override
        public void setProcessOutputStream(InputStream stream) {
            out = stream;
        }

        @Override
        public void start() {}

        @Override
        public void stop() {
            output = read(out);
            errors = read(err);
        }

        private static String read(@Nullable InputStream stream) {
            if (stream == null) {
                return "";
            }
            try (stream) {
                return new String(stream.readAllBytes(), UTF_8);
            } catch (IOException e) {
                return ""; // closed, as the process was given up
            }
        }

        String output() {
            return output;
        }

        String errors() {
            return errors;
        }
    }
}
