package io.longshore.api;

/** What is to become of the files in {@code BATCH_OUTPUT_DIR} (contract 2). */
public final class OutputRequest {
    /** How many objects an output becomes. */
    public enum Kind {
        /** One archive of the whole directory (contract 2.1). */
        ARCHIVE,
        /** One asset for each file at the top of the directory, or each declared one (contract 2.9). */
        FILES
    }

    /** What an empty output directory means. */
    public enum OnEmpty {
        /** The item completes with a warning, and nothing is published (contract 2.4). */
        WARN,
        /** The item fails. */
        FAIL
    }

    /** What becomes of the output of a script that failed. */
    public enum OnFailure {
        /** It is thrown away (contract 2.5). */
        DISCARD,
        /** It is published as {@code <name>.failed-<job id>}; the item still fails. */
        PUBLISH
    }

    private final DataReference target;
    private final Kind kind;
    private final ArchiveFormat format;
    private final OnEmpty onEmpty;
    private final OnFailure onFailure;

    private OutputRequest(Builder builder) {
        this.target = builder.target;
        this.kind = builder.kind;
        this.format = builder.format;
        this.onEmpty = builder.onEmpty;
        this.onFailure = builder.onFailure;
    }

    /**
     * A builder of an output that becomes one archive.
     *
     * @param target where the archive goes; with {@link Handling#SCRIPT}, where the script says that it puts its output
     * @return a new builder
     */
    public static Builder archive(DataReference target) {
        return new Builder(target, Kind.ARCHIVE);
    }

    /**
     * A builder of an output whose files are kept one by one, named {@code <job id>/<item number>/<output name>}.
     *
     * @param target where they go; the name in its location is not used
     * @return a new builder
     */
    public static Builder files(DataReference target) {
        return new Builder(target, Kind.FILES);
    }

    /**
     * Where the output goes.
     *
     * @return a reference whose type picks the sink
     */
    public DataReference target() {
        return target;
    }

    /**
     * How many objects it becomes.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * The format of the archive.
     *
     * @return the format
     */
    public ArchiveFormat format() {
        return format;
    }

    /**
     * What an empty output directory means.
     *
     * @return the policy
     */
    public OnEmpty onEmpty() {
        return onEmpty;
    }

    /**
     * What becomes of the output of a script that failed.
     *
     * @return the policy
     */
    public OnFailure onFailure() {
        return onFailure;
    }

    OutputRequest withTarget(DataReference other) {
        return new Builder(other, kind)
                .format(format)
                .onEmpty(onEmpty)
                .onFailure(onFailure)
                .build();
    }

    /** Collects what an {@link OutputRequest} is made of. */
    public static final class Builder {
        private final DataReference target;
        private final Kind kind;
        private ArchiveFormat format = ArchiveFormat.ZIP;
        private OnEmpty onEmpty = OnEmpty.WARN;
        private OnFailure onFailure = OnFailure.DISCARD;

        private Builder(DataReference target, Kind kind) {
            this.target = target;
            this.kind = kind;
        }

        /**
         * Sets the format of the archive. Default: {@link ArchiveFormat#ZIP}.
         *
         * @param format the format
         * @return this builder
         */
        public Builder format(ArchiveFormat format) {
            this.format = format;
            return this;
        }

        /**
         * Sets what an empty output directory means. Default: {@link OnEmpty#WARN}.
         *
         * @param onEmpty the policy
         * @return this builder
         */
        public Builder onEmpty(OnEmpty onEmpty) {
            this.onEmpty = onEmpty;
            return this;
        }

        /**
         * Sets what becomes of the output of a script that failed. Default: {@link OnFailure#DISCARD}.
         *
         * @param onFailure the policy
         * @return this builder
         */
        public Builder onFailure(OnFailure onFailure) {
            this.onFailure = onFailure;
            return this;
        }

        /**
         * The output request.
         *
         * @return an immutable value
         */
        public OutputRequest build() {
            return new OutputRequest(this);
        }
    }
}
