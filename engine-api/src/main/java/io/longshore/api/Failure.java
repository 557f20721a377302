package io.longshore.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** Why an item or a job did not complete: the first cause; what failed after it is attached and never replaces it. */
public final class Failure {
    /** The script exited with a code that is not 0. */
    public static final String EXIT_CODE = "exit_code";
    /** A signal ended the script. */
    public static final String SIGNAL = "signal";
    /** The script could not be started. */
    public static final String NOT_STARTED = "not_started";
    /** The script's end was not seen. */
    public static final String LOST = "lost";
    /** A time limit passed. */
    public static final String TIMEOUT = "timeout";
    /** Somebody canceled the job. */
    public static final String CANCELED = "canceled";
    /** An input is absent, short, or not what the script declares. */
    public static final String INPUT = "input";
    /** The output is absent where it must not be, or not what the script declares. */
    public static final String OUTPUT = "output";
    /** A store did not do what was asked. */
    public static final String STORAGE = "storage";
    /** The engine, or a plug-in of it, failed. */
    public static final String ENGINE = "engine";

    private final Phase phase;
    private final String code;
    private final String message;
    private final OptionalInt exitCode;
    private final Optional<String> signal;
    private final String stderr;
    private final List<String> after;

    private Failure(Builder builder) {
        this.phase = builder.phase;
        this.code = builder.code;
        this.message = builder.message;
        this.exitCode = builder.exitCode;
        this.signal = builder.signal;
        this.stderr = builder.stderr;
        this.after = List.copyOf(builder.after);
    }

    /**
     * A builder of a failure.
     *
     * @param phase the phase that failed
     * @param code one of the constants of this class
     * @param message what was tried, on what, in the reader's nouns; never a secret
     * @return a new builder
     */
    public static Builder builder(Phase phase, String code, String message) {
        return new Builder(phase, code, message);
    }

    /**
     * A failure without more than its cause.
     *
     * @param phase the phase that failed
     * @param code one of the constants of this class
     * @param message what was tried, on what
     * @return the failure
     */
    public static Failure of(Phase phase, String code, String message) {
        return builder(phase, code, message).build();
    }

    /**
     * The phase that failed.
     *
     * @return the phase
     */
    public Phase phase() {
        return phase;
    }

    /**
     * The kind of failure, for programs.
     *
     * @return one of the constants of this class
     */
    public String code() {
        return code;
    }

    /**
     * What was tried, on what, for people.
     *
     * @return a sentence without secrets
     */
    public String message() {
        return message;
    }

    /**
     * The exit code of a script that ended by itself.
     *
     * @return 1 to 255, or empty
     */
    public OptionalInt exitCode() {
        return exitCode;
    }

    /**
     * The signal that ended the script.
     *
     * @return a name such as {@code SIGKILL}, or empty
     */
    public Optional<String> signal() {
        return signal;
    }

    /**
     * The end of what the script wrote to stderr.
     *
     * @return whole lines where possible, at most 8 KiB; empty if it wrote nothing or never ran
     */
    public String stderr() {
        return stderr;
    }

    /**
     * What failed after the first cause, such as a sweep.
     *
     * @return messages in their order
     */
    public List<String> after() {
        return after;
    }

    /**
     * A builder that begins with what this failure holds.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder(phase, code, message);
        builder.exitCode = exitCode;
        builder.signal = signal;
        builder.stderr = stderr;
        builder.after.addAll(after);
        return builder;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Failure that
                && phase == that.phase
                && code.equals(that.code)
                && message.equals(that.message)
                && exitCode.equals(that.exitCode)
                && signal.equals(that.signal)
                && stderr.equals(that.stderr)
                && after.equals(that.after);
    }

    @Override
    public int hashCode() {
        return Objects.hash(phase, code, message);
    }

    @Override
    public String toString() {
        return phase + " " + code + ": " + message;
    }

    /** Collects what a {@link Failure} is made of. */
    public static final class Builder {
        private final Phase phase;
        private final String code;
        private final String message;
        private OptionalInt exitCode = OptionalInt.empty();
        private Optional<String> signal = Optional.empty();
        private String stderr = "";
        private final List<String> after = new ArrayList<>();

        private Builder(Phase phase, String code, String message) {
            this.phase = phase;
            this.code = code;
            this.message = message;
        }

        /**
         * Sets the exit code. Default: none.
         *
         * @param exitCode the code
         * @return this builder
         */
        public Builder exitCode(int exitCode) {
            this.exitCode = OptionalInt.of(exitCode);
            return this;
        }

        /**
         * Sets the signal. Default: none.
         *
         * @param signal its name
         * @return this builder
         */
        public Builder signal(String signal) {
            this.signal = Optional.of(signal);
            return this;
        }

        /**
         * Sets the end of stderr. Default: empty.
         *
         * @param stderr the text
         * @return this builder
         */
        public Builder stderr(String stderr) {
            this.stderr = stderr;
            return this;
        }

        /**
         * Attaches something that failed afterwards.
         *
         * @param message what it was
         * @return this builder
         */
        public Builder after(String message) {
            this.after.add(message);
            return this;
        }

        /**
         * The failure.
         *
         * @return an immutable failure
         */
        public Failure build() {
            return new Failure(this);
        }
    }
}
