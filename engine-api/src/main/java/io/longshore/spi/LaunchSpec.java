package io.longshore.spi;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a launcher starts: a program with exactly these arguments and exactly this environment, stdin empty, stdout and
 * stderr straight into files.
 *
 * @param argv the program and its arguments, at least one; nothing is expanded. A program without a slash is looked up
 *     in the {@code PATH} of {@code environment}
 * @param environment the whole environment; nothing is inherited besides. No name is empty or holds {@code =}; a launcher
 *     may add variables whose names begin with {@code LONGSHORE_LAUNCH_}
 * @param workingDirectory an absolute, existing directory
 * @param control an absolute, existing directory that belongs to the launcher for this attempt
 * @param stdout an absolute file that stdout is appended to
 * @param stderr an absolute file that stderr is appended to
 */
public record LaunchSpec(
        List<String> argv,
        Map<String, String> environment,
        Path workingDirectory,
        Path control,
        Path stdout,
        Path stderr) {
    /**
     * Copies the collections and checks that there is a program and no NUL.
     *
     * @param argv the {@code argv} component
     * @param environment the {@code environment} component
     * @param workingDirectory the {@code workingDirectory} component
     * @param control the {@code control} component
     * @param stdout the {@code stdout} component
     * @param stderr the {@code stderr} component
     */
    public LaunchSpec {
        argv = List.copyOf(argv);
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
        if (argv.isEmpty() || argv.get(0).isEmpty()) {
            throw new IllegalArgumentException("argv names no program");
        }
        if (argv.stream().anyMatch(a -> a.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("an argument holds NUL");
        }
        environment.forEach((name, value) -> {
            if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0 || value.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("not a variable's name, or a value with NUL: \"" + name + "\"");
            }
        });
    }

    /** Without the arguments and the environment, which may hold what is nobody's business. */
    @Override
    public String toString() {
        return "LaunchSpec[" + argv.get(0) + " in " + workingDirectory + "]";
    }
}
