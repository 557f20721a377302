package io.longshore.archive;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where output directories lie. */
enum Place {
    UNIX,
    WINDOWS,
    REAL;

    /** A fresh, empty output directory, and an empty directory beside it. */
    Outputs make() throws IOException {
        return switch (this) {
            case UNIX ->
                inMemory(Configuration.unix().toBuilder()
                        .setAttributeViews("basic", "owner", "posix", "unix")
                        .build());
            case WINDOWS -> inMemory(Configuration.windows());
            case REAL -> new Outputs(Files.createTempDirectory("outputs"), null);
        };
    }

    private static Outputs inMemory(Configuration configuration) throws IOException {
        FileSystem files = Jimfs.newFileSystem(configuration);
        return new Outputs(
                Files.createDirectory(
                        files.getRootDirectories().iterator().next().resolve("attempt")),
                files);
    }

    static final class Outputs implements Closeable {
        private final Path parent;
        private final FileSystem files;
        final Path output;
        final Path outside;

        Outputs(Path parent, FileSystem files) throws IOException {
            this.parent = parent;
            this.files = files;
            output = Files.createDirectory(parent.resolve("output"));
            outside = Files.createDirectory(parent.resolve("outside"));
        }

        Path file(String name, String content) throws IOException {
            Path file = output.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, content);
        }

        Path file(String name, byte[] content) throws IOException {
            return Files.write(output.resolve(name), content);
        }

        /** As a process would that is not done with its output. */
        void truncate(Path file) throws IOException {
            try (SeekableByteChannel channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
                channel.truncate(1000);
            }
        }

        @Override
        public void close() throws IOException {
            if (files != null) {
                files.close();
            } else {
                MoreFiles.deleteRecursively(parent, RecursiveDeleteOption.ALLOW_INSECURE);
            }
        }
    }
}
