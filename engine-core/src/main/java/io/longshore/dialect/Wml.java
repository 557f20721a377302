package io.longshore.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.DataReference;
import io.longshore.api.Handling;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.ItemRequest;
import io.longshore.api.JobRequest;
import io.longshore.api.Limits;
import io.longshore.api.OutputRequest;
import io.longshore.api.Payload;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** IBM Watson Machine Learning's batch deployment jobs of scripts: {@code POST /ml/v4/deployment_jobs} (contract 4). */
final class Wml {
    static final String DIALECT = "wml";

    private static final String ASSET = "data_asset";

    /** What a script fetches or uploads by itself unless the reference says otherwise (contract 1.6, 2.2). */
    private static final Set<String> REMOTE = Set.of("connection_asset", "s3");

    private Wml() {}

    static JobRequest parse(Field root, String text, Optional<Script> script) {
        Field scoring = root.require("scoring").object();
        refuseInlineData(scoring);
        refuseCredentials(root);
        JobRequest.Builder request = script.isPresent()
                ? JobRequest.builder(script.get())
                : JobRequest.builder(
                        ScriptRef.of(root.require("deployment").require("id").word()));
        root.find("name").ifPresent(name -> request.name(name.text()));
        root.find("space_id").ifPresent(Field::text);
        List<DataReference> inputs = new ArrayList<>();
        Optional<Field> references = scoring.find("input_data_references");
        if (references.isPresent()) {
            for (Field reference : references.get().elements()) {
                inputs.add(input(reference));
            }
        }
        request.inputs(inputs);
        Settings settings = Settings.of(root, true);
        scoring.find("output_data_reference").ifPresent(reference -> {
            OutputRequest.Builder output = OutputRequest.archive(output(reference));
            settings.apply(output);
            request.output(output.build());
        });
        scoring.find("environment_variables").ifPresent(variables -> environment(variables, request));
        Limits.Builder limits = Limits.builder();
        settings.apply(request, limits);
        return request.limits(limits.build())
                .itemsMayFail(false)
                .payload(new Payload(DIALECT, payload(root, scoring, text)))
                .build();
    }

    private static void refuseInlineData(Field scoring) {
        if (scoring.has("input_data")) {
            throw new InvalidRequestException(
                    scoring.pathOf("input_data"), null, "is not for scripts: they take input_data_references");
        }
        Optional<Field> plural = scoring.find("output_data_references");
        if (plural.isPresent() && !plural.get().value().isEmpty()) {
            throw new InvalidRequestException(
                    plural.get().path(), null, "is written output_data_reference, and is one object");
        }
    }

    /** What scripts are shown and records keep is the submission as it came, so that no secret may stand in it. */
    private static void refuseCredentials(Field field) {
        if (field.value().isObject()) {
            for (Map.Entry<String, Field> member : field.members()) {
                if (Modzy.isCredential(member.getKey())) {
                    throw new InvalidRequestException(
                            member.getValue().path(),
                            null,
                            "is a credential, which no document should hold: name a connection by its id");
                }
                if (!member.getValue().path().equals("scoring.environment_variables")) {
                    refuseCredentials(member.getValue());
                }
            }
        } else if (field.value().isArray()) {
            field.elements().forEach(Wml::refuseCredentials);
        }
    }

    private static void environment(Field variables, JobRequest.Builder request) {
        for (Map.Entry<String, Field> variable : variables.members()) {
            String value = variable.getValue().text();
            try {
                request.environment(variable.getKey(), value);
            } catch (InvalidRequestException e) {
                throw e.within("scoring");
            }
        }
    }

    // ---- references

    private static DataReference input(Field field) {
        DataReference.Builder reference = reference(field);
        boolean remote = isRemote(field);
        Optional<Field> stage = field.find("stage");
        if (stage.isPresent()) {
            reference.handling(stage.get().oneOf(Mover.class).handling);
        } else if (remote) {
            reference.handling(Handling.SCRIPT);
        }
        if (remote) {
            requireObject(field);
        }
        return reference.build();
    }

