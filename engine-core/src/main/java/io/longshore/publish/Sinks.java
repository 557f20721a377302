package io.longshore.publish;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.OutputRequest;
import io.longshore.spi.DataSink;
import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The sinks that an engine was built with, by the types of reference that lead to them. */
public final class Sinks {
    private final Map<String, DataSink> byType = new TreeMap<>();

    /**
     * Sinks by type.
     *
     * @param sinks the sinks; of two that serve one type, the first one serves it
     */
    public Sinks(List<DataSink> sinks) {
        for (DataSink sink : sinks) {
            sink.types().forEach(type -> byType.putIfAbsent(type, sink));
        }
    }

    /**
     * Refuses an output that no sink serves, or that its sink refuses by its looks.
     *
     * @param field where the output's reference stands in the submission
     * @param output the output
     * @throws InvalidRequestException naming the part of the reference
     */
    public void check(String field, OutputRequest output) {
        DataReference target = output.target();
        DataSink sink = byType.get(target.type());
        if (sink == null) {
            throw new InvalidRequestException(
                    field + ".type", target.type(), "is not one of the known types " + byType.keySet());
        }
        if (output.kind() == OutputRequest.Kind.ARCHIVE) {
            try {
                sink.check(target);
            } catch (InvalidRequestException e) {
                throw e.within(field);
            }
        }
    }

    DataSink of(DataReference target) throws IOException {
        DataSink sink = byType.get(target.type());
        if (sink == null) {
            throw new PermanentStorageException(target + " has a type that is not one of " + byType.keySet());
        }
        return sink;
    }
}
