package io.longshore.launch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.longshore.workspace.PathText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * By what a script is run. The interpreter is always named, as a script's file need not be executable, and cannot be
 * executed while another process holds it open.
 */
public final class Interpreters {
    private static final int MAX_LINE_BYTES = 4096;

    private Interpreters() {}

    /**
     * The command that runs a script: python3 for {@code .py}, else what its {@code #!} line names, with the one argument
     * that the line may give.
     *
     * @param script the script's file
     * @param arguments what the script is handed
     * @return the interpreter, its own argument, the script, and the arguments
     * @throws IOException if the script cannot be read, or names no interpreter
     */
    public static List<String> argvFor(Path script, List<String> arguments) throws IOException {
        List<String> argv = new ArrayList<>();
        String file = PathText.of(script);
        if (file.endsWith(".py")) {
            argv.add("python3");
        } else {
            argv.addAll(interpreter(script, file));
        }
        argv.add(file);
        argv.addAll(arguments);
        return argv;
    }

    private static List<String> interpreter(Path script, String file) throws IOException {
        String line;
        try (InputStream in = Files.newInputStream(script)) {
            line = new String(in.readNBytes(MAX_LINE_BYTES), UTF_8);
        }
        int end = line.indexOf('\n');
        line = end < 0 ? line : line.substring(0, end);
        if (!line.startsWith("#!")) {
            throw new IOException("script is no .py and has no #! line that names its interpreter: \"" + file + "\"");
        }
        if (line.endsWith("\r")) {
            throw new IOException(
                    "script's #! line ends in a carriage return, as files of Windows do: \"" + file + "\"");
        }
        // As the kernel does it: the rest of the line is one argument, blanks in it and all.
        String command = line.substring(2).strip();
        if (command.isEmpty()) {
            throw new IOException("script's #! line names no interpreter: \"" + file + "\"");
        }
        String[] parts = command.split("[ \t]+", 2);
        return List.of(parts);
    }
}
