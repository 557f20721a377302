package io.longshore.api;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A snapshot of one item of a job. */
public final class JobItem {
    private final int number;
    private final String key;
    private final Phase phase;
    private final int attempts;
    private final Optional<JobOutcome> outcome;
    private final Optional<Instant> startedAt;
    private final Optional<Instant> endedAt;
    private final Map<Phase, Duration> durations;
    private final List<String> warnings;
    private final List<ItemOutput> outputs;

    private JobItem(Builder builder) {
        this.number = builder.number;
        this.key = builder.key;
        this.phase = builder.phase;
        this.attempts = builder.attempts;
        this.outcome = builder.outcome;
        this.startedAt = builder.startedAt;
        this.endedAt = builder.endedAt;
        this.durations = Collections.unmodifiableMap(new EnumMap<>(builder.durations));
        this.warnings = List.copyOf(builder.warnings);
        this.outputs = List.copyOf(builder.outputs);
    }

    /**
     * A builder of an item that waits.
     *
     * @param number its number in the job, from 0
     * @param key its key
     * @return a new builder
     */
    public static Builder builder(int number, String key) {
        return new Builder(number, key);
    }

    /**
     * The item's number in its job.
     *
     * @return a number from 0
     */
    public int number() {
        return number;
    }

    /**
     * The submitter's name for the item.
     *
     * @return any text
     */
    public String key() {
        return key;
    }

    /**
     * The phase the item is in.
     *
     * @return the phase; {@link Phase#DONE} once it has an outcome
     */
    public Phase phase() {
        return phase;
    }

    /**
     * How many times its script was attempted.
     *
     * @return a number from 0
     */
    public int attempts() {
        return attempts;
    }

    /**
     * How the item ended.
     *
     * @return the outcome, or empty while it has not ended
     */
    public Optional<JobOutcome> outcome() {
        return outcome;
    }

    /**
     * When the item went past waiting.
     *
     * @return the time, or empty while it waits
     */
    public Optional<Instant> startedAt() {
        return startedAt;
    }

    /**
     * When the item ended.
     *
     * @return the time, or empty while it has not ended
     */
    public Optional<Instant> endedAt() {
        return endedAt;
    }

    /**
     * How long each phase took, all attempts together.
     *
     * @return an unmodifiable map of the phases that are over
     */
    public Map<Phase, Duration> durations() {
        return durations;
    }

    /**
     * What went other than expected without failing the item.
     *
     * @return sentences in their order
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * What was published.
     *
     * @return the outputs in the order of their names
     */
    public List<ItemOutput> outputs() {
        return outputs;
    }

    /**
     * A builder that begins with what this item holds.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder(number, key);
        builder.phase = phase;
        builder.attempts = attempts;
        builder.outcome = outcome;
        builder.startedAt = startedAt;
        builder.endedAt = endedAt;
        builder.durations.putAll(durations);
        builder.warnings.addAll(warnings);
        builder.outputs.addAll(outputs);
        return builder;
    }

    @Override
    public String toString() {
        return "JobItem[" + number + ", " + phase + outcome.map(o -> ", " + o).orElse("") + "]";
    }

    /** Collects what a {@link JobItem} is made of. */
    public static final class Builder {
        private final int number;
        private final String key;
        private Phase phase = Phase.QUEUED;
        private int attempts;
        private Optional<JobOutcome> outcome = Optional.empty();
        private Optional<Instant> startedAt = Optional.empty();
        private Optional<Instant> endedAt = Optional.empty();
        private final EnumMap<Phase, Duration> durations = new EnumMap<>(Phase.class);
        private final List<String> warnings = new ArrayList<>();
        private final List<ItemOutput> outputs = new ArrayList<>();

        private Builder(int number, String key) {
            this.number = number;
            this.key = key;
        }

        /**
         * Sets the phase. Default: {@link Phase#QUEUED}.
         *
         * @param phase the phase
         * @return this builder
         */
        public Builder phase(Phase phase) {
            this.phase = phase;
            return this;
        }

        /**
         * Sets the number of attempts. Default: 0.
         *
         * @param attempts the number
         * @return this builder
         */
        public Builder attempts(int attempts) {
            this.attempts = attempts;
            return this;
        }

        /**
         * Sets the outcome. Default: none.
         *
         * @param outcome the outcome
         * @return this builder
         */
        public Builder outcome(JobOutcome outcome) {
            this.outcome = Optional.of(outcome);
            return this;
        }

        /**
         * Sets when the item went past waiting. Default: it waits.
         *
         * @param time the time
         * @return this builder
         */
        public Builder startedAt(Instant time) {
            this.startedAt = Optional.of(time);
            return this;
        }

        /**
         * Sets when the item ended. Default: it has not.
         *
         * @param time the time
         * @return this builder
         */
        public Builder endedAt(Instant time) {
            this.endedAt = Optional.of(time);
            return this;
        }

        /**
         * Adds to the time that a phase took.
         *
         * @param phase the phase
         * @param duration the time to add
         * @return this builder
         */
        public Builder took(Phase phase, Duration duration) {
            durations.merge(phase, duration, Duration::plus);
            return this;
        }

        /**
         * Adds a warning.
         *
         * @param warning a sentence
         * @return this builder
         */
        public Builder warning(String warning) {
            warnings.add(warning);
            return this;
        }

        /**
         * Adds an output.
         *
         * @param output the output
         * @return this builder
         */
        public Builder output(ItemOutput output) {
            outputs.add(output);
            return this;
        }

        /**
         * The item.
         *
         * @return an immutable snapshot
         */
        public JobItem build() {
            return new JobItem(this);
        }
    }
}
