package io.longshore.spi;

import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import java.io.IOException;
import java.util.Optional;

/**
 * Where scripts are found by name: WML's deployments, Modzy's models.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> may block on I/O for a short time; called at submission.
 */
public interface ScriptCatalog {
    /**
     * Finds a script.
     *
     * @param ref its id, and its version or none for the newest
     * @return the script, or empty where there is none of that id and version
     * @throws IOException if the catalog cannot be read
     */
    Optional<Script> find(ScriptRef ref) throws IOException;
}
