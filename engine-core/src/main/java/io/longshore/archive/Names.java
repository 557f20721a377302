package io.longshore.archive;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names in a directory, in their order. A directory with more than so many is read again and again, each time for the
 * next ones, so that the largest needs no more memory than others.
 */
final class Names {
    private final Comparator<Path> order;
    private final int most;
    private List<@Nullable Path> held = List.of();
    private int next;
    private @Nullable Path last;
    private boolean isComplete;

    Names(Comparator<Path> order, int most) {
        this.order = order;
        this.most = most;
    }

    /** Reads the first names, so that a directory that cannot be listed is known as such. */
    void begin(Folder folder) throws IOException {
        read(folder);
    }

    /** Whether {@link #next} reads the directory. */
    boolean needsFolder() {
        return next == held.size() && !isComplete;
    }

    /** The next name, or null at the end; the directory is the same each time. */
    @Nullable
    Path next(Folder folder) throws IOException {
        if (needsFolder()) {
            read(folder);
        }
        if (next == held.size()) {
            return null;
        }
        last = held.get(next);
        held.set(next++, null); // what has been seen is let go
        return last;
    }

    int held() {
        return held.size() - next;
    }

    /** Forgets the names that are held; they are read again when their turn comes. */
    void letGo() {
        if (held() > 0) {
            held = List.of();
            next = 0;
            isComplete = false;
        }
    }

    private void read(Folder folder) throws IOException {
        Path after = last;
        Path bound = null;
        List<@Nullable Path> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = folder.list()) {
            for (Path entry : entries) {
                Interrupts.check();
                Path name = entry.getFileName(); // a fraction of the whole path's memory
                if ((after == null || order.compare(name, after) > 0)
                        && (bound == null || order.compare(name, bound) < 0)) {
                    names.add(name);
                    if (names.size() == 2 * most) {
                        names.sort(order);
                        names.subList(most, names.size()).clear();
                        bound = names.get(most - 1);
                    }
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        names.sort(order);
        isComplete = bound == null && names.size() <= most;
        if (names.size() > most) {
            names.subList(most, names.size()).clear();
        }
        held = names;
        next = 0;
    }
}
