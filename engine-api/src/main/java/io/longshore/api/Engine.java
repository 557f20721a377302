package io.longshore.api;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Carries script jobs from data to data: stages their inputs, runs the script, compresses what it wrote, publishes it.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> only {@code await} and {@code close} wait for jobs; the others answer
 * at once.
 */
public interface Engine extends Closeable {
    /**
     * Accepts a job and returns at once. What can be known without I/O on remote stores is checked first.
     *
     * @param request what is asked
     * @return the job, queued; or the earlier job if its {@linkplain JobRequest#key key} was used before
     * @throws InvalidRequestException if the request names something unknown or wrong; nothing was done
     * @throws IllegalStateException if the engine is closed
     */
    Job submit(JobRequest request);

    /**
     * Accepts a job that a document asks for: a WML deployment job or a Modzy submission, told apart by its content.
     *
     * @param document JSON
     * @return the job, queued
     * @throws InvalidRequestException if the document is malformed (with line and column), or names something unknown or
     *     wrong; nothing was done
     * @throws IllegalStateException if the engine is closed
     */
    Job submit(String document);

    /**
     * Reads what a document asks for, for hosts that change it before they submit it. Nothing is looked up: what it names
     * may be unknown here.
     *
     * @param document JSON, as for {@link #submit(String)}
     * @return the request
     * @throws InvalidRequestException if the document is malformed (with line and column), or wrong by its looks
     */
    JobRequest parse(String document);

    /**
     * Reads what a document asks for, with a script in place of the deployment or model that it names, or need not name.
     *
     * @param document JSON, as for {@link #submit(String)}
     * @param script the script to run
     * @return the request
     * @throws InvalidRequestException if the document is malformed (with line and column), or wrong by its looks
     */
    JobRequest parse(String document, Script script);

    /**
     * Accepts a job over objects in AWS S3, as Modzy's {@code client.jobs.submit_aws_s3} does: the script runs once for
     * each input item.
     *
     * @param model the model identifier, which is a script's id
     * @param version the model's version, which is the script's version
     * @param sources input item key → data item key → {@code bucket} and {@code key}
     * @param accessKeyId the AWS access key
     * @param secretAccessKey the AWS secret key
     * @param region the AWS region, such as {@code us-east-1}
     * @param explain whether an explainable script is asked to explain its results
     * @return the job, queued
     * @throws InvalidRequestException if something is missing, unknown or wrong; nothing was done
     * @throws IllegalStateException if the engine is closed
     */
    Job submitAwsS3(
            String model,
            String version,
            Map<String, Map<String, Map<String, String>>> sources,
            String accessKeyId,
            String secretAccessKey,
            String region,
            boolean explain);

    /**
     * Finds a job.
     *
     * @param id its id
     * @return the job as it is now, or empty where there is none of that id, or no longer
     */
    Optional<Job> find(JobId id);

    /**
     * Lists the jobs that are kept.
     *
     * @return the jobs as they are now, newest first
     */
    List<Job> list();

    /**
     * A future of a job's end.
     *
     * @param id the job's id
     * @return a future of its own that completes with the ended job; completing or canceling it does nothing to the job
     * @throws java.util.NoSuchElementException if there is no job of that id
     */
    CompletableFuture<Job> whenEnded(JobId id);

    /**
     * Waits for a job's end.
     *
     * @param id the job's id
     * @return the ended job
     * @throws InterruptedException if the calling thread is interrupted; the job goes on
     * @throws java.util.NoSuchElementException if there is no job of that id
     */
    Job await(JobId id) throws InterruptedException;

    /**
     * Asks for a job's end and returns at once. A queued job never starts; of a running one, every process gets a TERM, a
     * grace time and a KILL (contract 3.4). A job that has ended does not change.
     *
     * @param id the job's id
     * @return the job as it is now: canceling, canceled or ended before
     * @throws java.util.NoSuchElementException if there is no job of that id
     */
    Job cancel(JobId id);

