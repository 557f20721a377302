package io.longshore.api;

import java.util.Optional;

/**
 * One output of an item that was published.
 *
 * @param output which output it is: empty for the archive of them all, else the file's name
 * @param name the name it has in its store
 * @param href its address there
 * @param sizeBytes its size
 * @param json its content, where it is a JSON document small enough to be embedded in results (contract 2.9)
 */
public record ItemOutput(String output, String name, String href, long sizeBytes, Optional<String> json) {}
