package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;

/** Cuts a tree into the pieces of an archive of one format. Used by the caller's thread. */
interface ArchiveWriter extends OutputTree.Visitor, Closeable {
    /** Ends the archive after its last entry. */
    ArchiveResult finish() throws IOException;
}
