package io.longshore.sweep;

import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import io.longshore.workspace.LogFile;
import io.longshore.workspace.LogLimits;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Removes what an attempt leaves: its secrets first, then its directories; its logs are kept beside them. */
public final class Sweeper {
    private final Path logs;
    private final LogLimits limits;

    /**
     * A sweeper.
     *
     * @param logs the directory of all jobs' logs
     * @param limits how much of each log is kept
     */
    public Sweeper(Path logs, LogLimits limits) {
        this.logs = logs;
        this.limits = limits;
    }

    /**
     * Removes the connections file; the only clear copy of a secret on disk ends with its script.
     *
     * @param workspace the attempt's directories
     * @throws IOException if it may still be there
     */
    public static void forgetSecrets(Workspace workspace) throws IOException {
        workspace.openUp();
        Files.deleteIfExists(workspace.connections());
    }

    /**
     * Keeps the logs of an attempt, and removes the rest unless it is to be kept, also where something stood in the way of
     * the logs.
     *
     * @param workspace the attempt's directories
     * @param key the attempt
     * @param keep whether the directories stay
     * @throws IOException if something stays that should not
     */
    public void sweep(Workspace workspace, LaunchKey key, boolean keep) throws IOException {
        try {
            forgetSecrets(workspace);
            workspace.releaseReserve(); // room for the directories of the logs
            Workspace.makeDirectories(directory(logs, key.item()));
            LogFile.of(workspace.stdout()).keep(LogFile.of(stdout(logs, key)), limits);
            LogFile.of(workspace.stderr()).keep(LogFile.of(stderr(logs, key)), limits);
        } catch (IOException e) {
            try {
                delete(workspace, keep);
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
        delete(workspace, keep);
    }

    private static void delete(Workspace workspace, boolean keep) throws IOException {
        if (!keep) {
            workspace.delete();
        }
    }

    /**
     * Where an item's logs are kept.
     *
     * @param logs the directory of all jobs' logs
     * @param key the item
     * @return a directory
     */
    public static Path directory(Path logs, ItemKey key) {
        return Workspace.itemDirectory(logs, key);
    }

    /**
     * Where an attempt's stdout is kept once it has been swept.
     *
     * @param logs the directory of all jobs' logs
     * @param key the attempt
     * @return a file
     */
    public static Path stdout(Path logs, LaunchKey key) {
        return directory(logs, key.item()).resolve(key.attempt() + ".stdout.log");
    }

    /**
     * Where an attempt's stderr is kept once it has been swept.
     *
     * @param logs the directory of all jobs' logs
     * @param key the attempt
     * @return a file
     */
    public static Path stderr(Path logs, LaunchKey key) {
        return directory(logs, key.item()).resolve(key.attempt() + ".stderr.log");
    }
}
