package io.longshore.cli;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobListener;
import io.longshore.api.JobRequest;
import io.longshore.engine.LongshoreEngine;
import io.longshore.spi.JobStore;
import io.longshore.storage.local.LocalSpace;
import io.longshore.store.jdbc.JdbcJobStore;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The queue of a home: an engine on its durable store, one of as many as there are commands at work on it. */
final class JobQueue implements Closeable {
    private final JobStore store;
    private final RemoteStorage remote;
    private final Spaces spaces;
    private final Engine engine;

    private JobQueue(JobStore store, RemoteStorage remote, Spaces spaces, Engine engine) {
        this.store = store;
        this.remote = remote;
        this.spaces = spaces;
        this.engine = engine;
    }

    /** Opens the queue to ask for jobs or to look at them; others run them. */
    static JobQueue open(Caller caller, Home home) throws IOException {
        return open(caller, home, Optional.empty(), List.of());
    }

    /** Opens the queue to run its jobs, and those of workers that are gone. */
    static JobQueue work(Caller caller, Home home, JobListener listener) throws IOException {
        return open(caller, home, Optional.of(listener), List.of());
    }

    /** Opens the queue for a job that is asked for in a space. */
    static JobQueue open(Caller caller, Home home, LocalSpace space) throws IOException {
        return open(caller, home, Optional.empty(), List.of(space));
    }

    private static JobQueue open(Caller caller, Home home, Optional<JobListener> worker, List<LocalSpace> submittedIn)
            throws IOException {
        System.setProperty("java.io.tmpdir", home.temporary().toString());
        JobStore store = JdbcJobStore.inDirectory(home.directory());
        try {
            RemoteStorage remote = new RemoteStorage();
            Spaces spaces = new Spaces(home.sealer());
            LongshoreEngine.Builder builder = LongshoreEngine.builder()
                    .home(home.directory())
                    .store(store)
                    .runsJobs(worker.isPresent())
                    .sealer(home.sealer())
                    .discovery(false)
                    .source(spaces.source())
                    .sink(spaces.sink())
                    .source(remote)
                    .sink(remote)
                    .connections(spaces)
                    .hostCredentials(true)
                    .hostEnvironment(caller.ownEnvironment());
            worker.ifPresent(builder::listener);
            submittedIn.forEach(space -> builder.scripts(space.scripts()));
            return new JobQueue(store, remote, spaces, builder.build());
        } catch (IOException | RuntimeException e) {
            try {
                store.close();
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    Engine engine() {
        return engine;
    }

    Job submit(LocalSpace space, JobRequest request) throws IOException {
        return engine.submit(spaces.within(space, request));
    }

    /** The job that the caller names. */
    Job require(String id) {
        return engine.find(new JobId(id))
                .orElseThrow(() -> new RefusedException("the queue has no job of this id: " + Text.quoted(id)));
    }

    /** Lets go of what runs here: scripts run on, for the next worker. */
    @Override
    public void close() throws IOException {
        try (store;
                remote;
                engine) {
            // closed in the opposite order
        }
    }
}
