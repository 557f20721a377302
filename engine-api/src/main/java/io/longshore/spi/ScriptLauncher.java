package io.longshore.spi;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * How a script starts on this machine: bare, sandboxed, in a container. A launched script does not end with the host
 * process: a launcher in a later process finds it again by its key and control directory.
 *
 * <p>Whatever the script started is part of it: background children, daemons, children in sessions of their own. When
 * {@link LaunchedScript#exit} or {@link LaunchedScript#cancel} completes, nothing of it is left, or the survivors are
 * named.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> {@code launch} and {@code attach} block for the start only, never for
 * the script; they answer an interrupt with {@link java.io.InterruptedIOException}.
 *
 * <p>Check an implementation by extending {@code ScriptLauncherContract} from engine-testkit.
 */
public interface ScriptLauncher extends Closeable {
    /**
     * Starts a script, once for a key: launching a key again whose control directory holds a launch attaches to that.
     *
     * @param spec what to start
     * @param key what makes it the same launch
     * @return the launched script; a program that cannot be started is a script whose exit is
     *     {@link ScriptExit.NotStarted}
     * @throws IOException if the launcher itself cannot do its work; nothing was started
     */
    LaunchedScript launch(LaunchSpec spec, LaunchKey key) throws IOException;

    /**
     * Finds a script that was launched before, by this process or by one that is gone. Claims the launch if nobody has:
     * a launch that had not begun never begins afterwards.
     *
     * @param key the key it was launched by
     * @param control its control directory
     * @return the script, running or ended, or empty if it was never started and now never will be
     * @throws IOException if it cannot be looked for now; the engine tries again for a minute, and takes the script for lost
     *     then
     */
    Optional<LaunchedScript> attach(LaunchKey key, Path control) throws IOException;

    /** Forgets the launched scripts without ending them; their futures stay incomplete. */
    @Override
    void close() throws IOException;

    /** A script that was started. */
    interface LaunchedScript {
        /**
         * The script's end, after everything it left running was ended too.
         *
         * @return a future that completes with the exit; completing or canceling it does nothing to the script
         */
        CompletableFuture<ScriptExit> exit();

        /**
         * Ends the script and everything it started: asks (TERM), waits, forces (KILL). Again is the same as once.
         *
         * @param grace how long it has to end by itself; zero forces at once
         * @return a future that completes when nothing is left, or names the survivors
         */
        CompletableFuture<Cancellation> cancel(Duration grace);
    }
}
