package io.longshore.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A value that is never printed: {@link #toString} is {@code ***}, and no serialiser knows it. */
public final class Secret {
    private final String value;

    private Secret(String value) {
        this.value = value;
    }

    /**
     * A secret that holds a value.
     *
     * @param value the clear text, not empty
     * @return the secret
     */
    public static Secret of(String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("a secret is empty");
        }
        return new Secret(value);
    }

    /**
     * The clear text, for the one place that needs it.
     *
     * @return the value this secret was made of
     */
    public String reveal() {
        return value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret that
                && MessageDigest.isEqual(
                        value.getBytes(StandardCharsets.UTF_8), that.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
