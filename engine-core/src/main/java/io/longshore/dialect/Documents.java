package io.longshore.dialect;

import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobRequest;
import io.longshore.api.Script;
import java.util.Map;
import java.util.Optional;

/** Being written. */
public final class Documents {
    private Documents() {}

    /** Being written. */
    public static JobRequest parse(String document, Optional<Script> script) {
        return JobRequest.builder(io.longshore.api.ScriptRef.of("x", "1")).build();
    }

    /** Being written. */
    public static JobRequest awsS3(
            String model,
            String version,
            Map<String, Map<String, Map<String, String>>> sources,
            String accessKeyId,
            String secretAccessKey,
            String region,
            boolean explain) {
        return JobRequest.builder(io.longshore.api.ScriptRef.of("x", "1")).build();
    }

    /** Being written. */
    public static String status(Job job) {
        return "{}";
    }

    /** Being written. */
    public static String payloadFor(JobId id, JobRequest request, Script script, String itemKey) {
        return "{}";
    }
}
