package io.longshore.launch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import io.longshore.spi.LaunchSpec;
import io.longshore.spi.ScriptExit;
import io.longshore.workspace.LogLimits;
import io.longshore.workspace.PathText;
import io.longshore.workspace.Workspace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The files of one launch. {@code launch}: what to start. {@code claim}: made exclusively by who decides whether it
 * starts, a supervisor or one who gives it up. {@code pid}: the script's process. {@code cancel}: the grace of a cancel.
 * {@code exit}: how it ended, all of it being gone.
 */
record Control(Path directory) {
    private static final String SUPERVISOR = "supervisor ";
    private static final String GIVEN_UP = "given-up\n";
    private static final int MAX_RECORD_BYTES = 1 << 16;
    private static final Duration CLAIM_WAIT = Duration.ofSeconds(2);

    /**
     * Who claimed a launch.
     *
     * @param supervisor its supervisor, or empty if the launch was given up
     */
    record Claim(Optional<ProcessId> supervisor) {}

    /** Writes what to start, for one supervisor alone; the one that claims the launch gives the file its name. */
    void writeLaunch(LaunchSpec spec, LogLimits limits, String nonce, Cookie cookie) throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        Stream<String> variables = spec.environment().entrySet().stream()
                .filter(e -> !e.getKey().equals(Cookie.SCRIPT))
                .map(e -> e.getKey() + "=" + e.getValue());
        Stream<String> head = Stream.of(
                PathText.of(spec.workingDirectory()),
                PathText.of(spec.stdout()),
                PathText.of(spec.stderr()),
                Long.toString(limits.headBytes()),
                Long.toString(limits.tailBytes()),
                Integer.toString(spec.argv().size()));
        Stream.of(head, spec.argv().stream(), variables, Stream.of(Cookie.SCRIPT + "=" + cookie.key()))
                .flatMap(fields -> fields)
                .forEach(field -> {
                    content.writeBytes(field.getBytes(UTF_8));
                    content.write(0);
                });
        Workspace.writePrivate(directory.resolve("launch-" + nonce), content.toByteArray());
    }

    void writeCancel(Duration grace) throws IOException {
        replace("cancel", (Math.max(0, grace.toMillis()) + "\n").getBytes(US_ASCII));
    }

    /** Gives up a launch that has not begun; false if somebody claimed it before. */
    boolean claim() throws IOException {
        Path file = directory.resolve("claim");
        boolean made = false;
        try (FileChannel claim =
                FileChannel.open(file, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
            made = true;
            ByteBuffer content = US_ASCII.encode(GIVEN_UP);
            while (content.hasRemaining()) {
                claim.write(content);
            }
            claim.force(true);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            if (made) {
                Files.deleteIfExists(file); // a claim that says nothing would hold up who comes next
            }
            throw e;
        }
    }

    /** Gives up a launch whose claim was never written to its end. */
    void replaceClaim() throws IOException {
        replace("claim", GIVEN_UP.getBytes(US_ASCII));
    }

    boolean isClaimed() {
        return Files.exists(directory.resolve("claim"), LinkOption.NOFOLLOW_LINKS);
    }

    /** Who claimed a launch that is claimed; empty if that is never written, as the claim's maker died over it. */
    Optional<Claim> awaitClaim() throws IOException {
        long start = System.nanoTime();
        while (true) {
            Optional<Claim> claim = read("claim").flatMap(Control::parseClaim);
            if (claim.isPresent() || System.nanoTime() - start > CLAIM_WAIT.toNanos()) {
                return claim;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while the launch was being claimed");
            }
        }
    }

    private static Optional<Claim> parseClaim(String claim) {
        if (claim.equals(GIVEN_UP)) {
            return Optional.of(new Claim(Optional.empty()));
        }
        return claim.startsWith(SUPERVISOR)
                ? parseProcess(claim.substring(SUPERVISOR.length())).map(process -> new Claim(Optional.of(process)))
                : Optional.empty();
    }

    /** A line that names a process: its number, its start time, and the boot in which the two mean something. */
    private static Optional<ProcessId> parseProcess(String line) {
        List<String> words = Splitter.on(' ').splitToList(line);
        if (!line.endsWith("\n") || words.size() != 3) {
            return Optional.empty();
        }
        try {
            boolean sameBoot = words.get(2).strip().equals(ProcessId.bootId());
            return Optional.of(new ProcessId(Long.parseLong(words.get(0)), sameBoot ? words.get(1) : "earlier boot"));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** How the script ended; empty while it runs. */
    Optional<ScriptExit> readExit() throws IOException {
        return read("exit").flatMap(Control::parseExit);
    }

    private static Optional<ScriptExit> parseExit(String text) {
        List<String> lines = text.lines().toList();
        List<String> survivors = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("survivor ")) {
                survivors.add(line.substring("survivor ".length()));
            }
        }
        if (!survivors.isEmpty()) {
            return Optional.of(new ScriptExit.Lost("processes of it could not be ended", survivors));
        }
        String[] words = lines.isEmpty() ? new String[0] : lines.get(0).split(" ", 2);
        if (words.length != 2) {
            return Optional.empty();
        }
        try {
            return switch (words[0]) {
                case "exited" -> Optional.of(new ScriptExit.Exited(Integer.parseInt(words[1])));
                case "signaled" -> Optional.of(new ScriptExit.Signaled(Signals.name(Integer.parseInt(words[1]))));
                case "not-started" -> Optional.of(new ScriptExit.NotStarted(words[1]));
                default -> Optional.empty();
            };
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** The script's process; empty if it was never recorded, or the record is gone. */
    Optional<ProcessId> readPid() throws IOException {
        return read("pid").flatMap(Control::parseProcess);
    }

    /** A small file as text; a script can put anything in its place. */
    private Optional<String> read(String name) throws IOException {
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer content = ByteBuffer.allocate((int) Math.min(channel.size(), MAX_RECORD_BYTES));
            while (content.hasRemaining() && channel.read(content) >= 0) {
                // until it is full
            }
            return Optional.of(UTF_8.decode(content.flip()).toString());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void replace(String name, byte[] content) throws IOException {
        Path made = directory.resolve(name + "-" + UUID.randomUUID());
        Workspace.writePrivate(made, content);
        Files.move(made, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
