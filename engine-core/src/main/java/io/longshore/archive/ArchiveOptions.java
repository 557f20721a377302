package io.longshore.archive;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How an archive is written. Nothing here changes the bytes of the archive. */
public final class ArchiveOptions {
    private final @Nullable Path scratch;
    private final int threads;
    private final @Nullable Executor executor;
    private final int directoryBufferBytes;

    private ArchiveOptions(Builder builder) {
        scratch = builder.scratch;
        threads = builder.threads;
        executor = builder.executor;
        directoryBufferBytes = builder.directoryBufferBytes;
    }

    /**
     * Options with the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Options that start from these.
     *
     * @return a builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.scratch = scratch;
        builder.threads = threads;
        builder.executor = executor;
        builder.directoryBufferBytes = directoryBufferBytes;
        return builder;
    }

    /**
     * Where an archive's table of contents goes once it is too large for memory.
     *
     * @return a directory, or empty if all of it is to stay in memory
     */
    public Optional<Path> scratch() {
        return Optional.ofNullable(scratch);
    }

    /**
     * How many threads compress at once, the caller's among them.
     *
     * @return at least 1
     */
    public int threads() {
        return threads;
    }

    /**
     * What runs the threads other than the caller's.
     *
     * @return the executor, or empty if there are none
     */
    public Optional<Executor> executor() {
        return Optional.ofNullable(executor);
    }

    int directoryBufferBytes() {
        return directoryBufferBytes;
    }

    /** Collects options. */
    public static final class Builder {
        private @Nullable Path scratch;
        private int threads = 1;
        private @Nullable Executor executor;
        private int directoryBufferBytes = 4 << 20;

        private Builder() {}

        /**
         * A directory for one file with the archive's table of contents, made only if that outgrows 4 MiB, and removed at
         * the end. Default: none, all of it stays in memory.
         *
         * @param directory an existing directory outside the output directory
         * @return this builder
         */
        public Builder scratch(Path directory) {
            scratch = directory;
            return this;
        }

        /**
         * Lets other threads help to compress. The executor is not closed, and the archive gets done even if it never
         * runs anything. Default: the caller's thread alone.
         *
         * @param most how many threads compress at once, the caller's among them
         * @param helpers what runs the others
         * @return this builder
         */
        public Builder threads(int most, Executor helpers) {
            checkArgument(most >= 1, "threads is less than 1: %s", most);
            threads = most;
            executor = helpers;
            return this;
        }

        // Smaller in tests, so that they need no 60,000 files to get past it.
        Builder directoryBufferBytes(int bytes) {
            directoryBufferBytes = bytes;
            return this;
        }

        /**
         * The options.
         *
         * @return immutable options
         */
        public ArchiveOptions build() {
            return new ArchiveOptions(this);
        }
    }
}
