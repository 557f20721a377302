package io.longshore.api;

import java.util.Optional;

/**
 * A script by name: WML's deployment id, or Modzy's model identifier and version.
 *
 * @param id the deployment or model, not empty
 * @param version the version, or empty for the newest
 */
public record ScriptRef(String id, Optional<String> version) {
    /**
     * Checks that neither part is empty.
     *
     * @param id the {@code id} component
     * @param version the {@code version} component
     */
    public ScriptRef {
        Check.text("script id", id);
        version.ifPresent(v -> Check.text("script version", v));
    }

    /**
     * The newest version of a script.
     *
     * @param id the deployment or model
     * @return the reference
     */
    public static ScriptRef of(String id) {
        return new ScriptRef(id, Optional.empty());
    }

    /**
     * One version of a script.
     *
     * @param id the deployment or model
     * @param version its version
     * @return the reference
     */
    public static ScriptRef of(String id, String version) {
        return new ScriptRef(id, Optional.of(version));
    }

    @Override
    public String toString() {
        return version.map(v -> id + "@" + v).orElse(id);
    }
}
