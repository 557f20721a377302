package io.longshore.it;

import io.longshore.spi.Upload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the calls of an engine to its store, sources, sinks and launcher, and signals its process right at one of them. */
final class KillPoints {
    /** The line that a process writes right before it is signaled. */
    static final String REACHED = "the point is reached";

    /** What changes nothing, and is no place worth dying at. */
    private static final Set<String> QUIET = Set.of(
            "isDurable", "types", "check", "onWake", "stream", "toString", "hashCode", "equals", "close", "exit");

    private final int at;
    private final String signal;
    private final AtomicInteger passed = new AtomicInteger();

    /**
     * Has a signal sent at the point of that number, from 1; at none for 0.
     *
     * @param signal {@code KILL}, as nothing else ends a process without a chance to tidy up, or {@code STOP}
     */
    KillPoints(int at, String signal) {
        this.at = at;
        this.signal = signal;
    }

    int passed() {
        return passed.get();
    }

    /** The same part with a point before and a point after each call. */
    <P> P in(Class<P> type, P part) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    boolean quiet = QUIET.contains(method.getName());
                    if (!quiet) {
                        point();
                    }
                    Object result;
                    try {
                        result = method.invoke(part, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (!quiet) {
                        point();
                    }
                    return result instanceof Upload upload ? in(Upload.class, upload) : result;
                }));
    }

    private void point() {
        if (passed.incrementAndGet() == at) {
            System.out.println(REACHED);
            System.out.flush();
            signal();
        }
    }

    /** Returns when the process was stopped and goes on. */
    private void signal() {
        String self = Long.toString(ProcessHandle.current().pid());
        try {
            new ProcessBuilder("kill", "-" + signal, self).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
