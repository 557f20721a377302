package io.longshore.api;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long a job and each phase of its items may take (contract 3.5). Nothing is limited unless set. */
public final class Limits {
    /** No limits. */
    public static final Limits NONE = builder().build();

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,18})(ms|s|m|h|d)");
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Optional<Duration> job;
    private final Optional<Duration> stage;
    private final Optional<Duration> run;
    private final Optional<Duration> publish;

    private Limits(Builder builder) {
        this.job = builder.job;
        this.stage = builder.stage;
        this.run = builder.run;
        this.publish = builder.publish;
    }

    /**
     * A duration as documents and the command write it: a whole number and a unit, {@code ms}, {@code s}, {@code m},
     * {@code h} or {@code d}, such as {@code 500ms} or {@code 1h}.
     *
     * @param field where it stands, for the refusal
     * @param text the text
     * @return the duration, longer than nothing
     * @throws InvalidRequestException if it is no such text
     */
    public static Duration duration(String field, String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new InvalidRequestException(field, text, "must be a duration such as 500ms, 3s, 2m, 1h or 1d");
        }
        long number = Long.parseLong(matcher.group(1));
        if (number == 0) {
            throw new InvalidRequestException(field, text, "must be longer than nothing");
        }
        ChronoUnit unit = switch (matcher.group(2)) {
            case "ms" -> ChronoUnit.MILLIS;
            case "s" -> ChronoUnit.SECONDS;
            case "m" -> ChronoUnit.MINUTES;
            case "h" -> ChronoUnit.HOURS;
            default -> ChronoUnit.DAYS;
        };
        if (number > LONGEST.dividedBy(unit.getDuration())) { // nanoseconds that fit into a long, and to spare
            throw new InvalidRequestException(field, text, "must be at most " + LONGEST.toDays() + "d");
        }
        return Duration.of(number, unit);
    }

    /**
     * Writes a duration in the largest unit that leaves no fraction, such as {@code 90m}; the inverse of
     * {@link #duration} for whole milliseconds.
     *
     * @param duration the duration
     * @return the text
     */
    public static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1_000 != 0 || millis == 0) {
            return millis + "ms";
        }
        long seconds = millis / 1_000;
        if (seconds % 60 != 0) {
            return seconds + "s";
        }
        return seconds % 3_600 != 0 ? seconds / 60 + "m" : seconds / 3_600 + "h";
    }

    /**
     * A builder that begins without limits.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The whole job's time-out, from its submission.
     *
     * @return the limit, or empty for none
     */
    public Optional<Duration> job() {
        return job;
    }

    /**
     * The limit of staging an item, all tries together.
     *
     * @return the limit, or empty for none
     */
    public Optional<Duration> stage() {
        return stage;
    }

    /**
     * The limit of one attempt of the script; it never ends an upload.
     *
     * @return the limit, or empty for none
     */
    public Optional<Duration> run() {
        return run;
    }

    /**
     * The limit of archiving and publishing an item's output, all tries together.
     *
     * @return the limit, or empty for none
     */
    public Optional<Duration> publish() {
        return publish;
    }

    /** Collects what {@link Limits} are made of. */
    public static final class Builder {
        private Optional<Duration> job = Optional.empty();
        private Optional<Duration> stage = Optional.empty();
        private Optional<Duration> run = Optional.empty();
        private Optional<Duration> publish = Optional.empty();

        private Builder() {}

        /**
         * Sets the whole job's time-out, from its submission. Default: none.
         *
         * @param limit the limit, longer than nothing
         * @return this builder
         */
        public Builder job(Duration limit) {
            this.job = Optional.of(Check.positive("timeout", limit));
            return this;
        }

        /**
         * Sets the limit of staging an item. Default: none.
         *
         * @param limit the limit, longer than nothing
         * @return this builder
         */
        public Builder stage(Duration limit) {
            this.stage = Optional.of(Check.positive("limits.stage", limit));
            return this;
        }

        /**
         * Sets the limit of one attempt of the script. Default: none.
         *
         * @param limit the limit, longer than nothing
         * @return this builder
         */
        public Builder run(Duration limit) {
            this.run = Optional.of(Check.positive("limits.run", limit));
            return this;
        }

        /**
         * Sets the limit of archiving and publishing. Default: none.
         *
         * @param limit the limit, longer than nothing
         * @return this builder
         */
        public Builder publish(Duration limit) {
            this.publish = Optional.of(Check.positive("limits.publish", limit));
            return this;
        }

        /**
         * The limits.
         *
         * @return an immutable value
         */
        public Limits build() {
            return new Limits(this);
        }
    }
}
