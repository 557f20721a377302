package io.longshore.stage;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.DataSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The sources that an engine was built with, by the types of reference that lead to them. */
public final class Sources {
    private final Map<String, DataSource> byType = new TreeMap<>();

    /**
     * Sources by type.
     *
     * @param sources the sources; of two that serve one type, the first one serves it
     */
    public Sources(List<DataSource> sources) {
        for (DataSource source : sources) {
            source.types().forEach(type -> byType.putIfAbsent(type, source));
        }
    }

    /**
     * Refuses a reference that no source serves, or that its source refuses by its looks.
     *
     * @param field where the reference stands in the submission
     * @param reference the reference
     * @throws InvalidRequestException naming the part of the reference
     */
    public void check(String field, DataReference reference) {
        DataSource source = byType.get(reference.type());
        if (source == null) {
            throw new InvalidRequestException(
                    field + ".type", reference.type(), "is not one of the known types " + byType.keySet());
        }
        try {
            source.check(reference);
        } catch (InvalidRequestException e) {
            throw e.within(field);
        }
    }

    /**
     * Refuses a connection that the source of a reference refuses by its looks.
     *
     * @param field where the connection stands in the submission
     * @param reference a reference that was checked, and names the connection
     * @param connection the connection
     * @throws InvalidRequestException naming the property of the connection
     */
    public void check(String field, DataReference reference, Connection connection) {
        DataSource source = byType.get(reference.type());
        if (source != null) {
            try {
                source.check(connection);
            } catch (InvalidRequestException e) {
                throw e.within(field);
            }
        }
    }

    DataSource of(DataReference reference) throws InputException {
        DataSource source = byType.get(reference.type());
        if (source == null) {
            throw new InputException(reference + " has a type that is not one of " + byType.keySet());
        }
        return source;
    }
}
