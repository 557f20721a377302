package io.longshore.launch;

import io.longshore.spi.LaunchKey;

/**
 * What marks the processes of a launch, in their environment: the supervisor by one variable, the script and what it
 * starts by another.
 *
 * @param key the launch, as ASCII text
 */
record Cookie(String key) {
    static final String SUPERVISOR = "LONGSHORE_LAUNCH_SUPERVISOR";
    static final String SCRIPT = "LONGSHORE_LAUNCH_KEY";

    static Cookie of(LaunchKey key) {
        return new Cookie(key.toString());
    }

    /** The entry of a supervisor, between two NULs. */
    String ofSupervisor() {
        return "\0" + SUPERVISOR + "=" + key + "\0";
    }

    /** The entry of a script, between two NULs. */
    String ofScript() {
        return "\0" + SCRIPT + "=" + key + "\0";
    }
}
