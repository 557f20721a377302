package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.longshore.spi.Upload;
import io.longshore.store.jdbc.Mounts;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A disk that can be full and have room again. To be registered before the host that uses it, so that it outlives that. */
final class SmallDisk implements AfterEachCallback {
    static final int BYTES = 16 << 20;

    private Optional<Path> place = Optional.empty();

    /** Makes it, empty, or skips the test. */
    void mount() throws Exception {
        Path directory = Files.createTempDirectory("longshore-disk-").toRealPath();
        if (!Mounts.mount("-t", "tmpfs", "-o", "size=" + BYTES, "longshore-test", directory.toString())) {
            Files.delete(directory);
            assumeTrue(false, "mounting a small disk is not allowed here");
        }
        place = Optional.of(directory);
    }

    Path place() {
        return place.orElseThrow();
    }

    private Path filling() {
        return place().resolve("filling");
    }

    /** Leaves no byte to be had. */
    void fill() throws IOException {
        ByteBuffer page = ByteBuffer.allocate(4096);
        try (FileChannel channel = FileChannel.open(filling(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                channel.write(page.clear());
            }
        } catch (IOException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("No space left"), e::toString);
        }
    }

    /** There is room again. */
    void free() throws IOException {
        Files.deleteIfExists(filling());
    }

    /** When something happens in a call. */
    enum Moment {
        BEFORE,
        AFTER
    }

    /** The same part, or its uploads, with the disk filled at the first call of a method. */
    <P> P filledAt(Class<P> type, P part, String filling, Moment moment) {
        return filledAt(type, part, filling, moment, "never freed", new AtomicBoolean());
    }

    /** The same, with room again after the first call of another method. */
    <P> P filledFrom(Class<P> type, P part, String filling, String freeing) {
        return filledAt(type, part, filling, Moment.BEFORE, freeing, new AtomicBoolean());
    }

    private <P> P filledAt(Class<P> type, P part, String filling, Moment moment, String freeing, AtomicBoolean filled) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    boolean fills = method.getName().equals(filling) && filled.compareAndSet(false, true);
                    if (fills && moment == Moment.BEFORE) {
                        fill();
                    }
                    try {
                        Object result = method.invoke(part, arguments);
                        return result instanceof Upload upload
                                ? filledAt(Upload.class, upload, filling, moment, freeing, filled)
                                : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        if (fills && moment == Moment.AFTER) {
                            fill();
                        }
                        if (method.getName().equals(freeing)) {
                            free();
                        }
                    }
                }));
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        if (place.isPresent()) {
            Mounts.unmount(place());
            Files.delete(place());
        }
    }
}
