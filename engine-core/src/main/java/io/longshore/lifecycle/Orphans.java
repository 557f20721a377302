package io.longshore.lifecycle;

import io.longshore.api.JobId;
import io.longshore.launch.Owners;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import io.longshore.spi.Owner;
import io.longshore.spi.ScriptLauncher;
import io.longshore.spi.ScriptLauncher.LaunchedScript;
import io.longshore.workspace.Confined;
import io.longshore.workspace.PathText;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is left of jobs in memory when their process is killed. No store knows of them, so the directories themselves say
 * whose they are, and the next engine of the home ends their scripts and removes them.
 */
final class Orphans {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final String MARK = "owner";
    private static final int LONGEST_MARK_BYTES = 1024;

    /** Beyond what a launcher needs to kill. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path work;
    private final Path logs;
    private final ScriptLauncher launcher;
    private final Optional<Owner> owner;

    /**
     * The orphans of a home.
     *
     * @param owner this engine, if its jobs end with it
     */
    Orphans(Path work, Path logs, ScriptLauncher launcher, Optional<Owner> owner) {
        this.work = work;
        this.logs = logs;
        this.launcher = launcher;
        this.owner = owner;
    }

    /** Says that an attempt's directories end with this process, if they do. */
    void mark(Workspace workspace) throws IOException {
        mark(workspace.directory());
    }

    /** Says that a job's logs end with this process, if they do. */
    void markLogs(JobId job) throws IOException {
        mark(logs.resolve(job.value()));
    }

    private void mark(Path directory) throws IOException {
        if (owner.isEmpty()) {
            return;
        }
        Owner self = owner.get();
        Workspace.makeDirectories(directory);
        try {
            Path file = Files.createFile(directory.resolve(MARK));
            Files.writeString(file, self.machine() + "\n" + self.pid() + "\n" + self.startedAt() + "\n");
        } catch (FileAlreadyExistsException e) {
            // by another item of the job
        }
    }

    /** Says that an attempt's directories are kept, whoever is gone. */
    static void unmark(Workspace workspace) throws IOException {
        Files.deleteIfExists(workspace.directory().resolve(MARK));
    }

    /** Ends and removes what others left. */
    void sweep() throws IOException {
        for (Path job : directories(work)) {
            for (Path item : directories(job)) {
                for (Path attempt : directories(item)) {
                    if (isOrphan(attempt)) {
                        sweep(job, item, attempt);
                    }
                }
            }
        }
        for (Path job : directories(logs)) {
            if (isOrphan(job)) {
                Workspace.deleteTree(job);
            }
        }
    }

    private void sweep(Path job, Path item, Path attempt) throws IOException {
        try {
            LaunchKey key = new LaunchKey(
                    new ItemKey(new JobId(PathText.nameOf(job)), Integer.parseInt(PathText.nameOf(item))),
                    Integer.parseInt(PathText.nameOf(attempt)));
            Workspace workspace = Workspace.of(work, key);
            Optional<LaunchedScript> script = launcher.attach(key, workspace.control());
            if (script.isPresent()) {
                script.get().cancel(Duration.ZERO).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            workspace.delete();
        } catch (IllegalArgumentException e) {
            LOG.debug("no workspace, and left alone: {}", attempt, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a script was ended whose engine is gone");
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            LOG.warn("what an engine left that is gone could not be removed: {}", attempt, e);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("a script whose engine is gone did not end: {}", attempt, e);
        }
    }

    private static boolean isOrphan(Path directory) throws IOException {
        try (Confined file = Confined.open(directory.resolve(MARK))) { // its script may still run
            byte[] mark = Channels.newInputStream(file.channel()).readNBytes(LONGEST_MARK_BYTES);
            List<String> lines =
                    new String(mark, StandardCharsets.UTF_8).lines().toList();
            return lines.size() == 3
                    && Owners.isGone(new Owner("", lines.get(0), Long.parseLong(lines.get(1)), lines.get(2)));
        } catch (FileSystemException | NumberFormatException e) {
            return false; // not marked, or not by an engine
        }
    }

    private static List<Path> directories(Path parent) throws IOException {
        List<Path> directories = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    directories.add(entry);
                }
            }
        } catch (NoSuchFileException e) {
            // removed in the meantime
        }
        return directories;
    }
}
