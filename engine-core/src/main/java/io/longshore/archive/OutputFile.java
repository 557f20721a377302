package io.longshore.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * A regular file of an {@linkplain OutputTree output tree}, as the walk found it; can be opened while its visitor is shown it.
 *
 * <p>It is opened by its name in the directory that the walk came to, which is held open where the file system can do that,
 * and never through a link.
 */
public final class OutputFile {
    private final byte[] name;
    private final Folder folder;
    private final Path fileName;
    private final long size;
    private final boolean executable;

    OutputFile(byte[] name, Folder folder, Path fileName, long size, boolean executable) {
        this.name = name;
        this.folder = folder;
        this.fileName = fileName;
        this.size = size;
        this.executable = executable;
    }

    /**
     * The name below the output directory, with slashes: the raw bytes of the file system, in most cases UTF-8.
     *
     * @return a copy
     */
    public byte[] name() {
        return name.clone();
    }

    /**
     * How long the file was when it was found.
     *
     * @return the length in bytes
     */
    public long sizeBytes() {
        return size;
    }

    /**
     * Opens it: exactly so many bytes as it was long, or an exception if it shrank.
     *
     * @return a stream, whose reads are large enough without a buffer
     * @throws java.nio.file.NoSuchFileException if it vanished
     * @throws java.nio.file.AccessDeniedException if it cannot be read
     * @throws IOException if it cannot be opened
     */
    public InputStream open() throws IOException {
        return content();
    }

    Content content() throws IOException {
        return new Content(name, size, folder.openFile(fileName));
    }

    byte[] rawName() {
        return name;
    }

    Folder folder() {
        return folder;
    }

    boolean isExecutable() {
        return executable;
    }
}
