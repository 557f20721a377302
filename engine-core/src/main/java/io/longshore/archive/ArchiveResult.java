package io.longshore.archive;

/**
 * What an archive holds.
 *
 * @param entries how many entries: files, and directories, in a zip file only those that hold none
 * @param uncompressedBytes the sizes of all files together
 * @param bytes the size of the archive
 */
public record ArchiveResult(long entries, long uncompressedBytes, long bytes) {}
