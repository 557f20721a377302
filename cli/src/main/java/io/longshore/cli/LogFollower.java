package io.longshore.cli;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobEvent;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobListener;
import io.longshore.api.LogPart;
import io.longshore.api.LogStream;
import io.longshore.api.Phase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Shows what the scripts of a job write, soon after they do. The bytes of a job's only item go through as they are; of
 * several items come whole lines, each after its item's key.
 */
final class LogFollower implements JobListener {
    private static final int EVERY_MILLIS = 100;
    private static final int READ_BYTES = 64 * 1024;
    private static final int LONGEST_LINE = 64 * 1024;

    private final Engine engine;
    private final JobId job;
    private final boolean single;
    private final Output out;
    private final Output err;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(r -> {
        Thread daemon = new Thread(r, "longshore-logs");
        daemon.setDaemon(true);
        return daemon;
    });

    // Used by the one thread, and after its end by the one that finishes.
    private final Map<Integer, Item> running = new HashMap<>();
    private final BitSet ended = new BitSet();

    LogFollower(Engine engine, Job job, Output out, Output err) {
        this.engine = engine;
        this.job = job.id();
        this.single = job.request().items().size() == 1
                && !job.request().items().get(0).forEachObject();
        this.out = out;
        this.err = err;
        engine.addListener(this);
        var unused = thread.scheduleWithFixedDelay(
                () -> new ArrayList<>(running.values()).forEach(Item::read),
                EVERY_MILLIS,
                EVERY_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void onEvent(JobEvent event) {
        if (event instanceof JobEvent.ItemChanged changed
                && changed.job().equals(job)
                && changed.item().phase().compareTo(Phase.RUN) >= 0
                && !thread.isShutdown()) {
            thread.execute(() -> follow(changed.item()));
        }
    }

    private void follow(JobItem item) {
        if (ended.get(item.number())) {
            return;
        }
        Item followed = running.get(item.number());
        if (followed == null || followed.attempt != item.attempts()) {
            if (followed != null) {
                followed.end();
            }
            followed = new Item(item);
            running.put(item.number(), followed);
        }
        followed.read();
        if (item.outcome().isPresent()) {
            followed.end();
            running.remove(item.number());
            ended.set(item.number());
        }
    }

    /** Shows what is left to show of a job that has ended. */
    void finish(Job job) {
        engine.removeListener(this);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(1, TimeUnit.MINUTES)) {
                return; // the reader of our output does not read
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        job.items().stream().filter(item -> item.attempts() > 0).forEach(this::follow);
    }

    private final class Item {
        private final int attempt;
        private final Tail stdout;
        private final Tail stderr;

        Item(JobItem item) {
            this.attempt = item.attempts();
            String prefix = single ? "" : Text.shown(item.key()) + ": ";
            this.stdout = new Tail(item.number(), LogStream.STDOUT, prefix, out);
            this.stderr = new Tail(item.number(), LogStream.STDERR, prefix, err);
        }

        void read() {
            stdout.read();
            stderr.read();
        }

        void end() {
            stdout.end();
            stderr.end();
        }
    }

    private final class Tail {
        private final int item;
        private final LogStream stream;
        private final byte[] prefix;
        private final Output to;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private long offset;

        Tail(int item, LogStream stream, String prefix, Output to) {
            this.item = item;
            this.stream = stream;
            this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
            this.to = to;
        }

        void read() {
            try {
                while (true) {
                    LogPart part = engine.readLog(job, item, stream, offset, READ_BYTES);
                    if (part.offset() > offset) {
                        end();
                        err.line(new String(prefix, StandardCharsets.UTF_8) + Text.leftOut(part.offset() - offset));
                    }
                    offset = part.nextOffset();
                    if (part.isEmpty()) {
                        return;
                    }
                    show(part.bytes());
                }
            } catch (IOException | NoSuchElementException e) {
                // tried again at the next turn
            }
        }

        private void show(byte[] bytes) {
            if (prefix.length == 0) {
                to.bytes(bytes, bytes.length);
                return;
            }
            for (byte b : bytes) {
                line.write(b);
                if (b == '\n') {
                    endLine();
                } else if (line.size() == LONGEST_LINE) {
                    end();
                }
            }
        }

        private void endLine() {
            byte[] whole = new byte[prefix.length + line.size()];
            System.arraycopy(prefix, 0, whole, 0, prefix.length);
            System.arraycopy(line.toByteArray(), 0, whole, prefix.length, line.size());
            to.bytes(whole, whole.length);
            line.reset();
        }

        /** A line of several items needs its end, even if its script wrote none. */
        void end() {
            if (line.size() > 0) {
                line.write('\n');
                endLine();
            }
        }
    }
}
