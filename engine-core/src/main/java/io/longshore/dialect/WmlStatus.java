package io.longshore.dialect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Failure;
import io.longshore.api.ItemOutput;
import io.longshore.api.Job;
import io.longshore.api.JobItem;
import io.longshore.api.JobState;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A job as {@code GET /ml/v4/deployment_jobs/{id}} shows it (contract 3, 4). */
final class WmlStatus {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** What of a submission is about the job and not about its run. */
    private static final List<String> METADATA = List.of("name", "description", "tags", "space_id");

    private WmlStatus() {}

    static ObjectNode of(Job job) {
        ObjectNode submitted = submitted(job);
        ObjectNode document = Field.JSON.createObjectNode();
        ObjectNode metadata = document.putObject("metadata");
        metadata.put("id", job.id().value());
        for (String name : METADATA) {
            copy(submitted, name, metadata);
        }
        metadata.put("created_at", TIME.format(job.createdAt()));
        metadata.put("modified_at", TIME.format(job.modifiedAt()));
        ObjectNode entity = document.putObject("entity");
        entity.putObject("deployment").put("id", job.request().scriptRef().id());
        copy(submitted, "hardware_spec", entity);
        copy(submitted, "longshore", entity);
        entity.putObject("platform_job")
                .put("job_id", job.id().value())
                .put("run_id", job.id().value());
        ObjectNode scoring = submitted.withObject("/scoring");
        output(job).ifPresent(output -> setHref(scoring, output, submitted.path("space_id")));
        scoring.set("status", status(job));
        entity.set("scoring", scoring);
        return document;
    }

    private static ObjectNode submitted(Job job) {
        if (job.request().payload().isPresent()) {
            return Field.document(job.request().payload().get().json()).node();
        }
        return Wml.payload(job.request(), job.request().items().get(0));
    }

    private static void copy(ObjectNode from, String name, ObjectNode to) {
        JsonNode value = from.get(name);
        if (value != null) {
            to.set(name, value);
        }
    }

    private static Optional<ItemOutput> output(Job job) {
        return job.items().stream()
                .flatMap(item -> item.outputs().stream())
                .filter(output -> output.output().isEmpty())
                .findFirst();
    }

    private static void setHref(ObjectNode scoring, ItemOutput output, JsonNode spaceId) {
        JsonNode location = scoring.path("output_data_reference").path("location");
        if (location instanceof ObjectNode object && object.has("name")) {
            String query = spaceId.isTextual()
                    ? "?space_id=" + URLEncoder.encode(spaceId.textValue(), StandardCharsets.UTF_8)
                    : "";
            object.put("href", output.href() + query);
        }
    }

    private static ObjectNode status(Job job) {
        ObjectNode status = Field.JSON.createObjectNode();
        status.put("state", state(job.state()));
        job.runningAt().ifPresent(at -> status.put("running_at", TIME.format(at)));
        job.endedAt().ifPresent(at -> status.put("completed_at", TIME.format(at)));
        Optional<Failure> failure = job.outcome().flatMap(outcome -> outcome.failure());
        List<String> warnings = warnings(job);
        List<String> texts = new ArrayList<>();
        failure.ifPresent(f -> texts.add(f.message()));
        texts.addAll(warnings);
        if (!texts.isEmpty()) {
            status.putObject("message")
                    .put("level", failure.isPresent() ? "error" : "warning")
                    .put("text", String.join("; ", texts));
        }
        failure.ifPresent(f -> status.set("failure", failure(job, f)));
        return status;
    }

    private static String state(JobState state) {
        return switch (state) {
            case QUEUED -> "queued";
            case RUNNING, CANCELING -> "running";
            case COMPLETED -> "completed";
            case FAILED, TIMED_OUT -> "failed";
            case CANCELED -> "canceled";
        };
    }

    private static List<String> warnings(Job job) {
        List<String> warnings = new ArrayList<>();
        for (JobItem item : job.items()) {
            warnings.addAll(item.warnings());
            item.outputs().stream()
                    .filter(output -> output.output().equals("failed"))
                    .forEach(output ->
                            warnings.add("the output of the failed script was published as " + output.name()));
        }
        return warnings;
    }

    private static ObjectNode failure(Job job, Failure failure) {
        ObjectNode node = Field.JSON.createObjectNode();
        node.put("trace", job.id().value());
        ArrayNode errors = node.putArray("errors");
        ObjectNode first = errors.addObject().put("code", failure.code()).put("message", failure.message());
        failure.exitCode().ifPresent(code -> first.put("exit_code", code));
        failure.signal().ifPresent(signal -> first.put("signal", signal));
        if (!failure.stderr().isEmpty()) {
            first.put("stderr", failure.stderr());
        }
        for (String after : failure.after()) {
            errors.addObject().put("code", "after").put("message", after);
        }
        return node;
    }
}
