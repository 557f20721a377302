package io.longshore.dialect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobRequest;
import io.longshore.api.Payload;
import io.longshore.api.Script;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/** The documents of both dialects: told apart on the way in, and answered in their own form. */
public final class Documents {
    private Documents() {}

    /**
     * Reads what a document asks for.
     *
     * @param document JSON, of either dialect
     * @param script what runs in place of the deployment or model that it names
     * @return the request
     * @throws InvalidRequestException if it is malformed, or wrong by its looks
     */
    public static JobRequest parse(String document, Optional<Script> script) {
        String text = document.startsWith("\uFEFF") ? document.substring(1) : document;
        Field root = Field.document(text);
        boolean wml = root.has("scoring") || root.has("deployment");
        boolean modzy = root.has("input") || root.has("model");
        if (wml == modzy) {
            throw new InvalidRequestException(
                    "document",
                    null,
                    wml
                            ? "is of two kinds: scoring and deployment make a WML job, model and input a Modzy job"
                            : "is no job: a WML job has deployment and scoring, a Modzy job has model and input");
        }
        return wml ? Wml.parse(root, text, script) : Modzy.parse(root, script);
    }

    /**
     * What {@code client.jobs.submit_aws_s3} submits.
     *
     * @param model the model's identifier
     * @param version its version
     * @param sources item key → data item key → {@code bucket} and {@code key}
     * @param accessKeyId the access key
     * @param secretAccessKey the secret key
     * @param region the region
     * @param explain whether results are to be explained
     * @return the request
     * @throws InvalidRequestException if something is missing or wrong
     */
    public static JobRequest awsS3(
            String model,
            String version,
            Map<String, Map<String, Map<String, String>>> sources,
            String accessKeyId,
            String secretAccessKey,
            String region,
            boolean explain) {
        ObjectNode document = Field.JSON.createObjectNode();
        document.putObject("model").put("identifier", model).put("version", version);
        document.put("explain", explain);
        ObjectNode input = document.putObject("input")
                .put("type", "aws-s3")
                .put("accessKeyID", accessKeyId)
                .put("secretAccessKey", secretAccessKey)
                .put("region", region);
        Field root = new Field("", document.set("input", input.set("sources", Field.JSON.valueToTree(sources))));
        for (String name : new String[] {"accessKeyID", "secretAccessKey", "region"}) {
            root.require("input").require(name);
        }
        root.require("model").require("version");
        return Modzy.parse(root, Optional.empty());
    }

    /**
     * A job as its dialect shows it; a job that was submitted in Java is shown as WML's.
     *
     * @param job the job
     * @return JSON
     */
    public static String status(Job job) {
        return pretty(isModzy(job.request()) ? ModzyStatus.of(job) : WmlStatus.of(job));
    }

    /**
     * What an item's script finds in {@code JOBS_PAYLOAD_FILE} (contract 1.5).
     *
     * @param request the job
     * @param script the script
     * @param item the item
     * @return JSON without secrets
     */
    public static String payloadFor(JobRequest request, Script script, ItemRequest item) {
        Optional<Payload> payload = request.payload();
        if (payload.isPresent() && !isModzy(request)) {
            return payload.get().json();
        }
        return compact(payload.isPresent() ? Modzy.payload(request, script, item) : Wml.payload(request, item));
    }

    private static boolean isModzy(JobRequest request) {
        return request.payload()
                .filter(payload -> payload.dialect().equals(Modzy.DIALECT))
                .isPresent();
    }

    static String compact(JsonNode node) {
        try {
            return Field.JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pretty(JsonNode node) {
        try {
            return Field.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
