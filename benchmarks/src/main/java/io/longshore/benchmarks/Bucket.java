package io.longshore.benchmarks;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Secret;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A bucket of a {@link BucketServer} that was started for it, as this JVM sees it: without the protocol's signatures. */
final class Bucket implements Closeable {
    static final String NAME = "bench";

    private static final String KEY_ID = "AKIDBENCH";
    private static final String SECRET = "bench-secret";

    private final Path directory;
    private final Process process;
    private final String endpoint;

    private Bucket(Path directory, Process process, String endpoint) {
        this.directory = directory;
        this.process = process;
        this.endpoint = endpoint;
    }

    static Bucket start() throws IOException {
        Path memory = Path.of("/dev/shm"); // the disk of the machine is not what is measured
        Path directory = Files.createTempDirectory(memory, "bucket");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        new File(System.getProperty("java.class.path").split(File.pathSeparator, 2)[0])
                                .getAbsolutePath(),
                        BucketServer.class.getName(),
                        directory.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader said = process.inputReader();
        return new Bucket(directory, process, String.valueOf(said.readLine()));
    }

    /** What a program of the shell needs to find it as {@code $AWS} or as remote {@code b:} of rclone. */
    String environment() {
        return """
                unset AWS_CA_BUNDLE
                export AWS_ACCESS_KEY_ID=%1$s AWS_SECRET_ACCESS_KEY=%2$s AWS_DEFAULT_REGION=us-east-1
                export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null RCLONE_CONFIG=/dev/null
                export RCLONE_CONFIG_B_TYPE=s3 RCLONE_CONFIG_B_PROVIDER=Other RCLONE_CONFIG_B_ENDPOINT=%3$s
                export RCLONE_CONFIG_B_ACCESS_KEY_ID=%1$s RCLONE_CONFIG_B_SECRET_ACCESS_KEY=%2$s
                aws() { /usr/bin/aws --endpoint-url %3$s s3 cp --quiet "$@"; }
                """.formatted(KEY_ID, SECRET, endpoint);
    }

    Connection connection() {
        return Connection.builder("bench", "s3")
                .property(Connection.ENDPOINT, endpoint)
                .secret(Connection.ACCESS_KEY_ID, Secret.of(KEY_ID))
                .secret(Connection.SECRET_ACCESS_KEY, Secret.of(SECRET))
                .build();
    }

    static DataReference object(String key) {
        return DataReference.s3("bench", NAME, key);
    }

    static DataReference folder(String prefix) {
        return DataReference.builder("s3")
                .connection("bench")
                .location(DataReference.BUCKET, NAME)
                .location(DataReference.PREFIX, prefix)
                .build();
    }

    void put(String key, Path file) throws IOException {
        HttpURLConnection request = request(key);
        request.setRequestMethod("PUT");
        request.setDoOutput(true);
        request.setFixedLengthStreamingMode(Files.size(file));
        try (OutputStream out = request.getOutputStream()) {
            Files.copy(file, out);
        }
        requireDone(request);
    }

    void get(String key, Path file) throws IOException {
        try (InputStream in = request(key).getInputStream()) {
            Files.copy(in, file);
        }
    }

    /** Removes all objects. */
    void clear() throws IOException {
        HttpURLConnection request = request("");
        request.setRequestMethod("DELETE");
        requireDone(request);
    }

    private HttpURLConnection request(String key) throws IOException {
        return (HttpURLConnection)
                URI.create(endpoint + "/" + NAME + "/" + key).toURL().openConnection();
    }

    private static void requireDone(HttpURLConnection request) throws IOException {
        if (request.getResponseCode() >= 300) {
            throw new IOException("the bucket's server answered " + request.getResponseCode());
        }
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        process.onExit().join();
        Command.shell(directory, "rm -r \"$1\"", directory.toString());
    }
}
