package io.longshore.api;

import java.util.UUID;

/**
 * The id of a job: a random UUID in its usual text form.
 *
 * @param value the UUID in lower case, 36 characters; safe as a file name
 */
public record JobId(String value) implements Comparable<JobId> {
    /**
     * An id that was printed before; refuses what is no UUID in lower case.
     *
     * @param value the {@code value} component
     */
    public JobId {
        if (value.length() != 36 || !parse(value).toString().equals(value)) {
            throw new InvalidRequestException("job id", value, "is no job id");
        }
    }

    /**
     * A new id.
     *
     * @return an id that no other job has
     */
    public static JobId random() {
        return new JobId(UUID.randomUUID().toString());
    }

    private static UUID parse(String value) {
        try {
            return UUID.fromString(value);
        } catch (IllegalArgumentException e) {
            throw new InvalidRequestException("job id", value, "is no job id");
        }
    }

    @Override
    public int compareTo(JobId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
