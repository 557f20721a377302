package io.longshore.api;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A program that jobs run: a script file with arguments, or a whole command. A file is always started by naming its
 * interpreter: {@code python3} for {@code .py}, the one its {@code #!} line names for any other.
 */
public final class Script {
    private final ScriptRef ref;
    private final Optional<Path> file;
    private final List<String> arguments;
    private final Map<String, String> environment;
    private final List<String> inputs;
    private final List<String> outputs;
    private final boolean explainable;

    private Script(Builder builder) {
        this.ref = builder.ref;
        this.file = builder.file;
        this.arguments = List.copyOf(builder.arguments);
        this.environment = Collections.unmodifiableMap(new LinkedHashMap<>(builder.environment));
        this.inputs = List.copyOf(builder.inputs);
        this.outputs = List.copyOf(builder.outputs);
        this.explainable = builder.explainable;
    }

    /**
     * A builder of a script that is a file.
     *
     * @param ref its id and version, by which concurrent jobs are counted
     * @param file the file, on any file system
     * @return a new builder
     */
    public static Builder ofFile(ScriptRef ref, Path file) {
        return new Builder(ref, Optional.of(file));
    }

    /**
     * A builder of a script that is a whole command.
     *
     * @param ref its id and version, by which concurrent jobs are counted
     * @param argv the program and its arguments, at least one; nothing is expanded
     * @return a new builder
     */
    public static Builder ofCommand(ScriptRef ref, List<String> argv) {
        if (argv.isEmpty()) {
            throw new InvalidRequestException("script command", null, "names no program");
        }
        return new Builder(ref, Optional.empty()).arguments(argv);
    }

    /**
     * The id and version, by which concurrent jobs are counted.
     *
     * @return the reference that leads here
     */
    public ScriptRef ref() {
        return ref;
    }

    /**
     * The script file.
     *
     * @return the file, or empty where {@link #arguments} are the whole command
     */
    public Optional<Path> file() {
        return file;
    }

    /**
     * The arguments after the file, or the whole command where there is no file.
     *
     * @return an immutable list
     */
    public List<String> arguments() {
        return arguments;
    }

    /**
     * Variables that each run has unless its job sets them otherwise.
     *
     * @return an unmodifiable map
     */
    public Map<String, String> environment() {
        return environment;
    }

    /**
     * The data names that an item must have (contract 1.8).
     *
     * @return the declared names; empty where any will do
     */
    public List<String> inputs() {
        return inputs;
    }

    /**
     * The output files that an item must leave (contract 2.9).
     *
     * @return the declared names; empty where all are taken
     */
    public List<String> outputs() {
        return outputs;
    }

    /**
     * Whether the script can explain its results (contract 1.10).
     *
     * @return true if declared so
     */
    public boolean explainable() {
        return explainable;
    }

    @Override
    public String toString() {
        return "Script[" + ref + "]";
    }

    /** Collects what a {@link Script} is made of. */
    public static final class Builder {
        private final ScriptRef ref;
        private final Optional<Path> file;
        private List<String> arguments = List.of();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private List<String> inputs = List.of();
        private List<String> outputs = List.of();
        private boolean explainable;

        private Builder(ScriptRef ref, Optional<Path> file) {
            this.ref = ref;
            this.file = file;
        }

        /**
         * Sets the arguments after the file. Default: none.
         *
         * @param arguments the arguments, without NUL
         * @return this builder
         */
        public Builder arguments(List<String> arguments) {
            arguments.forEach(a -> Check.noNul("script argument", a));
            this.arguments = new ArrayList<>(arguments);
            return this;
        }

        /**
         * Sets a variable that each run has unless its job sets it otherwise.
         *
         * @param name its name, without {@code =} and NUL
         * @param value its value, without NUL
         * @return this builder
         */
        public Builder environment(String name, String value) {
            Check.variable("script environment", name, value);
            environment.put(name, value);
            return this;
        }

        /**
         * Declares the data names that an item must have. Default: none, and any will do.
         *
         * @param names plain file names
         * @return this builder
         */
        public Builder inputs(List<String> names) {
            names.forEach(n -> Check.text("script input", n));
            this.inputs = new ArrayList<>(names);
            return this;
        }

        /**
         * Declares the output files that an item must leave. Default: none, and all are taken.
         *
         * @param names plain file names
         * @return this builder
         */
        public Builder outputs(List<String> names) {
            names.forEach(n -> Check.text("script output", n));
            this.outputs = new ArrayList<>(names);
            return this;
        }

        /**
         * Declares whether the script can explain its results. Default: it cannot.
         *
         * @param explainable true if it can
         * @return this builder
         */
        public Builder explainable(boolean explainable) {
            this.explainable = explainable;
            return this;
        }

        /**
         * The script.
         *
         * @return an immutable script
         */
        public Script build() {
            return new Script(this);
        }
    }
}
