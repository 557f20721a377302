package io.longshore.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Failure;
import io.longshore.api.ItemOutput;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.api.Phase;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Items and outcomes as a store keeps them. */
public final class ItemCodec {
    private static final ObjectMapper JSON = StoredJson.MAPPER;

    private ItemCodec() {}

    /**
     * What a store keeps of an item beside its key and version.
     *
     * @param state the item
     * @return JSON
     * @throws IOException never in practice
     */
    public static String write(ItemState state) throws IOException {
        JobItem item = state.item();
        ObjectNode node = JSON.createObjectNode();
        state.expanded().ifPresent(request -> node.set("request", RequestCodec.node(request)));
        state.ending().ifPresent(ending -> node.set("ending", node(ending)));
        node.put("failedRuns", state.failedRuns());
        state.home().ifPresent(home -> node.put("home", home));
        state.origin().ifPresent(origin -> node.set("origin", node(origin)));
        node.put("key", item.key());
        node.put("phase", item.phase().name());
        node.put("attempts", item.attempts());
        item.outcome().ifPresent(outcome -> node.set("outcome", node(outcome)));
        item.startedAt().ifPresent(at -> node.put("startedAt", at.toString()));
        item.endedAt().ifPresent(at -> node.put("endedAt", at.toString()));
        ObjectNode durations = node.putObject("durations");
        item.durations().forEach((phase, took) -> durations.put(phase.name(), took.toNanos()));
        item.warnings().forEach(node.putArray("warnings")::add);
        ArrayNode outputs = node.putArray("outputs");
        for (ItemOutput output : item.outputs()) {
            ObjectNode each = outputs.addObject();
            each.put("output", output.output());
            each.put("name", output.name());
            each.put("href", output.href());
            each.put("size", output.sizeBytes());
            output.json().ifPresent(json -> each.put("json", json));
        }
        return JSON.writeValueAsString(node);
    }

    /**
     * An item again.
     *
     * @param number its number
     * @param json its text
     * @return the item
     * @throws IOException if it is no item of this engine's
     */
    public static ItemState read(int number, String json) throws IOException {
        JsonNode node = JSON.readTree(json);
        JobItem.Builder item = JobItem.builder(number, node.get("key").textValue())
                .phase(Phase.valueOf(node.get("phase").textValue()))
                .attempts(node.get("attempts").intValue());
        if (node.has("outcome")) {
            item.outcome(outcome(node.get("outcome")));
        }
        if (node.has("startedAt")) {
            item.startedAt(Instant.parse(node.get("startedAt").textValue()));
        }
        if (node.has("endedAt")) {
            item.endedAt(Instant.parse(node.get("endedAt").textValue()));
        }
        node.get("durations")
                .properties()
                .forEach(e -> item.took(
                        Phase.valueOf(e.getKey()), Duration.ofNanos(e.getValue().longValue())));
        node.get("warnings").forEach(warning -> item.warning(warning.textValue()));
        for (JsonNode each : node.get("outputs")) {
            item.output(new ItemOutput(
                    each.get("output").textValue(),
                    each.get("name").textValue(),
                    each.get("href").textValue(),
                    each.get("size").longValue(),
                    Optional.ofNullable(each.path("json").textValue())));
        }
        return new ItemState(
                item.build(),
                node.has("request") ? Optional.of(RequestCodec.item(node.get("request"))) : Optional.empty(),
                node.has("ending") ? Optional.of(outcome(node.get("ending"))) : Optional.empty(),
                node.get("failedRuns").intValue(),
                Optional.ofNullable(node.path("home").textValue()),
                origin(node));
    }

    static ObjectNode node(LaunchKey origin) {
        return JSON.createObjectNode()
                .put("job", origin.item().job().value())
                .put("item", origin.item().number())
                .put("attempt", origin.attempt());
    }

    static Optional<LaunchKey> origin(JsonNode of) {
        JsonNode node = of.path("origin");
        return node.isMissingNode()
                ? Optional.empty()
                : Optional.of(new LaunchKey(
                        new ItemKey(
                                new JobId(node.get("job").textValue()),
                                node.get("item").intValue()),
                        node.get("attempt").intValue()));
    }

    /**
     * What a store keeps of a job's outcome.
     *
     * @param outcome the outcome
     * @return JSON
     * @throws IOException never in practice
     */
    public static String write(JobOutcome outcome) throws IOException {
        return JSON.writeValueAsString(node(outcome));
    }

    /**
     * A job's outcome again.
     *
     * @param json its text
     * @return the outcome
     * @throws IOException if it is no outcome of this engine's
     */
    public static JobOutcome outcome(String json) throws IOException {
        return outcome(JSON.readTree(json));
    }

    static ObjectNode node(JobOutcome outcome) {
        ObjectNode node = JSON.createObjectNode();
        node.put("is", outcome.getClass().getSimpleName());
        outcome.failure().ifPresent(failure -> {
            node.put("phase", failure.phase().name());
            node.put("code", failure.code());
            node.put("message", failure.message());
            failure.exitCode().ifPresent(code -> node.put("exitCode", code));
            failure.signal().ifPresent(signal -> node.put("signal", signal));
            node.put("stderr", failure.stderr());
            failure.after().forEach(node.putArray("after")::add);
        });
        return node;
    }

    static JobOutcome outcome(JsonNode node) throws IOException {
        String is = node.get("is").textValue();
        return switch (is) {
            case "Completed" -> new JobOutcome.Completed();
            case "Failed" -> new JobOutcome.Failed(failure(node));
            case "TimedOut" -> new JobOutcome.TimedOut(failure(node));
            case "Canceled" -> new JobOutcome.Canceled(failure(node));
            default -> throw new IOException("stored outcome is unknown: \"" + is + "\"");
        };
    }

    private static Failure failure(JsonNode node) {
        Failure.Builder failure = Failure.builder(
                Phase.valueOf(node.get("phase").textValue()),
                node.get("code").textValue(),
                node.get("message").textValue());
        if (node.has("exitCode")) {
            failure.exitCode(node.get("exitCode").intValue());
        }
        @Nullable String signal = node.path("signal").textValue();
        if (signal != null) {
            failure.signal(signal);
        }
        failure.stderr(node.get("stderr").textValue());
        node.get("after").forEach(after -> failure.after(after.textValue()));
        return failure.build();
    }
}
