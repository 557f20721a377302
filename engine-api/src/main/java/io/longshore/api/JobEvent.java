package io.longshore.api;

import java.util.OptionalLong;

/** Something that happened to a job. Events of one job come in their order, each once. */
public sealed interface JobEvent {
    /**
     * The job it happened to.
     *
     * @return the id
     */
    JobId job();

    /**
     * A job entered a state.
     *
     * @param snapshot the job as it was then
     */
    record StateChanged(Job snapshot) implements JobEvent {
        @Override
        public JobId job() {
            return snapshot.id();
        }
    }

    /**
     * An item entered a phase, or got a warning or an output.
     *
     * @param job the job
     * @param item the item as it was then
     */
    record ItemChanged(JobId job, JobItem item) implements JobEvent {}

    /**
     * Bytes of an item moved. Such events may be left out when there are many; the next one says more.
     *
     * @param job the job
     * @param item the item's number
     * @param phase {@link Phase#STAGE} or {@link Phase#PUBLISH}
     * @param bytes how many bytes of the phase have moved so far
     * @param totalBytes how many there are, where known
     */
    record Progress(JobId job, int item, Phase phase, long bytes, OptionalLong totalBytes) implements JobEvent {}
}
