package io.longshore.launch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Being written. */
public final class Interpreters {
    private Interpreters() {}

    /** Being written. */
    public static List<String> argvFor(Path script, List<String> arguments) throws IOException {
        List<String> argv = new ArrayList<>(List.of("python3", script.toString()));
        argv.addAll(arguments);
        return argv;
    }
}
