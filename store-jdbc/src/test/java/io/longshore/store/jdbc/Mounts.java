package io.longshore.store.jdbc;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Small disks, where the tests may have some. */
public final class Mounts {
    private Mounts() {}

    /** Whether it worked. */
    public static boolean mount(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(arguments));
        return run(command) == 0;
    }

    public static void unmount(Path place) throws Exception {
        if (run(List.of("umount", place.toString())) != 0) {
            throw new IllegalStateException("still mounted: \"" + place + "\"");
        }
    }

    private static int run(List<String> command) throws Exception {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (java.io.IOException e) {
            return -1; // no such program
        }
    }
}
