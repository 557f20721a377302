package io.longshore.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** One kind of work that several contestants do. */
interface Case {
    /** What it is chosen by, such as {@code archive.a}. */
    String name();

    /** The work in a few words. */
    String work();

    /** Makes the data; less of it where the case is only tried. */
    void prepare(Path input, boolean isTrial) throws IOException;

    /** Ends what was begun to prepare it, also where that failed. */
    default void end() throws IOException {}

    /** Those who do it; the first is ours. */
    List<Contestant> contestants();

    /** What is asked of them. */
    List<Target> targets();

    /** Has another program than the one that made it look at a result; throws if it is not right. */
    void verify(Path input, Path output) throws IOException;

    /** What a result is called, as some programs go by that. */
    String outputName();

    /** How many rounds there are of it, where so many are asked for. */
    default int rounds(int asked) {
        return asked;
    }
}
