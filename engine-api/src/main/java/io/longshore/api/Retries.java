package io.longshore.api;

/** How often each phase of an item is tried again after a failure that may pass. */
public final class Retries {
    /** Three for staging, five for publishing, none for the script. */
    public static final Retries DEFAULT = builder().build();

    private final int stage;
    private final int run;
    private final int publish;

    private Retries(Builder builder) {
        this.stage = builder.stage;
        this.run = builder.run;
        this.publish = builder.publish;
    }

    /**
     * A builder that begins with the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * How often staging is tried again.
     *
     * @return a number of tries beyond the first
     */
    public int stage() {
        return stage;
    }

    /**
     * How often a script that failed runs again, each time from fresh directories.
     *
     * @return a number of attempts beyond the first
     */
    public int run() {
        return run;
    }

    /**
     * How often archiving and publishing are tried again, without running the script again.
     *
     * @return a number of tries beyond the first
     */
    public int publish() {
        return publish;
    }

    /** Collects what {@link Retries} are made of. */
    public static final class Builder {
        private int stage = 3;
        private int run;
        private int publish = 5;

        private Builder() {}

        /**
         * Sets how often staging is tried again. Default: 3.
         *
         * @param tries the tries beyond the first, not negative
         * @return this builder
         */
        public Builder stage(int tries) {
            this.stage = Check.notNegative("retries.stage", tries);
            return this;
        }

        /**
         * Sets how often a script that failed runs again. Default: 0, as a script may not bear running twice.
         *
         * @param attempts the attempts beyond the first, not negative
         * @return this builder
         */
        public Builder run(int attempts) {
            this.run = Check.notNegative("retries.run", attempts);
            return this;
        }

        /**
         * Sets how often archiving and publishing are tried again. Default: 5.
         *
         * @param tries the tries beyond the first, not negative
         * @return this builder
         */
        public Builder publish(int tries) {
            this.publish = Check.notNegative("retries.publish", tries);
            return this;
        }

        /**
         * The retries.
         *
         * @return an immutable value
         */
        public Retries build() {
            return new Retries(this);
        }
    }
}
