package io.longshore.spi;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/**
 * A place that job outputs are published to, such as a space of assets or a bucket.
 *
 * <p>An output becomes visible whole or not at all: readers never see a part of one, and an output that was not
 * {@linkplain Upload#commit committed} is never seen. A sink never retries; the engine does. Failures are told apart by
 * type as in {@link DataSource}.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> all but {@code types} and {@code check} block on I/O and answer an
 * interrupt with {@link java.io.InterruptedIOException}.
 *
 * <p>Check an implementation by extending {@code DataSinkContract} from engine-testkit.
 */
public interface DataSink {
    /**
     * The types of reference that lead here.
     *
     * @return a constant set, such as {@code data_asset}
     */
    Set<String> types();

    /**
     * Refuses a target that can never be published to, by its looks alone, at submission.
     *
     * @param target a reference of one of {@link #types}
     * @throws InvalidRequestException naming the part that is missing or wrong, as {@code location.…}
     */
    void check(DataReference target) throws InvalidRequestException;

    /**
     * Begins an upload; nothing is visible yet.
     *
     * @param publication what, and where to
     * @param access with what rights
     * @return the upload, to be committed or closed
     * @throws IOException if the store does not take it
     */
    Upload begin(Publication publication, Access access) throws IOException;

    /**
     * Looks whether a publication was committed, such as before a crash.
     *
     * @param publication the publication, by its target and key
     * @param access with what rights
     * @return what readers see, or empty if this key was never committed there
     * @throws IOException if the store does not answer
     */
    Optional<Published> find(Publication publication, Access access) throws IOException;

    /**
     * Removes what uploads of this key that were neither committed nor closed left behind; a no-op where there is
     * nothing. What was committed stays.
     *
     * @param publication the publication, by its target and key
     * @param access with what rights
     * @throws IOException if something may be left
     */
    void abandon(Publication publication, Access access) throws IOException;
}