    private static DataReference output(Field field) {
        DataReference.Builder reference = reference(field);
        Field location = field.require("location");
        Optional<Field> publish = field.find("publish");
        Optional<Mover> mover = publish.map(p -> p.oneOf(Mover.class));
        if (isRemote(field)) {
            requireObject(field);
            return reference.handling(mover.orElse(Mover.SCRIPT).handling).build();
        }
        boolean named = location.has(DataReference.NAME);
        if (field.require("type").text().equals(ASSET)) {
            if (named == location.has(DataReference.HREF)) {
                throw new InvalidRequestException(
                        location.path(),
                        null,
                        "must have exactly one of name, of a new asset, and href, of remote data that the script writes;"
                                + " it has "
                                + (named
                                        ? "name \"" + location.require("name").text() + "\" and href \""
                                                + location.require("href").text() + "\""
                                        : "neither"));
            }
            if (!named) {
                if (mover.equals(Optional.of(Mover.ENGINE))) {
                    throw publish.orElseThrow()
                            .refused("cannot be engine where location.href names the data: the script uploads it");
                }
                return reference.handling(Handling.SCRIPT).build();
            }
        }
        mover.ifPresent(m -> reference.handling(m.handling));
        return reference.build();
    }

    private static boolean isRemote(Field reference) {
        return REMOTE.contains(reference.require("type").text());
    }

    private static void requireObject(Field reference) {
        Field location = reference.require("location");
        Optional<Field> key = location.find(DataReference.KEY);
        Optional<Field> name = location.find(DataReference.FILE_NAME);
        if (key.isEmpty() && name.isEmpty()) {
            throw new InvalidRequestException(
                    location.pathOf(DataReference.FILE_NAME), null, "is missing: an object has file_name or key");
        }
        if (key.isPresent()
                && name.isPresent()
                && !key.get().text().equals(name.get().text())) {
            throw key.get().refused("is not file_name, and an object has one of them");
        }
        key.or(() -> name).orElseThrow().word();
    }

    private static DataReference.Builder reference(Field field) {
        field.object();
        DataReference.Builder reference =
                DataReference.builder(field.require("type").word());
        field.find("id").ifPresent(id -> reference.id(id.text()));
        field.find("connection").ifPresent(connection -> {
            connection.find("id").map(Field::text).filter(id -> !id.isEmpty()).ifPresent(reference::connection);
        });
        for (Map.Entry<String, Field> part : field.require("location").members()) {
            JsonNode value = part.getValue().value();
            if (value.isTextual()) {
                reference.location(part.getKey(), value.textValue());
            } else if (Set.of("href", "name", "bucket", "key", "file_name", "prefix", "path")
                            .contains(part.getKey())
                    && !value.isNull()) {
                throw part.getValue().noString();
            }
        }
        return reference;
    }

    /** Who moves the data, as {@code stage} and {@code publish} say it. */
    private enum Mover {
        ENGINE(Handling.ENGINE),
        SCRIPT(Handling.SCRIPT);

        private final Handling handling;

        Mover(Handling handling) {
            this.handling = handling;
        }
    }

    // ---- the payload file

    /** The submission as it came, to the letter; but an empty list of inputs is left out (contract 1.5). */
    private static String payload(Field root, Field scoring, String text) {
        JsonNode references = scoring.value().get("input_data_references");
        if (references == null || !references.isEmpty()) {
            return text;
        }
        ObjectNode payload = root.node().deepCopy();
        ((ObjectNode) payload.get("scoring")).remove("input_data_references");
        return Documents.compact(payload);
    }

    /** What a script sees of a job that was submitted in Java. */
    static ObjectNode payload(JobRequest request, ItemRequest item) {
        ObjectNode payload = Field.JSON.createObjectNode();
        request.name().ifPresent(name -> payload.put("name", name));
        payload.putObject("deployment").put("id", request.scriptRef().id());
        payload.set("scoring", scoring(request, item));
        if (request.items().size() > 1 || request.items().get(0).forEachObject()) {
            payload.put("item", item.key());
        }
        return payload;
    }

    static ObjectNode scoring(JobRequest request, ItemRequest item) {
        ObjectNode scoring = Field.JSON.createObjectNode();
        if (!item.inputs().isEmpty()) {
            item.inputs()
                    .forEach(input -> scoring.withArray("input_data_references").add(node(input.reference())));
        }
        request.output().ifPresent(output -> scoring.set("output_data_reference", node(output.target())));
        if (!request.environment().isEmpty()) {
            request.environment().forEach(scoring.putObject("environment_variables")::put);
        }
        return scoring;
    }

    private static ObjectNode node(DataReference reference) {
        ObjectNode node = Field.JSON.createObjectNode();
        reference.id().ifPresent(id -> node.put("id", id));
        node.put("type", reference.type());
        ObjectNode connection = node.putObject("connection");
        reference.connection().ifPresent(id -> connection.put("id", id));
        reference.location().forEach(node.putObject("location")::put);
        return node;
    }
}
