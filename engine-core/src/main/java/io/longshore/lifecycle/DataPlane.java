package io.longshore.lifecycle;

import io.longshore.publish.Publisher;
import io.longshore.spi.ScriptLauncher;
import io.longshore.stage.Stager;
import io.longshore.sweep.Sweeper;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What every item on this machine shares.
 *
 * @param work the directory of all workspaces
 * @param logs the directory of all jobs' logs
 * @param stager brings inputs
 * @param launcher starts scripts
 * @param publisher takes outputs away
 * @param sweeper removes the rest
 * @param orphans marks what ends with this process
 * @param inherited what scripts inherit of the host's environment
 * @param stopGrace how long a script has to end by itself when its time is over
 * @param backoff how long to wait between tries
 * @param clock tells the time
 * @param timer waits; its tasks never block
 * @param workers run what blocks
 */
record DataPlane(
        Path work,
        Path logs,
        Stager stager,
        ScriptLauncher launcher,
        Publisher publisher,
        Sweeper sweeper,
        Orphans orphans,
        Map<String, String> inherited,
        Duration stopGrace,
        Backoff backoff,
        InstantSource clock,
        ScheduledExecutorService timer,
        Executor workers) {}
