package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The directories that lead from the root to where a walk is. The root and the deepest ones are held open; one between them
 * is opened again, from above, when the walk comes back to it. Likewise the outer ones let go of their names where there
 * are too many of them.
 */
final class Descent implements Closeable {
    private static final int MOST_HELD = 32;

    private final Path root;
    private final int mostNames; // of all directories together, besides those of the current one
    private final List<Level> levels = new ArrayList<>();

    Descent(Path root, Folder folder, Names names, int mostNames) {
        this.root = root;
        this.mostNames = mostNames;
        levels.add(new Level(null, folder, names, 0));
    }

    private static final class Level {
        private final @Nullable Path name; // null for the root
        private final Names names;
        private final int nameLength;
        private @Nullable Folder folder;

        Level(@Nullable Path name, Folder folder, Names names, int nameLength) {
            this.name = name;
            this.folder = folder;
            this.names = names;
            this.nameLength = nameLength;
        }

        void letGo() throws IOException {
            if (folder != null) {
                folder.close();
                folder = null;
            }
        }
    }

    private Level last() {
        return levels.get(levels.size() - 1);
    }

    /** How long the name of an entry is before the part that it has in the current directory. */
    int nameLength() {
        return last().nameLength;
    }

    /** The next name in the current directory; null if there is none. */
    @Nullable
    Path next() throws IOException {
        Names names = last().names;
        return names.next(names.needsFolder() ? folder() : root());
    }

    Folder root() {
        return Objects.requireNonNull(levels.get(0).folder);
    }

    /** The current directory. */
    Folder folder() throws IOException {
        int depth = levels.size() - 1;
        int open = depth;
        while (levels.get(open).folder == null) {
            open--;
        }
        Folder folder = Objects.requireNonNull(levels.get(open).folder);
        for (int i = open + 1; i <= depth; i++) {
            Level level = levels.get(i);
            folder = folder.enter(Objects.requireNonNull(level.name));
            level.folder = folder;
            letGoAbove(i);
        }
        return folder;
    }

    /** The path of an entry of the current directory, for what is not looked at through the open directory. */
    Path path(Path name) {
        Path path = root;
        for (Level level : levels) {
            path = level.name == null ? path : path.resolve(level.name);
        }
        return path.resolve(name);
    }

    /** Makes a directory of the current one the current one. */
    void enter(Path name, Folder folder, Names names, int nameLength) throws IOException {
        levels.add(new Level(name, folder, names, nameLength));
        letGoAbove(levels.size() - 1);
        int held = 0;
        for (int i = levels.size() - 2; i >= 0; i--) {
            Names outer = levels.get(i).names;
            held += outer.held();
            if (held > mostNames) {
                outer.letGo();
            }
        }
    }

    private void letGoAbove(int depth) throws IOException {
        if (depth > MOST_HELD) {
            levels.get(depth - MOST_HELD).letGo();
        }
    }

    /** Goes back to the directory above; false at the root. */
    boolean leave() throws IOException {
        if (levels.size() == 1) {
            return false;
        }
        levels.remove(levels.size() - 1).letGo();
        return true;
    }

    @Override
    public void close() throws IOException {
        for (Level level : levels) {
            level.letGo();
        }
    }
}
