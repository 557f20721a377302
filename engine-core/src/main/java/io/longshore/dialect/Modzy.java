package io.longshore.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.ItemRequest;
import io.longshore.api.JobRequest;
import io.longshore.api.Limits;
import io.longshore.api.OutputRequest;
import io.longshore.api.Payload;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.api.Secret;
import io.longshore.stage.EmbeddedSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Modzy's submissions, {@code POST /api/jobs}: one run of the model for each input item (contract 4). */
final class Modzy {
    static final String DIALECT = "modzy";

    /** What the references of a submission name its own credentials by; no catalog is asked for it. */
    private static final String CONNECTION = "submission";

    private static final List<String> TYPES = List.of("aws-s3", "aws-s3-folder", "storage-grid", "text", "embedded");

    /** What the names of credentials end in, and what is one by itself. */
    private static final Set<String> CREDENTIAL_ENDINGS =
            Set.of("accesskeyid", "accesskey", "secretkey", "sessiontoken", "accesstoken", "password", "apikey");

    private static final Set<String> CREDENTIALS = Set.of("secret", "token", "credentials", "passphrase");

    private static final String ACCESS_KEY_ID = "accessKeyID";
    private static final String SECRET_ACCESS_KEY = "secretAccessKey";

    private Modzy() {}

    /** Whether a member of this name holds a secret, however it is spelt. */
    static boolean isCredential(String name) {
        String letters = name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
        return CREDENTIALS.contains(letters) || CREDENTIAL_ENDINGS.stream().anyMatch(letters::endsWith);
    }

    static JobRequest parse(Field root, Optional<Script> script) {
        Field input = root.require("input").object();
        String type = input.require("type").word();
        if (!TYPES.contains(type)) {
            throw input.require("type").refused("is not one of the supported types " + TYPES);
        }
        JobRequest.Builder request =
                script.isPresent() ? JobRequest.builder(script.get()) : JobRequest.builder(model(root));
        Optional<Connection> connection = isRemote(type) ? Optional.of(connection(input, type)) : Optional.empty();
        connection.ifPresent(request::connection);
        List<Map.Entry<String, Field>> sources = input.require("sources").members();
        if (sources.isEmpty()) {
            throw new InvalidRequestException(input.pathOf("sources"), null, "names no input item");
        }
        for (Map.Entry<String, Field> source : sources) {
            request.item(item(type, source.getKey(), source.getValue()));
        }
        Limits.Builder limits = Limits.builder();
        Settings.of(root, false).apply(request, limits);
        root.find("timeout").ifPresent(timeout -> limits.job(Duration.ofMillis(timeout.whole(1))));
        return request.limits(limits.build())
                .explain(root.find("explain").map(Modzy::flag).orElse(false))
                .itemsMayFail(true)
                .output(OutputRequest.files(DataReference.builder("data_asset").build())
                        .build())
                .payload(new Payload(DIALECT, frame(root)))
                .build();
    }

    private static ScriptRef model(Field root) {
        Field model = root.require("model").object();
        return new ScriptRef(
                model.require("identifier").word(), model.find("version").map(Field::word));
    }

    private static boolean flag(Field field) {
        JsonNode value = field.value();
        if (value.isBoolean()) {
            return value.booleanValue();
        }
        if (value.isTextual() && Set.of("true", "false").contains(value.textValue())) {
            return value.textValue().equals("true");
        }
        throw field.expected("true or false");
    }

    private static boolean isRemote(String type) {
        return !type.equals("text") && !type.equals("embedded");
    }

    private static Connection connection(Field input, String type) {
        for (Map.Entry<String, Field> member : input.members()) {
            String name = member.getKey();
            if (isCredential(name) && !name.equals(ACCESS_KEY_ID) && !name.equals(SECRET_ACCESS_KEY)) {
                throw new InvalidRequestException(
                        member.getValue().path(),
                        null,
                        "is not known: credentials are " + ACCESS_KEY_ID + " and " + SECRET_ACCESS_KEY);
            }
        }
        Connection.Builder connection = Connection.builder(CONNECTION, "s3");
        Optional<Field> id = input.find(ACCESS_KEY_ID);
        Optional<Field> secret = input.find(SECRET_ACCESS_KEY);
        if (id.isPresent() != secret.isPresent()) {
            input.require(ACCESS_KEY_ID);
            input.require(SECRET_ACCESS_KEY);
        }
        id.ifPresent(i -> connection.secret(Connection.ACCESS_KEY_ID, Secret.of(i.word())));
        secret.ifPresent(s -> connection.secret(Connection.SECRET_ACCESS_KEY, Secret.of(s.word())));
        Optional<String> region = input.find("region").map(Field::word);
        if (type.equals("storage-grid")) {
            input.require("endpoint");
            region = region.or(() -> Optional.of("us-east-1"));
        }
        region.ifPresent(r -> connection.property(Connection.REGION, r));
        input.find("endpoint").ifPresent(e -> connection.property(Connection.ENDPOINT, e.word()));
        return connection.build();
    }

