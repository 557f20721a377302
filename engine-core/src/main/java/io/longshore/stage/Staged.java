package io.longshore.stage;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What staging left for the launch.
 *
 * @param script the script file as it is to be started, where the script is a file
 * @param hasConnections whether a connections file was written
 * @param warnings what the submitter should know
 */
public record Staged(Optional<Path> script, boolean hasConnections, List<String> warnings) {}
