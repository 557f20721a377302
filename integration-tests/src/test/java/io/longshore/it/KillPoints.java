package io.longshore.it;

import io.longshore.spi.Upload;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Counts the calls of an engine to its store, sources, sinks and launcher, and kills its process right at one of them. */
final class KillPoints {
    /** What changes nothing, and is no place worth dying at. */
    private static final Set<String> QUIET = Set.of(
            "isDurable", "types", "check", "onWake", "stream", "toString", "hashCode", "equals", "close", "exit");

    private final int killAt;
    private final AtomicInteger passed = new AtomicInteger();

    /** Kills at the point of that number, from 1; at none for 0. */
    KillPoints(int killAt) {
        this.killAt = killAt;
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
        if (passed.incrementAndGet() == killAt) {
            die();
        }
    }

    /** SIGKILL, as nothing else ends a process without a chance to tidy up. */
    private static void die() {
        try {
            new ProcessBuilder(
                            "kill", "-9", Long.toString(ProcessHandle.current().pid()))
                    .start();
        } catch (IOException e) {
            Runtime.getRuntime().halt(137);
        }
        while (true) {
            LockSupport.park();
        }
    }
}
