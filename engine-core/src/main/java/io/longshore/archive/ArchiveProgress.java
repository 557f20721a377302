package io.longshore.archive;

import java.io.IOException;

/**
 * Takes the progress of an archive and may stop it.
 *
 * <p><b>Threads:</b> called by the thread that writes the archive.
 */
@FunctionalInterface
public interface ArchiveProgress {
    /** Progress that nobody watches. */
    ArchiveProgress UNWATCHED = bytes -> {};

    /**
     * Takes progress; called at least once for each MiB and for each thousand entries.
     *
     * @param bytes how many bytes of files went into the archive since the last call; may be 0
     * @throws IOException to stop
     */
    void advanced(long bytes) throws IOException;
}
