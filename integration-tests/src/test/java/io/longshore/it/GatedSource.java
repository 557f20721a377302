package io.longshore.it;

import io.longshore.api.DataReference;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A source of type {@code gated} whose objects never arrive. */
final class GatedSource implements DataSource {
    static final DataReference REFERENCE = DataReference.builder("gated").build();

    private final CountDownLatch arrived = new CountDownLatch(1);

    /** Waits until something is fetched. */
    void awaitFetch() throws InterruptedException {
        if (!arrived.await(Host.LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("nothing was fetched");
        }
    }

    @Override
    public Set<String> types() {
        return Set.of(REFERENCE.type());
    }

    @Override
    public void check(DataReference reference) {}

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) {
        each.accept(new SourceObject(
                reference,
                "object",
                "object",
                "gated:object",
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer)
            throws InterruptedIOException {
        arrived.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted at the gate");
        }
    }
}
