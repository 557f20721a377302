package io.longshore.stage;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.JobRequest;
import io.longshore.spi.Access;
import io.longshore.spi.ConnectionCatalog;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Finds the connections that references name: those that came with the job first, then the catalogs'. */
public final class Connections {
    private final List<ConnectionCatalog> catalogs;
    private final boolean hostCredentials;

    /**
     * Connections of an engine.
     *
     * @param catalogs asked in this order
     * @param hostCredentials whether the host's own credentials may serve jobs
     */
    public Connections(List<ConnectionCatalog> catalogs, boolean hostCredentials) {
        this.catalogs = List.copyOf(catalogs);
        this.hostCredentials = hostCredentials;
    }

    /**
     * Finds a connection.
     *
     * @param request the job, whose own connections come first
     * @param id the connection's id
     * @return the connection, or empty where nobody knows it
     * @throws IOException if a catalog cannot be read
     */
    public Optional<Connection> find(JobRequest request, String id) throws IOException {
        Connection own = request.connections().get(id);
        if (own != null) {
            return Optional.of(own);
        }
        for (ConnectionCatalog catalog : catalogs) {
            Optional<Connection> found = catalog.find(id);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * With what rights a reference is followed.
     *
     * @param request the job
     * @param reference one of its references
     * @return the access
     * @throws IOException if the reference names a connection that cannot be found
     */
    public Access access(JobRequest request, DataReference reference) throws IOException {
        if (reference.connection().isEmpty()) {
            return new Access(Optional.empty(), hostCredentials);
        }
        String id = reference.connection().get();
        Optional<Connection> connection = find(request, id);
        if (connection.isEmpty()) {
            throw new InputException(reference + " names a connection that is not known: \"" + id + "\"");
        }
        return new Access(connection, hostCredentials);
    }
}
