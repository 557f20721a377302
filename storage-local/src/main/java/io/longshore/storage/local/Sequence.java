package io.longshore.storage.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * The order in which things of one name were made: a directory of empty files named {@code <number>-<what>}. The newest
 * is found by listing a few names, whatever else a space holds.
 *
 * <p>An entry is made <em>before</em> its thing gets visible, and the thing's record quotes it; readers pass over entries
 * whose thing is missing or quotes another one. So one rename makes a thing visible by id and by name, and an entry that
 * a crash left behind means nothing. The next number is one more than any that is there: no clock is
 * asked. Two processes at once may take the same one; then the greater {@code what} is the newer, for everyone.
 */
final class Sequence {
    /** Older entries that are kept, should somebody remove newer things by hand. */
    private static final int KEPT = 16;

    private static final int DIGITS = 19;

    private static final Comparator<Entry> ORDER =
            Comparator.comparingLong(Entry::number).thenComparing(Entry::what);

    private final Path directory;

    Sequence(Path directory) {
        this.directory = directory;
    }

    /**
     * An entry.
     *
     * @param number its place in the order
     * @param what the thing, then a dot and a word that no other attempt to make the thing has
     */
    record Entry(long number, String what) {
        static Entry of(long number, String thing) {
            return new Entry(number, thing + "." + UUID.randomUUID());
        }

        /** The entry that a record quotes. */
        static Entry parse(String text) {
            if (!text.matches("[0-9]{" + DIGITS + "}-[^.]+\\.[-0-9a-f]{36}")) {
                throw new IllegalArgumentException("not an entry: " + text);
            }
            return new Entry(Long.parseLong(text.substring(0, DIGITS)), text.substring(DIGITS + 1));
        }

        String thing() {
            return what.substring(0, what.indexOf('.'));
        }

        boolean isNewerThan(Entry other) {
            return ORDER.compare(this, other) > 0;
        }

        /** Its file name, and how records quote it. */
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%0" + DIGITS + "d-%s", number, what);
        }
    }

    /** All entries, the newest first. */
    List<Entry> newestFirst() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path path : Disk.list(directory)) {
            try {
                entries.add(Entry.parse(Disk.name(path)));
            } catch (IllegalArgumentException e) {
                // not ours, such as a file manager's
            }
        }
        entries.sort(ORDER.reversed());
        return entries;
    }

    long next() throws IOException {
        List<Entry> entries = newestFirst();
        return entries.isEmpty() ? 1 : Math.addExact(entries.get(0).number(), 1);
    }

    void add(Entry entry) throws IOException {
        Disk.createPrivateDirectories(directory);
        Path file = directory.resolve(entry.toString());
        Files.createFile(file, Disk.privateFile(file));
        Disk.syncDirectory(directory);
    }

    void remove(Entry entry) throws IOException {
        Files.deleteIfExists(directory.resolve(entry.toString()));
    }

    /** Removes entries that an entry whose thing is visible makes superfluous. */
    void prune(Entry visible) throws IOException {
        int older = 0;
        for (Entry entry : newestFirst()) {
            if (entry.number() < visible.number() && ++older > KEPT) {
                remove(entry);
            }
        }
    }
}
