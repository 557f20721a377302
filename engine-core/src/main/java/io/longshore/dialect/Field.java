package io.longshore.dialect;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.longshore.api.InvalidRequestException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value in a document and where it stands, so that whatever is wrong with it can be said by name. A member that is
 * null counts as absent.
 *
 * @param path where it stands, such as {@code scoring.output_data_reference}; empty for the whole document
 * @param value what stands there
 */
record Field(String path, JsonNode value) {
    /** Keeps numbers as they were written, and refuses what a reader could take in two ways. */
    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final ObjectMapper LENIENT = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** What a parser quotes of a malformed document may be a part of a secret. */
    private static final Pattern QUOTED_TOKEN = Pattern.compile("token '.*'", Pattern.DOTALL);

    /** Reads a whole document. */
    static Field document(String text) {
        JsonNode root;
        try (JsonParser parser = JSON.createParser(text)) {
            root = JSON.readTree(parser);
            if (root == null || root.isMissingNode()) {
                throw new InvalidRequestException("document", null, "is empty: JSON is expected");
            }
            if (parser.nextToken() != null) {
                throw malformed("more text follows its end", parser.currentTokenLocation());
            }
        } catch (JsonProcessingException e) {
            String reason = QUOTED_TOKEN
                    .matcher(e.getOriginalMessage())
                    .replaceAll("token")
                    .replaceAll(", from `[^`]*`", "") // where the limit stands in Jackson
                    .replaceAll("\\[Source: [^\\]]*; line: (\\d+), column: (\\d+)\\]", "line $1, column $2");
            throw malformed(reason, e.getLocation());
        } catch (IOException e) {
            throw new InvalidRequestException("document", null, "cannot be read: " + e.getMessage());
        }
        return new Field("", root).object();
    }

    /** A value that was found to be JSON before, such as what a script left; a repeated member is taken as readers do. */
    static JsonNode value(String text) {
        try {
            return LENIENT.readTree(text);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(text);
        }
    }

    private static InvalidRequestException malformed(String reason, @Nullable JsonLocation at) {
        String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        return new InvalidRequestException("document", null, "is not JSON" + where + ": " + reason);
    }

    /** A member that may be absent. */
    Optional<Field> find(String name) {
        JsonNode member = value.get(name);
        return member == null || member.isNull() ? Optional.empty() : Optional.of(new Field(pathOf(name), member));
    }

    /** A member that has to be there. */
    Field require(String name) {
        return find(name).orElseThrow(() -> new InvalidRequestException(pathOf(name), null, "is missing"));
    }

    boolean has(String name) {
        return find(name).isPresent();
    }

    String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** The members in their order, null ones included. */
    List<Map.Entry<String, Field>> members() {
        List<Map.Entry<String, Field>> members = new ArrayList<>();
        object().value
                .properties()
                .forEach(e -> members.add(Map.entry(e.getKey(), new Field(pathOf(e.getKey()), e.getValue()))));
        return members;
    }

    /** The elements in their order. */
    List<Field> elements() {
        if (!value.isArray()) {
            throw expected("an array");
        }
        List<Field> elements = new ArrayList<>();
        value.forEach(element -> elements.add(new Field(path + "[" + elements.size() + "]", element)));
        return elements;
    }

    Field object() {
        if (!value.isObject()) {
            throw expected("an object");
        }
        return this;
    }

    ObjectNode node() {
        return (ObjectNode) object().value;
    }

    String text() {
        if (!value.isTextual()) {
            throw noString();
        }
        return value.textValue();
    }

    /** A string that says something. */
    String word() {
        String text = text();
        if (text.isEmpty()) {
            throw refused("must not be empty");
        }
        return text;
    }

    /** A whole number from {@code least} up. */
    long whole(long least) {
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < least) {
            throw expected("a whole number of at least " + least);
        }
        return value.longValue();
    }

    int wholeInt(int least) {
        long whole = whole(least);
        if (whole > Integer.MAX_VALUE) {
            throw expected("a whole number of at most " + Integer.MAX_VALUE);
        }
        return (int) whole;
    }

    /** One constant of an enum, written in lower case. */
    <E extends Enum<E>> E oneOf(Class<E> type) {
        List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            String name = constant.name().toLowerCase(Locale.ROOT);
            if (value.isTextual() && value.textValue().equals(name)) {
                return constant;
            }
            names.add(name);
        }
        throw expected("one of " + names);
    }

    /** A refusal of this field that quotes its value. */
    InvalidRequestException refused(String reason) {
        return new InvalidRequestException(path.isEmpty() ? "document" : path, quoted(), reason);
    }

    InvalidRequestException expected(String what) {
        return refused("must be " + what + (value.isValueNode() ? "" : ", and is " + kind()));
    }

    InvalidRequestException noString() {
        return refused("must be a string, and is " + kind());
    }

    private @Nullable String quoted() {
        return value.isValueNode() && !Modzy.isCredential(path.substring(path.lastIndexOf('.') + 1))
                ? value.asText()
                : null;
    }

    private String kind() {
        return switch (value.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case NUMBER -> "a number";
            case BOOLEAN -> "true or false";
            default -> "a string";
        };
    }
}
