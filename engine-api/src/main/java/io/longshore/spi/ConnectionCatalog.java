package io.longshore.spi;

import io.longshore.api.Connection;
import java.io.IOException;
import java.util.Optional;

/**
 * Where connections are found by id.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> may block on I/O for a short time; called at submission, and again
 * when an item uses the connection.
 */
public interface ConnectionCatalog {
    /**
     * Finds a connection.
     *
     * @param id its id
     * @return the connection with its secrets, or empty where there is none of that id
     * @throws IOException if the catalog cannot be read, or its secrets cannot be opened
     */
    Optional<Connection> find(String id) throws IOException;
}
