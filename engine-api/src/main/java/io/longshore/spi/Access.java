package io.longshore.spi;

import io.longshore.api.Connection;
import java.util.Optional;

/**
 * With what rights a reference is followed.
 *
 * @param connection the connection that the reference names, resolved; empty where it names none
 * @param hostCredentials whether the host's own credentials (its environment, its instance role) may serve where the
 *     connection has none
 */
public record Access(Optional<Connection> connection, boolean hostCredentials) {
    /**
     * Access without a connection and without the host's credentials.
     *
     * @return the least access
     */
    public static Access none() {
        return new Access(Optional.empty(), false);
    }

    /**
     * Access by one connection, without the host's credentials.
     *
     * @param connection the connection
     * @return the access
     */
    public static Access by(Connection connection) {
        return new Access(Optional.of(connection), false);
    }
}
