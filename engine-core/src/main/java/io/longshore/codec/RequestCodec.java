package io.longshore.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.ArchiveFormat;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.ItemRequest;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.Limits;
import io.longshore.api.OnLost;
import io.longshore.api.OutputRequest;
import io.longshore.api.Payload;
import io.longshore.api.Phase;
import io.longshore.api.Retries;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.api.Secret;
import io.longshore.spi.ItemKey;
import io.longshore.spi.SecretSealer;
import io.longshore.spi.SerializedItem;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Requests and items as JSON. Secrets are sealed for their job, and opened only where a run needs them. */
public final class RequestCodec {
    private static final ObjectMapper JSON = StoredJson.MAPPER;

    private final SecretSealer sealer;

    /**
     * A codec with a sealer.
     *
     * @param sealer seals and opens the secrets
     */
    public RequestCodec(SecretSealer sealer) {
        this.sealer = sealer;
    }

    /**
     * A job's request and script as text.
     *
     * @param id the job, for which secrets are sealed
     * @param request what was asked
     * @param script the script that runs
     * @return JSON
     * @throws IOException if there is no key to seal with
     */
    public String write(JobId id, JobRequest request, Script script) throws IOException {
        return JSON.writeValueAsString(node(id, request, script));
    }

    /**
     * One item as text.
     *
     * @param spec the item
     * @return JSON
     * @throws IOException if there is no key to seal with
     */
    public SerializedItem write(ItemSpec spec) throws IOException {
        ObjectNode node = node(spec.key().job(), spec.request(), spec.script());
        node.put("number", spec.key().number());
        node.put("payload", spec.payload());
        spec.resume().ifPresent(resume -> node.set("resume", node(resume)));
        return new SerializedItem(JSON.writeValueAsString(node));
    }

    /**
     * An item again.
     *
     * @param item its text
     * @param key which item it is
     * @return the item, its secrets opened
     * @throws IOException if it is no item of this engine's, or its secrets cannot be opened
     */
    public ItemSpec read(SerializedItem item, ItemKey key) throws IOException {
        JsonNode node = JSON.readTree(item.json());
        return new ItemSpec(
                key,
                request(node, Optional.of(key.job())),
                script(node.get("script")),
                node.get("payload").textValue(),
                node.has("resume") ? Optional.of(resume(node.get("resume"))) : Optional.empty());
    }

    private static ObjectNode node(Resume resume) {
        ObjectNode node = JSON.createObjectNode();
        node.put("phase", resume.phase().name());
        node.put("attempt", resume.attempt());
        node.put("failedRuns", resume.failedRuns());
        resume.ending().ifPresent(ending -> node.set("ending", ItemCodec.node(ending)));
        node.put("enteredAt", resume.enteredAt().toString());
        node.put("isHere", resume.isHere());
        resume.origin().ifPresent(origin -> node.set("origin", ItemCodec.node(origin)));
        return node;
    }

    private static Resume resume(JsonNode node) throws IOException {
        return new Resume(
                Phase.valueOf(node.get("phase").textValue()),
                node.get("attempt").intValue(),
                node.get("failedRuns").intValue(),
                node.has("ending") ? Optional.of(ItemCodec.outcome(node.get("ending"))) : Optional.empty(),
                Instant.parse(node.get("enteredAt").textValue()),
                node.get("isHere").booleanValue(),
                ItemCodec.origin(node));
    }

    /**
     * A job's request again, with its secrets opened.
     *
     * @param id the job
     * @param json its text
     * @return the request
     * @throws IOException if the secrets cannot be opened
     */
    public JobRequest request(JobId id, String json) throws IOException {
        return request(JSON.readTree(json), Optional.of(id));
    }

    /**
     * A job's request again, without its secrets: connections have none.
     *
     * @param json its text
     * @return the request
     * @throws IOException if it is no request of this engine's
     */
    public JobRequest requestWithoutSecrets(String json) throws IOException {
        return request(JSON.readTree(json), Optional.empty());
    }

    /**
     * A job's script again.
     *
     * @param json the text of its request
     * @return the script
     * @throws IOException if it is no request of this engine's
     */
    public Script script(String json) throws IOException {
        return script(JSON.readTree(json).get("script"));
    }

