package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Has pieces made by several threads and written in their order by the caller's, which helps to make them rather than
 * wait. So few pieces are there at once that memory stays bounded however slow the writing is.
 */
final class Pipeline implements Closeable {
    private static final int PIECES_A_THREAD = 4;

    private final ThreadBudget threads;
    private final ArchiveProgress progress;
    private final boolean mayUseLibdeflate;

    // Used by the caller's thread alone.
    private final Deque<Piece> order = new ArrayDeque<>();
    private final Deque<Buffers> spare = new ArrayDeque<>();

    private final Object lock = new Object();
    // All guarded by lock.
    private final Deque<Piece> unmade = new ArrayDeque<>();
    private final Deque<Compressor> idle = new ArrayDeque<>();
    private int helpers; // asked for and not done yet
    private int helping; // of them, those that run

    Pipeline(ArchiveOptions options, ArchiveProgress progress) {
        threads = options.threads();
        mayUseLibdeflate = options.libdeflate();
        this.progress = progress;
        threads.begin();
    }

    Buffers buffers() {
        Buffers buffers = spare.poll();
        return buffers == null ? new Buffers() : buffers;
    }

    /** Takes the next piece; blocks until there is room for it. */
    void add(Piece piece) throws IOException {
        int window = window();
        order.add(piece); // before what may fail, as close looks for it here
        while (order.size() > window) {
            writeNext();
        }
        boolean ask;
        synchronized (lock) {
            unmade.add(piece);
            ask = unmade.size() > 1 && helpers < threads.share() - 1; // one is made by the caller's thread
            if (ask) {
                helpers++;
            }
        }
        if (ask) {
            askForHelp();
        }
    }

    private int window() {
        int share = threads.share();
        return share == 1 ? 1 : share * PIECES_A_THREAD;
    }

    private void askForHelp() {
        try {
            threads.helpers().execute(this::help);
        } catch (RejectedExecutionException e) {
            synchronized (lock) {
                helpers--; // the caller's thread does it alone
            }
        }
    }

    /** Writes what is left. */
    void finish() throws IOException {
        while (!order.isEmpty()) {
            writeNext();
        }
    }

    private void writeNext() throws IOException {
        Piece head = order.element();
        for (Piece mine = toMake(head); mine != null; mine = toMake(head)) {
            make(mine);
        }
        order.remove();
        rethrow(head);
        Interrupts.check();
        head.write();
        progress.advanced(head.contentBytes());
        if (order.size() + spare.size() < window()) {
            spare.push(head.buffers);
        }
    }

    /** A piece for the caller's thread to make while the head is not ready; null once it is. */
    private @Nullable Piece toMake(Piece head) throws IOException {
        synchronized (lock) {
            while (!head.made) {
                Piece mine = unmade.poll();
                if (mine != null) {
                    return mine;
                }
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw Interrupts.interrupted(e);
                }
            }
            return null;
        }
    }

    private void help() {
        synchronized (lock) {
            helping++;
        }
        try {
            while (true) {
                Piece piece;
                synchronized (lock) {
                    piece = helpers < threads.share() ? unmade.poll() : null; // others may need the thread more
                    if (piece == null) {
                        helpers--; // together with the look into the queue, so that no piece comes in between
                        return;
                    }
                }
                make(piece);
            }
        } finally {
            synchronized (lock) {
                helping--;
                lock.notifyAll();
            }
        }
    }

    private void make(Piece piece) {
        Throwable failure = null;
        try {
            Compressor compressor = compressor();
            try (piece) {
                piece.make(compressor);
            } finally {
                giveBack(compressor);
            }
        } catch (Throwable e) { // of any thread, for the caller's
            failure = e;
        }
        synchronized (lock) {
            piece.failure = failure;
            piece.made = true;
            lock.notifyAll();
        }
    }

    private Compressor compressor() {
        synchronized (lock) {
            Compressor compressor = idle.poll();
            if (compressor != null) {
                return compressor;
            }
        }
        return new Compressor(threads, mayUseLibdeflate);
    }

    private void giveBack(Compressor compressor) {
        synchronized (lock) {
            idle.push(compressor);
        }
    }

    private void rethrow(Piece piece) throws IOException {
        Throwable failure;
        synchronized (lock) {
            failure = piece.failure;
        }
        if (failure instanceof IOException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    /** Returns once no other thread touches the tree. */
    @Override
    public void close() throws IOException {
        threads.end();
        boolean interrupted = false;
        synchronized (lock) {
            unmade.clear();
            while (helping > 0) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            idle.forEach(Compressor::end);
            idle.clear();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        for (Piece left : order) { // closing again one that was made does no harm
            left.close();
        }
    }
}
