package io.longshore.cli;

import java.io.Closeable;

/** How a caller ends the command before its end: Ctrl-C, SIGTERM. */
@FunctionalInterface
interface Interrupts {
    /**
     * Has an action run when the caller interrupts; the process ends when the action returns.
     *
     * @param action run on a thread of its own, once at most
     * @return to be closed when the action is not to be run any more
     */
    Watch watch(Runnable action);

    /** An action that waits for an interrupt. */
    interface Watch extends Closeable {
        @Override
        void close();
    }

    /**
     * The signals that this process gets. The JVM answers them by running its shutdown hooks, and then ends with 128 plus
     * the signal's number: 130 for SIGINT, 143 for SIGTERM.
     */
    static Interrupts ofProcess() {
        return action -> {
            Thread hook = new Thread(action, "longshore-interrupt");
            Runtime.getRuntime().addShutdownHook(hook);
            return () -> {
                try {
                    Runtime.getRuntime().removeShutdownHook(hook);
                } catch (IllegalStateException e) {
                    // it runs already
                }
            };
        };
    }
}
