package io.longshore.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.DataReference;
import io.longshore.api.Handling;

/** References as JSON: in stored requests, and where there are too many for memory. */
public final class ReferenceCodec {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ReferenceCodec() {}

    /**
     * A reference as JSON.
     *
     * @param reference any
     * @return what {@link #read} reads
     */
    public static ObjectNode write(DataReference reference) {
        ObjectNode node = JSON.createObjectNode();
        node.put("type", reference.type());
        reference.id().ifPresent(id -> node.put("id", id));
        reference.connection().ifPresent(connection -> node.put("connection", connection));
        reference.location().forEach(node.putObject("location")::put);
        node.put("handling", reference.handling().name());
        return node;
    }

    /**
     * A reference of JSON.
     *
     * @param node what {@link #write} wrote
     * @return the reference
     */
    public static DataReference read(JsonNode node) {
        DataReference.Builder reference = DataReference.builder(node.get("type").textValue());
        if (node.has("id")) {
            reference.id(node.get("id").textValue());
        }
        if (node.has("connection")) {
            reference.connection(node.get("connection").textValue());
        }
        node.get("location")
                .properties()
                .forEach(e -> reference.location(e.getKey(), e.getValue().textValue()));
        return reference
                .handling(Handling.valueOf(node.get("handling").textValue()))
                .build();
    }
}
