package io.longshore.dialect;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Counters;
import io.longshore.api.Failure;
import io.longshore.api.ItemOutput;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobState;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** A job as Modzy shows it: {@code {"job":…,"results":…}} (contract 3, 4). */
final class ModzyStatus {
    /** An offset, never {@code Z}. */
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx").withZone(ZoneOffset.UTC);

    private ModzyStatus() {}

    static ObjectNode of(Job job) {
        ObjectNode document = Field.JSON.createObjectNode();
        document.set("job", job(job));
        document.set("results", results(job));
        return document;
    }

    private static ObjectNode job(Job job) {
        ObjectNode node = Field.JSON.createObjectNode();
        node.put("jobIdentifier", job.id().value());
        // Who submitted it is known to the host and not to the engine.
        node.putNull("submittedBy");
        node.putNull("accountIdentifier");
        ObjectNode model = node.putObject("model");
        model.put("identifier", job.request().scriptRef().id());
        model.put("version", job.script().ref().version().orElse(null));
        model.put("name", job.request().scriptRef().id());
        node.put("status", status(job.state()));
        node.put("createdAt", TIME.format(job.createdAt()));
        node.put("updatedAt", TIME.format(job.modifiedAt()));
        node.put("submittedAt", TIME.format(job.createdAt()));
        Counters counters = job.counters();
        node.put("total", counters.total());
        node.put("pending", counters.pending());
        node.put("completed", counters.completed());
        node.put("failed", counters.failed());
        Instant until = job.endedAt().orElse(job.modifiedAt());
        Instant started = job.runningAt().orElse(until);
        node.put("elapsedTime", Duration.between(job.createdAt(), until).toMillis());
        node.put("queueTime", Duration.between(job.createdAt(), started).toMillis());
        ArrayNode inputs = node.putArray("jobInputs");
        for (ItemRequest item : job.request().items()) {
            inputs.addObject().put("identifier", item.key());
        }
        node.put("explain", job.request().explain());
        ObjectNode user = node.putObject("user");
        for (String name : new String[] {"identifier", "externalIdentifier", "firstName", "lastName", "email"}) {
            user.putNull(name);
        }
        user.putArray("accessKeys");
        user.putNull("status");
        user.putNull("title");
        node.putNull("team");
        return node;
    }

    private static String status(JobState state) {
        return switch (state) {
            case QUEUED -> "SUBMITTED";
            case RUNNING, CANCELING -> "IN_PROGRESS";
            case COMPLETED -> "COMPLETED";
            case FAILED -> "ERROR";
            case TIMED_OUT -> "TIMEDOUT";
            case CANCELED -> "CANCELED";
        };
    }

    private static ObjectNode results(Job job) {
        ObjectNode node = Field.JSON.createObjectNode();
        Counters counters = job.counters();
        node.put("jobIdentifier", job.id().value());
        node.put("total", counters.total());
        node.put("completed", counters.completed());
        node.put("failed", counters.failed());
        node.put("finished", job.state().isTerminal());
        node.put("explained", job.request().explain() && job.script().explainable());
        ObjectNode results = node.putObject("results");
        ObjectNode failures = node.putObject("failures");
        for (JobItem item : job.items()) {
            Optional<JobOutcome> outcome = item.outcome();
            if (outcome.isPresent() && outcome.get().failure().isPresent()) {
                failures.set(item.key(), failed(item, outcome.get().failure().get()));
            } else if (outcome.isPresent()) {
                results.set(item.key(), successful(item));
            }
        }
        return node;
    }

    private static ObjectNode failed(JobItem item, Failure failure) {
        ObjectNode node = Field.JSON.createObjectNode();
        node.put("status", "FAILED");
        node.put("error", failure.message());
        if (!failure.stderr().isEmpty()) {
            node.put("stderr", failure.stderr());
        }
        times(item, node);
        return node;
    }

    private static ObjectNode successful(JobItem item) {
        ObjectNode node = Field.JSON.createObjectNode();
        node.put("status", "SUCCESSFUL");
        node.put("engine", "longshore");
        times(item, node);
        for (ItemOutput output : item.outputs()) {
            // A file may be called like a member of ours; the path that means the same is not.
            String name = node.has(output.output()) ? "./" + output.output() : output.output();
            if (output.json().isPresent()) {
                node.set(name, Field.value(output.json().get()));
            } else {
                node.put(name, output.href());
            }
        }
        return node;
    }

    private static void times(JobItem item, ObjectNode node) {
        if (item.startedAt().isPresent() && item.endedAt().isPresent()) {
            Instant started = item.startedAt().get();
            Instant ended = item.endedAt().get();
            node.put("startTime", TIME.format(started));
            node.put("endTime", TIME.format(ended));
            node.put("elapsedTime", Duration.between(started, ended).toMillis());
        }
    }
}
