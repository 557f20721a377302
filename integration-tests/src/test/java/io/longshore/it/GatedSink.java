package io.longshore.it;

import io.longshore.api.DataReference;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.Publication;
import io.longshore.spi.Published;
import io.longshore.spi.Upload;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A sink in front of another: its commits fail a number of times, and then wait at a gate, the bytes being written. */
final class GatedSink implements DataSink {
    private final DataSink behind;
    private final AtomicInteger failures;
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);

    GatedSink(DataSink behind, int failures) {
        this.behind = behind;
        this.failures = new AtomicInteger(failures);
    }

    void open() {
        gate.countDown();
    }

    /** Waits until an upload stands at the gate. */
    void awaitUpload() throws InterruptedException {
        if (!arrived.await(Host.LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("nothing was uploaded");
        }
    }

    @Override
    public Set<String> types() {
        return behind.types();
    }

    @Override
    public void check(DataReference target) {
        behind.check(target);
    }

    @Override
    public Upload begin(Publication publication, Access access) throws IOException {
        return new GatedUpload(behind.begin(publication, access));
    }

    @Override
    public Optional<Published> find(Publication publication, Access access) throws IOException {
        return behind.find(publication, access);
    }

    @Override
    public void abandon(Publication publication, Access access) throws IOException {
        behind.abandon(publication, access);
    }

    private final class GatedUpload implements Upload {
        private final Upload upload;

        GatedUpload(Upload upload) {
            this.upload = upload;
        }

        @Override
        public OutputStream stream() throws IOException {
            return upload.stream();
        }

        @Override
        public Published commit() throws IOException {
            if (failures.getAndDecrement() > 0) {
                throw new IOException("the store is busy");
            }
            arrived.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted at the gate");
            }
            return upload.commit();
        }

        @Override
        public void close() throws IOException {
            upload.close();
        }
    }
}
