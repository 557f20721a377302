package io.longshore.spi;

import java.util.List;

/** How a launched script ended. */
public sealed interface ScriptExit {
    /**
     * It exited by itself.
     *
     * @param code the exit code, 0 to 255
     */
    record Exited(int code) implements ScriptExit {}

    /**
     * A signal ended it.
     *
     * @param signal the signal's name, such as {@code SIGKILL}
     */
    record Signaled(String signal) implements ScriptExit {}

    /**
     * It never started: the program is missing, or may not be executed.
     *
     * @param reason what was tried and why it failed
     */
    record NotStarted(String reason) implements ScriptExit {}

    /**
     * Its end was not seen, as what watched it is gone too (a killed supervisor, a restarted machine, deleted control
     * files). Nothing of it is left running but the survivors.
     *
     * @param reason what is known
     * @param survivors the processes that could not be ended, as {@code pid name}; usually empty
     */
    record Lost(String reason, List<String> survivors) implements ScriptExit {
        /**
         * Copies the survivors.
         *
         * @param reason the {@code reason} component
         * @param survivors the {@code survivors} component
         */
        public Lost {
            survivors = List.copyOf(survivors);
        }
    }
}
