package io.longshore.api;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The checks that every builder of this package makes where a value is set. */
final class Check {
    private static final int MOST_VARIABLE_BYTES = 131_071; // MAX_ARG_STRLEN, less a NUL
    private static final Duration LONGEST = Duration.ofDays(36_500); // nanoseconds in a long end after 292 years

    private Check() {}

    static String text(String field, @Nullable String value) {
        if (value == null || value.isEmpty()) {
            throw new InvalidRequestException(field, value, "must not be empty");
        }
        return noNul(field, value);
    }

    static String noNul(String field, String value) {
        if (value.indexOf('\0') >= 0) {
            throw new InvalidRequestException(field, value, "must not hold a NUL character");
        }
        return value;
    }

    static Duration positive(String field, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidRequestException(field, value.toString(), "must be longer than nothing");
        }
        if (value.compareTo(LONGEST) > 0) {
            throw new InvalidRequestException(field, value.toString(), "must be at most 36500 days");
        }
        return value;
    }

    static int notNegative(String field, int value) {
        if (value < 0) {
            throw new InvalidRequestException(field, Integer.toString(value), "must not be negative");
        }
        return value;
    }

    static void variable(String field, String name, String value) {
        if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
            throw new InvalidRequestException(field, name, "has a name that is empty or holds = or NUL");
        }
        noNul(field + "." + name, value);
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(name + value)) {
            throw new InvalidRequestException(field, name, "has a name or a value that is no Unicode text");
        }
        int bytes = (name + "=" + value).getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MOST_VARIABLE_BYTES) {
            throw new InvalidRequestException(
                    field + "." + name,
                    null,
                    "has " + bytes + " bytes with its name, of which Linux hands a process at most "
                            + MOST_VARIABLE_BYTES);
        }
    }
}
