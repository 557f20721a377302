package io.longshore.archive;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How an archive is written. Nothing here but {@link #libdeflate} changes the bytes of the archive. */
public final class ArchiveOptions {
    private final @Nullable Path scratch;
    private final ThreadBudget threads;
    private final boolean libdeflate;
    private final int directoryBufferBytes;

    private ArchiveOptions(Builder builder) {
        scratch = builder.scratch;
        threads = builder.threads;
        libdeflate = builder.libdeflate;
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
        builder.libdeflate = libdeflate;
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
     * The threads that compress.
     *
     * @return a budget, which other archives may share
     */
    public ThreadBudget threads() {
        return threads;
    }

    /**
     * Whether libdeflate may be used.
     *
     * @return true if so
     */
    public boolean libdeflate() {
        return libdeflate;
    }

    int directoryBufferBytes() {
        return directoryBufferBytes;
    }

    /** Collects options. */
    public static final class Builder {
        private @Nullable Path scratch;
        private ThreadBudget threads = ThreadBudget.none();
        private boolean libdeflate = true;
        private int directoryBufferBytes = 4 << 20;

        private Builder() {}

        /**
         * A directory for one file with a zip file's table of contents, made only if that outgrows 4 MiB, and for the
         * library of zstd while it is loaded; both are removed at the end. Default: none, all of it stays in memory.
         *
         * @param directory an existing directory outside the output directory
         * @return this builder
         */
        public Builder scratch(Path directory) {
            scratch = directory;
            return this;
        }

        /**
         * Lets other threads help to compress. Default: the caller's thread alone.
         *
         * @param budget the threads, shared with all archives that have the same budget
         * @return this builder
         */
        public Builder threads(ThreadBudget budget) {
            threads = budget;
            return this;
        }

        /**
         * Lets files of 1 KiB to 256 KiB in a zip file be deflated by libdeflate, which is faster and comes to other bytes, where
         * the host has it, the JVM is of version 22 or later, and this module has native access. Default: true.
         *
         * @param allowed false for the bytes that every JVM comes to
         * @return this builder
         */
        public Builder libdeflate(boolean allowed) {
            libdeflate = allowed;
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
