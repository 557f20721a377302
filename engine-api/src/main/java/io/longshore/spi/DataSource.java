package io.longshore.spi;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A place that job inputs come from, such as a space of assets or S3. Not a {@code javax.sql} type.
 *
 * <p>A source never retries; the engine does. {@link java.nio.file.NoSuchFileException} says that an object is absent,
 * {@link PermanentStorageException} that trying again is hopeless; any other {@link IOException} may be retried.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> {@code resolve} and {@code fetch} block on I/O and answer an interrupt
 * with {@link java.io.InterruptedIOException}; {@code check} never blocks.
 *
 * <p>Check an implementation by extending {@code DataSourceContract} from engine-testkit.
 */
public interface DataSource {
    /**
     * The types of reference that lead here.
     *
     * @return a constant set, such as {@code data_asset}
     */
    Set<String> types();

    /**
     * Refuses a reference that can never be followed, by its looks alone, at submission.
     *
     * @param reference a reference of one of {@link #types}
     * @throws InvalidRequestException naming the part that is missing or wrong, as {@code location.…}
     */
    void check(DataReference reference) throws InvalidRequestException;

    /**
     * Refuses a connection that can never serve, by its looks alone, at submission. Unless overridden, none is refused.
     *
     * @param connection what a reference of one of {@link #types} names
     * @throws InvalidRequestException naming the property that is wrong
     */
    default void check(Connection connection) throws InvalidRequestException {}

    /**
     * Finds the objects that a reference leads to: one, or those of a folder, page by page.
     *
     * @param reference the reference
     * @param access with what rights
     * @param each takes each object, on the calling thread, in a constant order; what it throws ends the call
     * @throws IOException if the object is absent ({@code NoSuchFileException}) or the store does not answer; a folder
     *     without objects is no failure
     */
    void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException;

    /**
     * Copies one object into a new file, whole and verified (length, and checksum where the store has one), or throws.
     * An object that changed since it was resolved is a {@link PermanentStorageException}.
     *
     * @param object an object that this source resolved, with nothing {@linkplain SourceObject#elsewhere elsewhere}
     * @param access with what rights; the same as for {@code resolve}
     * @param target a path where nothing is, on any file system; after an exception a partial file may stay there
     * @param transfer takes progress and says when to stop
     * @throws IOException if the object did not arrive whole
     */
    void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException;
}
