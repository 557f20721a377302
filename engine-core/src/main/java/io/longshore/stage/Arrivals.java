package io.longshore.stage;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.DataReference;
import io.longshore.codec.ReferenceCodec;
import io.longshore.spi.Access;
import io.longshore.spi.SourceObject;
import io.longshore.workspace.Workspace;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The objects that an item's inputs lead to, in their order, each with the file it is to be. A thousand are kept in memory and
 * the rest in a file, as a folder may hold a million.
 */
final class Arrivals implements Closeable {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE) // there may be a million
            .build();
    private static final int IN_MEMORY = 1_000;

    private final Path file;
    private final List<Lead> leads = new ArrayList<>();
    private final List<Arrival> first = new ArrayList<>();
    private @Nullable JsonGenerator rest;
    private long totalBytes;

    /**
     * What led to some objects.
     *
     * @param number counts them
     * @param id what its script knows the input by
     * @param input the input
     * @param access with what rights its objects are read
     */
    record Lead(int number, Optional<String> id, DataReference input, Access access) {}

    /**
     * One object on its way to one file.
     *
     * @param lead what led to it
     * @param object the object
     * @param file the file, by its path below the directory of inputs
     */
    record Arrival(Lead lead, SourceObject object, String file) {}

    /** Takes one after the other. */
    interface Taker {
        void take(Arrival arrival) throws IOException;
    }

    /** None yet; a file is made when there are many. */
    Arrivals(Path file) {
        this.file = file;
    }

    Lead lead(Optional<String> id, DataReference input, Access access) {
        Lead lead = new Lead(leads.size(), id, input, access);
        leads.add(lead);
        return lead;
    }

    void add(Arrival arrival) throws IOException {
        totalBytes += arrival.object().sizeBytes().orElse(0);
        if (first.size() < IN_MEMORY) {
            first.add(arrival);
            return;
        }
        if (rest == null) {
            rest = JSON.createGenerator(Workspace.newPrivateOutputStream(file));
        }
        JSON.writeTree(rest, node(arrival));
    }

    /** The bytes of those whose size is known. */
    long totalBytes() {
        return totalBytes;
    }

    /** Gives all of them, once no more are added. */
    void forEach(Taker taker) throws IOException {
        for (Arrival arrival : first) {
            taker.take(arrival);
        }
        if (rest != null) {
            rest.close();
            try (MappingIterator<JsonNode> nodes =
                    JSON.readerFor(JsonNode.class).readValues(Files.newInputStream(file))) {
                while (nodes.hasNextValue()) {
                    taker.take(arrival(nodes.nextValue()));
                }
            }
        }
    }

    private static ObjectNode node(Arrival arrival) {
        SourceObject object = arrival.object();
        ObjectNode node = JSON.createObjectNode();
        node.put("lead", arrival.lead().number());
        node.put("file", arrival.file());
        node.set("reference", ReferenceCodec.write(object.reference()));
        node.put("name", object.name());
        node.put("relativeName", object.relativeName());
        node.put("source", object.source());
        object.sizeBytes().ifPresent(bytes -> node.put("sizeBytes", bytes));
        object.sha256().ifPresent(hash -> node.put("sha256", hash));
        object.version().ifPresent(version -> node.put("version", version));
        return node;
    }

    private Arrival arrival(JsonNode node) {
        SourceObject object = new SourceObject(
                ReferenceCodec.read(node.get("reference")),
                node.get("name").textValue(),
                node.get("relativeName").textValue(),
                node.get("source").textValue(),
                node.has("sizeBytes") ? OptionalLong.of(node.get("sizeBytes").longValue()) : OptionalLong.empty(),
                Optional.ofNullable(node.path("sha256").textValue()),
                Optional.ofNullable(node.path("version").textValue()),
                Optional.empty());
        return new Arrival(
                leads.get(node.get("lead").intValue()), object, node.get("file").textValue());
    }

    @Override
    public void close() throws IOException {
        if (rest != null) {
            rest.close();
            Files.deleteIfExists(file);
        }
    }
}
