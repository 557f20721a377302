package io.longshore.cli;

import java.io.Closeable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** How a caller ends the command before its end: Ctrl-C, SIGTERM. */
interface Interrupts {
    /**
     * Has an action run when the caller interrupts; the process ends when the action returns.
     *
     * @param action run on a thread of its own, once at most
     * @param again run on a thread of its own each time the caller interrupts while the action runs; does not block
     * @return to be closed when the action is not to be run any more
     */
    Watch watch(Runnable action, Runnable again);

    /**
     * Has an action run each time the caller interrupts, in place of the process's end.
     *
     * @param action run on a thread of its own; does not block
     * @return to be closed when an interrupt is to end the process again
     */
    Watch watchEach(Runnable action);

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
        return new Interrupts() {
            @Override
            public Watch watch(Runnable action, Runnable again) {
                Thread hook = new Thread(
                        () -> {
                            Watch unused = watchEach(again); // until the process ends
                            action.run();
                        },
                        "longshore-interrupt");
                Runtime.getRuntime().addShutdownHook(hook);
                return () -> {
                    try {
                        Runtime.getRuntime().removeShutdownHook(hook);
                    } catch (IllegalStateException e) {
                        // it runs already
                    }
                };
            }

            @Override
            public Watch watchEach(Runnable action) {
                List<Watch> watches = new ArrayList<>();
                for (String signal : new String[] {"INT", "TERM"}) {
                    try {
                        watches.add(handle(signal, action));
                    } catch (ReflectiveOperationException e) {
                        // none here that can be had, as under -Xrs: the signal ends the process, as it would have
                    }
                }
                return () -> watches.forEach(Watch::close);
            }
        };
    }

    /**
     * Ends this process with a code; where a signal ends it already, that one's code is kept. A second exit would put its
     * own in the place of the signal's, if it came in the moment after the last shutdown hook.
     */
    static void exit(int code) {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, "longshore-exit"));
        } catch (IllegalStateException e) {
            while (true) {
                LockSupport.park();
            }
        }
        System.exit(code);
    }

    /** By reflection, as the compiler warns of the class, which has no successor, whatever it is told. */
    private static Watch handle(String name, Runnable action) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Object signal;
        Object before;
        try {
            signal = signalType.getConstructor(String.class).newInstance(name);
            Object handler = Proxy.newProxyInstance(
                    Interrupts.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        if (method.getDeclaringClass() == Object.class) {
                            return method.invoke(action, arguments);
                        }
                        action.run();
                        return null;
                    });
            before = signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, handler);
        } catch (InvocationTargetException e) {
            throw new ReflectiveOperationException(e.getCause());
        }
        return () -> {
            try {
                signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, before);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("signal " + name + " was handled and cannot be given back", e);
            }
        };
    }
}
