package io.longshore.launch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.zeroturnaround.exec.MessageLoggers;
import org.zeroturnaround.exec.ProcessExecutor;
import org.zeroturnaround.exec.stream.ExecuteStreamHandler;

/**
 * A process that forks a supervisor for each launch, as starting an interpreter for each would cost more than most scripts do,
 * and from the second launch on the next one ahead. It ends with this JVM, and so does what waits for a launch; what supervises
 * a script does not.
 *
 * <p><b>Threads:</b> thread-safe. One thread reads its answers.
 */
final class ForkServer implements Closeable {
    private static final String READY = "ready";

    private final CompletableFuture<OutputStream> stdin = new CompletableFuture<>();
    private final Map<String, CompletableFuture<String>> asked = new ConcurrentHashMap<>(); // by nonce
    private volatile @Nullable ProcessHandle process; // once it has said its number
    private volatile boolean over;
    private volatile String said = ""; // the last line that is no answer

    private ForkServer() {}

    /**
     * Starts one.
     *
     * @param command an interpreter, and what it needs to read its program from stdin
     * @param environment its variables; null removes one of this JVM's
     * @param program what stdin begins with
     * @throws IOException if it cannot be started
     */
    static ForkServer start(List<String> command, Map<String, @Nullable String> environment, byte[] program)
            throws IOException {
        ForkServer server = new ForkServer();
        Thread reader = new Thread(() -> server.run(command, environment), "longshore-launch-server");
        reader.setDaemon(true);
        reader.start();
        try {
            server.write(program);
        } catch (CompletionException e) {
            throw new IOException("supervisor of scripts could not be run: " + e.getMessage(), e);
        } catch (IOException e) {
            // It ended before it read all: the want of an answer says more.
        }
        return server;
    }

    /**
     * Asks for a supervisor.
     *
     * @param control the launch's control directory, as bytes
     * @param nonce what names the request, and its launch file
     * @param name what the process is to be called
     * @param patience how long the answer may take
     * @return its answer, or empty if there is none, as the server has ended or is hung
     * @throws InterruptedException if interrupted; a supervisor may begin all the same
     */
    Optional<String> ask(byte[] control, String nonce, String name, Duration patience) throws InterruptedException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(control);
        request.writeBytes(("\0" + nonce + "\0" + name + "\0").getBytes(UTF_8));
        CompletableFuture<String> answer = new CompletableFuture<>();
        asked.put(nonce, answer);
        try {
            try {
                write(request.toByteArray());
            } catch (IOException e) {
                // It has ended or is about to; what it said is read to the end all the same.
            }
            if (over) {
                // Unless it has answered: it may have ended before this was asked.
                answer.completeExceptionally(ended());
            }
            return Optional.of(answer.get(patience.toNanos(), TimeUnit.NANOSECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        } finally {
            asked.remove(nonce);
        }
    }

    private void write(byte[] bytes) throws IOException {
        OutputStream in = stdin.join(); // which an interrupt does not end: what was started would be nobody's
        synchronized (in) {
            in.write(bytes);
            in.flush();
        }
    }

    /** What it said last that was no answer, for people. */
    String said() {
        return said;
    }

    /** Ends it; the supervisors go on. */
    @Override
    public void close() {
        ProcessHandle known = process;
        if (known != null) {
            known.destroyForcibly();
        }
        try {
            stdin.join().close(); // which it reads as its end, if it has not said its number yet
        } catch (IOException e) {
            // it has ended
        }
    }

    private void run(List<String> command, Map<String, @Nullable String> environment) {
        try {
            new ProcessExecutor(command)
                    .environment(environment)
                    .redirectErrorStream(true)
                    .streams(new Talk())
                    .setMessageLogger(MessageLoggers.NOP)
                    .exitValueAny()
                    .executeNoTimeout();
        } catch (IOException | RuntimeException | Error e) { // such as that there is no thread to wait for the process
            stdin.completeExceptionally(e);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
    }

    private void read(InputStream stdout) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stdout, UTF_8))) {
            String line = lines.readLine();
            while (line != null) {
                heard(line);
                line = lines.readLine();
            }
        } catch (IOException e) {
            // it was given up
        } finally {
            over = true;
            asked.values().forEach(answer -> answer.completeExceptionally(ended()));
        }
    }

    private static IOException ended() {
        return new IOException("it ended");
    }

    private void heard(String line) {
        String[] words = line.split(" ", 2);
        CompletableFuture<String> answer = words.length == 2 ? asked.get(words[0]) : null;
        if (answer != null) {
            answer.complete(words[1]);
        } else if (words[0].equals(READY) && words.length == 2) {
            process = ProcessHandle.of(Long.parseLong(words[1])).orElse(null);
        } else {
            said = line;
        }
    }

    /** Reads on the thread that waits for the process, instead of on one more. */
    private final class Talk implements ExecuteStreamHandler {
        private @Nullable InputStream stdout;

        @Override
        public void setProcessInputStream(OutputStream stream) {
            stdin.complete(stream);
        }

        @Override
        public void setProcessErrorStream(@Nullable InputStream stream) {}

        @Override
        public void setProcessOutputStream(InputStream stream) {
            stdout = stream;
        }

        @Override
        public void start() {
            if (stdout != null) {
                read(stdout);
            }
        }

        @Override
        public void stop() {}
    }
}
