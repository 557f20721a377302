package io.longshore.benchmarks;

import java.io.IOException;
import java.nio.file.Path;

/** One way to do the work of a case. */
interface Contestant {
    /** Its name in the table. */
    String name();

    /** Does the work, into a file or directory that does not exist yet. */
    Sample run(Path input, Path output) throws IOException;
}
