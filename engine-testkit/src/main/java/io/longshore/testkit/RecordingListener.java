package io.longshore.testkit;

import io.longshore.api.JobEvent;
import io.longshore.api.JobId;
import io.longshore.api.JobListener;
import io.longshore.api.JobState;
import java.util.ArrayList;
import java.util.List;

/** A listener that keeps what it heard. */
public final class RecordingListener implements JobListener {
    private final List<JobEvent> events = new ArrayList<>(); // guarded by this

    /** A listener that has heard nothing. */
    public RecordingListener() {}

    @Override
    public synchronized void onEvent(JobEvent event) {
        events.add(event);
        notifyAll();
    }

    /**
     * What was heard so far.
     *
     * @return the events in their order
     */
    public synchronized List<JobEvent> events() {
        return List.copyOf(events);
    }

    /**
     * The states that a job was heard to enter.
     *
     * @param id the job
     * @return the states in their order
     */
    public synchronized List<JobState> states(JobId id) {
        List<JobState> states = new ArrayList<>();
        for (JobEvent event : events) {
            if (event instanceof JobEvent.StateChanged changed && changed.job().equals(id)) {
                states.add(changed.snapshot().state());
            }
        }
        return states;
    }
}
