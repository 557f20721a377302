package io.longshore.storage.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The records of a space: small JSON files. */
final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static byte[] bytes(ObjectNode record) {
        return record.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Makes a value of a record; what it throws means that the record is damaged. */
    interface Reading<T> {
        T of(Fields fields) throws IOException;
    }

    /** Reads a record, or nothing where there is none; one that makes no sense is named in the exception, not quoted. */
    static <T> Optional<T> read(Path file, Reading<T> reading) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw Disk.translated(e, "reading a record");
        }
        JsonNode record;
        try {
            record = MAPPER.readTree(bytes);
        } catch (IOException e) { // without it as the cause, as it quotes the source
            throw new PermanentStorageException("a record is damaged, as it is no JSON: \"" + file + "\"");
        }
        try {
            return Optional.of(reading.of(new Fields(record)));
        } catch (RuntimeException e) {
            throw new PermanentStorageException("a record is damaged: \"" + file + "\"", e);
        }
    }

    /** The fields of a record; a missing one or one of another kind is an {@link IllegalArgumentException}. */
    static final class Fields {
        private final @Nullable JsonNode node;

        private Fields(@Nullable JsonNode node) {
            this.node = node;
        }

        private JsonNode field(String name) {
            JsonNode field = node == null ? null : node.get(name);
            if (field == null) {
                throw new IllegalArgumentException("field is missing: " + name);
            }
            return field;
        }

        boolean has(String name) {
            return node != null && node.has(name);
        }

        String text(String name) {
            if (!field(name).isTextual()) {
                throw new IllegalArgumentException("field is no text: " + name);
            }
            return field(name).textValue();
        }

        long number(String name) {
            if (!field(name).isIntegralNumber()) {
                throw new IllegalArgumentException("field is no number: " + name);
            }
            return field(name).longValue();
        }

        boolean bool(String name) {
            if (!field(name).isBoolean()) {
                throw new IllegalArgumentException("field is no boolean: " + name);
            }
            return field(name).booleanValue();
        }

        Fields fields(String name) {
            if (!field(name).isObject()) {
                throw new IllegalArgumentException("field is no object: " + name);
            }
            return new Fields(field(name));
        }

        List<String> names() {
            List<String> names = new ArrayList<>();
            if (node != null) {
                node.fieldNames().forEachRemaining(names::add);
            }
            return names;
        }

        Map<String, String> texts(String name) {
            Map<String, String> texts = new LinkedHashMap<>();
            Fields fields = fields(name);
            fields.names().forEach(key -> texts.put(key, fields.text(key)));
            return texts;
        }

        List<String> list(String name) {
            List<String> list = new ArrayList<>();
            if (!field(name).isArray()) {
                throw new IllegalArgumentException("field is no list: " + name);
            }
            for (JsonNode each : field(name)) {
                if (!each.isTextual()) {
                    throw new IllegalArgumentException("list holds what is no text: " + name);
                }
                list.add(each.textValue());
            }
            return list;
        }
    }
}
