package io.longshore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.longshore.api.JobId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processes of this machine, as {@code /proc} shows them. */
final class Processes {
    private static final Path PROC = Path.of("/proc");

    private Processes() {}

    /** Those that stand in a directory, or know it or one of some jobs from their environment or arguments. */
    static List<String> holding(Path directory, List<JobId> jobs) throws IOException {
        List<String> found = new ArrayList<>();
        String self = Long.toString(ProcessHandle.current().pid());
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                if (process.getFileName().toString().equals(self)) {
                    continue;
                }
                String arguments = read(process.resolve("cmdline"));
                String all = arguments + read(process.resolve("environ")) + link(process.resolve("cwd"));
                if (all.contains(directory.toString()) || jobs.stream().anyMatch(job -> all.contains(job.value()))) {
                    found.add(process.getFileName() + " " + arguments.replace('\0', ' '));
                }
            }
        }
        return found;
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended, or is somebody else's
        }
    }

    private static String link(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }
}
