package io.longshore.it;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where scripts wait until they are let through: {@code read through <GATE}. */
final class Gate implements Closeable {
    /** Held open at both ends, so that neither a script nor a test waits for the other to open it. */
    private final RandomAccessFile pipe;

    Gate(Path file) throws IOException, InterruptedException {
        Tool.shell("mkfifo \"$1\"", file);
        pipe = new RandomAccessFile(file.toFile(), "rw");
    }

    /** Lets that many scripts through, whether they stand there or are yet to come. */
    void open(int scripts) throws IOException {
        pipe.write("\n".repeat(scripts).getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        pipe.close();
    }
}
