package io.longshore.stage;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What staging left for the launch.
 *
 * @param script the script file as it is to be started, where the script is a file
 * @param hasConnections whether a connections file was written
 */
public record Staged(Optional<Path> script, boolean hasConnections) {}
