package io.longshore.api;

/**
 * A submitted document as its submitter wrote it, without its secrets; what scripts find in {@code JOBS_PAYLOAD_FILE}
 * (contract 1.5).
 *
 * @param dialect the dialect it is written in, {@code wml} or {@code modzy}
 * @param json a JSON object
 */
public record Payload(String dialect, String json) {
    /** Without the document, which may be large. */
    @Override
    public String toString() {
        return "Payload[" + dialect + "]";
    }
}