    // ---- sources

    private static ItemRequest item(String type, String key, Field sources) {
        if (!sources.value().isObject()) {
            throw sources.expected("an object: sources has two levels, input item and data item");
        }
        List<ItemRequest.Input> inputs = new ArrayList<>();
        for (Map.Entry<String, Field> source : sources.members()) {
            inputs.add(ItemRequest.Input.named(source.getKey(), reference(type, source.getValue())));
        }
        if (!type.equals("aws-s3-folder")) {
            return ItemRequest.of(key, inputs);
        }
        if (inputs.size() != 1) {
            throw new InvalidRequestException(
                    sources.path(), null, "must have one data item, whose folder is listed; it has " + inputs.size());
        }
        return ItemRequest.forEachObject(
                key, inputs.get(0).name().orElseThrow(), inputs.get(0).reference());
    }

    private static DataReference reference(String type, Field source) {
        return switch (type) {
            case "text" -> EmbeddedData.ofText(source.text());
            case "embedded" -> EmbeddedData.ofUri(source);
            case "aws-s3-folder" -> folder(source);
            default -> {
                requireLocation(source);
                yield DataReference.s3(
                        CONNECTION,
                        source.require(DataReference.BUCKET).word(),
                        source.require(DataReference.KEY).word());
            }
        };
    }

    private static DataReference folder(Field source) {
        requireLocation(source);
        Field prefix = source.find(DataReference.PREFIX)
                .or(() -> source.find("folder"))
                .orElseGet(() -> source.require(DataReference.KEY));
        return DataReference.builder("s3")
                .connection(CONNECTION)
                .location(
                        DataReference.BUCKET,
                        source.require(DataReference.BUCKET).word())
                .location(DataReference.PREFIX, prefix.text())
                .build();
    }

    private static void requireLocation(Field source) {
        if (!source.value().isObject()) {
            throw source.expected("an object with bucket and key: sources has two levels, input item and data item");
        }
    }

    // ---- what is kept, and what scripts see

    /** The submission without its credentials and sources, which the request itself holds. */
    private static String frame(Field root) {
        ObjectNode frame = root.node().deepCopy();
        ObjectNode input = (ObjectNode) frame.get("input");
        input.remove("sources");
        forgetCredentials(frame);
        return Documents.compact(frame);
    }

    private static void forgetCredentials(JsonNode node) {
        for (Iterator<Map.Entry<String, JsonNode>> members = node.properties().iterator(); members.hasNext(); ) {
            Map.Entry<String, JsonNode> member = members.next();
            if (isCredential(member.getKey())) {
                members.remove();
            } else {
                forgetCredentials(member.getValue());
            }
        }
        if (node.isArray()) {
            node.forEach(Modzy::forgetCredentials);
        }
    }

    /** The submission without its credentials, with the sources of the one item that runs (contract 1.5). */
    static ObjectNode payload(JobRequest request, Script script, ItemRequest item) {
        ObjectNode payload =
                Field.document(request.payload().orElseThrow().json()).node();
        payload.put("explain", request.explain() && script.explainable());
        payload.put("item", item.key());
        ObjectNode input = (ObjectNode) payload.get("input");
        ObjectNode sources = input.putObject("sources").putObject(item.key());
        for (ItemRequest.Input each : item.inputs()) {
            sources.set(each.name().orElse(""), source(each.reference()));
        }
        return payload;
    }

    private static JsonNode source(DataReference reference) {
        if (reference.type().equals(EmbeddedSource.TYPE)) {
            return EmbeddedData.node(reference);
        }
        ObjectNode source = Field.JSON.createObjectNode();
        reference.location().forEach(source::put);
        return source;
    }
}