    private ObjectNode node(JobId id, JobRequest request, Script script) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.set("script", node(script));
        request.name().ifPresent(name -> node.put("name", name));
        ArrayNode items = node.putArray("items");
        request.items().forEach(item -> items.add(node(item)));
        request.output().ifPresent(output -> node.set("output", node(output)));
        request.environment().forEach(node.putObject("environment")::put);
        ObjectNode connections = node.putObject("connections");
        for (Connection connection : request.connections().values()) {
            connections.set(connection.id(), node(id, connection));
        }
        node.put("explain", request.explain());
        node.put("itemsMayFail", request.itemsMayFail());
        ObjectNode limits = node.putObject("limits");
        request.limits().job().ifPresent(d -> limits.put("job", d.toString()));
        request.limits().stage().ifPresent(d -> limits.put("stage", d.toString()));
        request.limits().run().ifPresent(d -> limits.put("run", d.toString()));
        request.limits().publish().ifPresent(d -> limits.put("publish", d.toString()));
        ObjectNode retries = node.putObject("retries");
        retries.put("stage", request.retries().stage());
        retries.put("run", request.retries().run());
        retries.put("publish", request.retries().publish());
        node.put("onLost", request.onLost().name());
        request.keepWorkspace().ifPresent(keep -> node.put("keepWorkspace", keep.name()));
        request.key().ifPresent(key -> node.put("key", key));
        node.put("priority", request.priority());
        request.payload()
                .ifPresent(p ->
                        node.putObject("document").put("dialect", p.dialect()).put("json", p.json()));
        return node;
    }

    private JobRequest request(JsonNode node, Optional<JobId> secretsOf) throws IOException {
        JobRequest.Builder request = JobRequest.builder(script(node.get("script")));
        text(node, "name", request::name);
        for (JsonNode item : node.get("items")) {
            request.item(item(item));
        }
        if (node.has("output")) {
            request.output(output(node.get("output")));
        }
        node.get("environment")
                .properties()
                .forEach(e -> request.environment(e.getKey(), e.getValue().textValue()));
        for (Map.Entry<String, JsonNode> entry : node.get("connections").properties()) {
            request.connection(connection(entry.getKey(), entry.getValue(), secretsOf));
        }
        request.explain(node.get("explain").booleanValue());
        request.itemsMayFail(node.get("itemsMayFail").booleanValue());
        Limits.Builder limits = Limits.builder();
        text(node.get("limits"), "job", d -> limits.job(Duration.parse(d)));
        text(node.get("limits"), "stage", d -> limits.stage(Duration.parse(d)));
        text(node.get("limits"), "run", d -> limits.run(Duration.parse(d)));
        text(node.get("limits"), "publish", d -> limits.publish(Duration.parse(d)));
        JsonNode retries = node.get("retries");
        request.limits(limits.build())
                .retries(Retries.builder()
                        .stage(retries.get("stage").intValue())
                        .run(retries.get("run").intValue())
                        .publish(retries.get("publish").intValue())
                        .build())
                .onLost(OnLost.valueOf(node.get("onLost").textValue()))
                .priority(node.get("priority").intValue());
        text(node, "keepWorkspace", keep -> request.keepWorkspace(KeepWorkspace.valueOf(keep)));
        text(node, "key", request::key);
        if (node.has("document")) {
            JsonNode document = node.get("document");
            request.payload(new Payload(
                    document.get("dialect").textValue(), document.get("json").textValue()));
        }
        return request.build();
    }

    private static ObjectNode node(Script script) {
        ObjectNode node = JSON.createObjectNode();
        node.put("id", script.ref().id());
        script.ref().version().ifPresent(version -> node.put("version", version));
        script.file().ifPresent(file -> node.put("file", file.toUri().toString()));
        script.arguments().forEach(node.putArray("arguments")::add);
        script.environment().forEach(node.putObject("environment")::put);
        script.inputs().forEach(node.putArray("inputs")::add);
        script.outputs().forEach(node.putArray("outputs")::add);
        node.put("explainable", script.explainable());
        return node;
    }

    private static Script script(JsonNode node) {
        ScriptRef ref = new ScriptRef(
                node.get("id").textValue(),
                Optional.ofNullable(node.path("version").textValue()));
        List<String> arguments = texts(node.get("arguments"));
        Script.Builder script = node.has("file")
                ? Script.ofFile(ref, Path.of(URI.create(node.get("file").textValue())))
                        .arguments(arguments)
                : Script.ofCommand(ref, arguments);
        node.get("environment")
                .properties()
                .forEach(e -> script.environment(e.getKey(), e.getValue().textValue()));
        return script.inputs(texts(node.get("inputs")))
                .outputs(texts(node.get("outputs")))
                .explainable(node.get("explainable").booleanValue())
                .build();
    }

    static ObjectNode node(ItemRequest item) {
        ObjectNode node = JSON.createObjectNode();
        node.put("key", item.key());
        node.put("forEachObject", item.forEachObject());
        ArrayNode inputs = node.putArray("inputs");
        for (ItemRequest.Input input : item.inputs()) {
            ObjectNode each = inputs.addObject();
            input.name().ifPresent(name -> each.put("name", name));
            each.set("reference", ReferenceCodec.write(input.reference()));
        }
        return node;
    }

    static ItemRequest item(JsonNode node) {
        List<ItemRequest.Input> inputs = new ArrayList<>();
        for (JsonNode each : node.get("inputs")) {
            inputs.add(new ItemRequest.Input(
                    Optional.ofNullable(each.path("name").textValue()), ReferenceCodec.read(each.get("reference"))));
        }
        String key = node.get("key").textValue();
        if (node.get("forEachObject").booleanValue()) {
            ItemRequest.Input folder = inputs.get(0);
            return ItemRequest.forEachObject(key, folder.name().orElseThrow(), folder.reference());
        }
        return ItemRequest.of(key, inputs);
    }

    private static ObjectNode node(OutputRequest output) {
        ObjectNode node = JSON.createObjectNode();
        node.set("target", ReferenceCodec.write(output.target()));
        node.put("kind", output.kind().name());
        node.put("format", output.format().name());
        node.put("onEmpty", output.onEmpty().name());
        node.put("onFailure", output.onFailure().name());
        return node;
    }

    private static OutputRequest output(JsonNode node) {
        DataReference target = ReferenceCodec.read(node.get("target"));
        OutputRequest.Builder output =
                OutputRequest.Kind.valueOf(node.get("kind").textValue()) == OutputRequest.Kind.ARCHIVE
                        ? OutputRequest.archive(target)
                        : OutputRequest.files(target);
        return output.format(ArchiveFormat.valueOf(node.get("format").textValue()))
                .onEmpty(OutputRequest.OnEmpty.valueOf(node.get("onEmpty").textValue()))
                .onFailure(OutputRequest.OnFailure.valueOf(node.get("onFailure").textValue()))
                .build();
    }

    private ObjectNode node(JobId id, Connection connection) throws IOException {
        ObjectNode node = JSON.createObjectNode();
        node.put("type", connection.type());
        connection.properties().forEach(node.putObject("properties")::put);
        ObjectNode secrets = node.putObject("secrets");
        for (Map.Entry<String, Secret> secret : connection.secrets().entrySet()) {
            byte[] clear = secret.getValue().reveal().getBytes(StandardCharsets.UTF_8);
            byte[] sealed = sealer.seal(clear, context(id, connection.id(), secret.getKey()));
            secrets.put(secret.getKey(), Base64.getEncoder().encodeToString(sealed));
        }
        return node;
    }

    private Connection connection(String connectionId, JsonNode node, Optional<JobId> secretsOf) throws IOException {
        Connection.Builder connection =
                Connection.builder(connectionId, node.get("type").textValue());
        node.get("properties")
                .properties()
                .forEach(e -> connection.property(e.getKey(), e.getValue().textValue()));
        if (secretsOf.isPresent()) {
            for (Map.Entry<String, JsonNode> secret : node.get("secrets").properties()) {
                byte[] sealed = Base64.getDecoder().decode(secret.getValue().textValue());
                byte[] clear = sealer.open(sealed, context(secretsOf.get(), connectionId, secret.getKey()));
                connection.secret(secret.getKey(), Secret.of(new String(clear, StandardCharsets.UTF_8)));
            }
        }
        return connection.build();
    }

    private static String context(JobId id, String connection, String secret) {
        return id + "/" + connection + "/" + secret;
    }

    private static void text(JsonNode node, String name, Consumer<String> set) {
        JsonNode value = node.get(name);
        if (value != null) {
            set.accept(value.textValue());
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.textValue()));
        return texts;
    }
}