    /**
     * Asks for a job's end as {@link #cancel(JobId)} does, with a grace time of its own. Asked again with a shorter one, the
     * job has no longer than that. Where another engine runs the job, its own grace counts.
     *
     * @param id the job's id
     * @param grace how long its scripts have to end by themselves before they get a KILL; zero is at once
     * @return the job as it is now: canceling, canceled or ended before
     * @throws java.util.NoSuchElementException if there is no job of that id
     */
    Job cancel(JobId id, Duration grace);

    /**
     * The job as its dialect shows it: the WML status document; for Modzy {@code {"job":…,"results":…}}.
     *
     * @param id the job's id
     * @return JSON in the form that the job was submitted in; a WML status document for a request made in Java
     * @throws java.util.NoSuchElementException if there is no job of that id
     */
    String document(JobId id);

    /**
     * Reads what the newest attempt of an item's script wrote, also while it runs. Offsets count what the script wrote and
     * never change, whatever is kept of it: of a long log the middle is left out, and a part that is asked for from there
     * begins where the log goes on, at a greater offset. A part ends before what was left out, so that
     * {@link LogPart#nextOffset} leads over it.
     *
     * @param id the job's id
     * @param item the item's number
     * @param stream which stream
     * @param offset where to begin, in bytes from 0
     * @param maxBytes how much to read at most
     * @return what there is; empty at the end so far, or if the item never ran
     * @throws IOException if the log cannot be read
     * @throws IllegalArgumentException if the offset is negative
     * @throws java.util.NoSuchElementException if there is no job or item of that id and number
     */
    LogPart readLog(JobId id, int item, LogStream stream, long offset, int maxBytes) throws IOException;

    /**
     * Finds the directories of an item's newest attempt: while it runs, and afterwards where its job asks for them to be
     * kept. The script's own are {@code input}, {@code output} and {@code scratch}. What is kept stays until somebody
     * removes it.
     *
     * @param id the job's id
     * @param item the item's number
     * @return their parent, or empty where there is none in this engine's home
     * @throws java.util.NoSuchElementException if there is no job or item of that id and number
     */
    Optional<Path> findWorkspace(JobId id, int item);

    /**
     * Adds a listener to the events of all jobs from now on.
     *
     * @param listener the listener
     */
    void addListener(JobListener listener);

    /**
     * Removes a listener; events on their way may still reach it.
     *
     * @param listener the listener
     */
    void removeListener(JobListener listener);

    /**
     * Publishes what the script of a job wrote that could not be published, in a new job, without running it again. The
     * outputs are published as those of the earlier job: one that is in its store after all is found there. Only what was
     * {@linkplain KeepWorkspace#UNPUBLISHED kept} can be published, by an engine of the same home.
     *
     * @param id the job, which has ended
     * @return the new job, of those items whose output is still kept
     * @throws java.util.NoSuchElementException if there is no such job
     * @throws IllegalStateException if it has not ended, nothing of it is kept that was not published, or its secrets
     *     cannot be opened any more
     */
    Job retryPublish(JobId id);

    /**
     * Starts no more jobs, and waits until those that run here have ended. Jobs that are submitted or wait stay queued, for
     * another engine on the same store.
     *
     * @throws InterruptedException if the calling thread is interrupted; the jobs go on
     */
    void drain() throws InterruptedException;

    /**
     * Ends the engine. Jobs of a store that outlives the host are let go of: their scripts run on, and whoever opens the
     * store next goes on with them. Others are canceled, and nothing is left of them; a plug-in that heeds no interrupt is
     * waited for half a minute beyond the grace that scripts have. Closes what the engine itself made. Again is the same as
     * once.
     *
     * @throws IOException if something could not be closed
     */
    @Override
    void close() throws IOException;

    /**
     * Waits for a job's end for a limited time.
     *
     * @param id the job's id
     * @param timeout how long to wait; what is longer than a {@code long} has nanoseconds is about 292 years
     * @return the job as it is at the end of the wait, ended or not
     * @throws InterruptedException if the calling thread is interrupted; the job goes on
     * @throws java.util.NoSuchElementException if there is no job of that id
     */
    Job await(JobId id, Duration timeout) throws InterruptedException;
}
