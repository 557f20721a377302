package io.longshore.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A snapshot of a job: what was true of it at one moment. */
public final class Job {
    private final JobId id;
    private final JobRequest request;
    private final Script script;
    private final JobState state;
    private final Instant createdAt;
    private final Instant modifiedAt;
    private final Optional<Instant> runningAt;
    private final Optional<Instant> endedAt;
    private final Optional<JobOutcome> outcome;
    private final List<JobItem> items;

    private Job(Builder builder) {
        this.id = builder.id;
        this.request = builder.request;
        this.script = builder.script;
        this.state = builder.state;
        this.createdAt = builder.createdAt;
        this.modifiedAt = builder.modifiedAt;
        this.runningAt = builder.runningAt;
        this.endedAt = builder.endedAt;
        this.outcome = builder.outcome;
        this.items = List.copyOf(builder.items);
    }

    /**
     * A builder of a snapshot of a job that was just accepted.
     *
     * @param id its id
     * @param request what was asked, without secrets in clear
     * @param script the script that runs
     * @param createdAt when it was accepted
     * @return a new builder
     */
    public static Builder builder(JobId id, JobRequest request, Script script, Instant createdAt) {
        return new Builder(id, request, script, createdAt);
    }

    /**
     * The job's id.
     *
     * @return the id
     */
    public JobId id() {
        return id;
    }

    /**
     * What was asked.
     *
     * @return the request
     */
    public JobRequest request() {
        return request;
    }

    /**
     * The script that runs.
     *
     * @return the script as it was found at submission
     */
    public Script script() {
        return script;
    }

    /**
     * Where the job stands.
     *
     * @return the state
     */
    public JobState state() {
        return state;
    }

    /**
     * When the job was accepted.
     *
     * @return the time
     */
    public Instant createdAt() {
        return createdAt;
    }

    /**
     * When anything about the job last changed.
     *
     * @return the time
     */
    public Instant modifiedAt() {
        return modifiedAt;
    }

    /**
     * When its first item went past waiting.
     *
     * @return the time, or empty while it is queued
     */
    public Optional<Instant> runningAt() {
        return runningAt;
    }

    /**
     * When the job ended.
     *
     * @return the time, or empty while it has not ended
     */
    public Optional<Instant> endedAt() {
        return endedAt;
    }

    /**
     * How the job ended.
     *
     * @return the outcome, or empty while it has not ended
     */
    public Optional<JobOutcome> outcome() {
        return outcome;
    }

    /**
     * The items.
     *
     * @return an immutable list by number; empty while a folder is listed
     */
    public List<JobItem> items() {
        return items;
    }

    /**
     * How many items stand where.
     *
     * @return the counters of {@link #items}
     */
    public Counters counters() {
        int completed = 0;
        int failed = 0;
        for (JobItem item : items) {
            if (item.outcome().isPresent()) {
                if (item.outcome().get() instanceof JobOutcome.Completed) {
                    completed++;
                } else {
                    failed++;
                }
            }
        }
        return new Counters(items.size(), items.size() - completed - failed, completed, failed);
    }

    /**
     * A builder that begins with what this job holds.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder(id, request, script, createdAt);
        builder.state = state;
        builder.modifiedAt = modifiedAt;
        builder.runningAt = runningAt;
        builder.endedAt = endedAt;
        builder.outcome = outcome;
        builder.items = items;
        return builder;
    }

    @Override
    public String toString() {
        return "Job[" + id + ", " + state + ", " + counters() + "]";
    }

    /** Collects what a {@link Job} is made of. */
    public static final class Builder {
        private final JobId id;
        private final JobRequest request;
        private final Script script;
        private final Instant createdAt;
        private JobState state = JobState.QUEUED;
        private Instant modifiedAt;
        private Optional<Instant> runningAt = Optional.empty();
        private Optional<Instant> endedAt = Optional.empty();
        private Optional<JobOutcome> outcome = Optional.empty();
        private List<JobItem> items = List.of();

        private Builder(JobId id, JobRequest request, Script script, Instant createdAt) {
            this.id = id;
            this.request = request;
            this.script = script;
            this.createdAt = createdAt;
            this.modifiedAt = createdAt;
        }

        /**
         * Sets the state. Default: {@link JobState#QUEUED}.
         *
         * @param state the state
         * @return this builder
         */
        public Builder state(JobState state) {
            this.state = state;
            return this;
        }

        /**
         * Sets when anything last changed. Default: when the job was accepted.
         *
         * @param time the time
         * @return this builder
         */
        public Builder modifiedAt(Instant time) {
            this.modifiedAt = time;
            return this;
        }

        /**
         * Sets when its first item went past waiting. Default: none has.
         *
         * @param time the time
         * @return this builder
         */
        public Builder runningAt(Instant time) {
            this.runningAt = Optional.of(time);
            return this;
        }

        /**
         * Sets when the job ended. Default: it has not.
         *
         * @param time the time
         * @return this builder
         */
        public Builder endedAt(Instant time) {
            this.endedAt = Optional.of(time);
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
         * Sets the items. Default: none.
         *
         * @param items the items by number
         * @return this builder
         */
        public Builder items(List<JobItem> items) {
            this.items = items;
            return this;
        }

        /**
         * The snapshot.
         *
         * @return an immutable job
         */
        public Job build() {
            return new Job(this);
        }
    }
}
