package io.longshore.archive;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The directories that a piece of an archive will read from: few, as each is held open. */
final class KeptFolders implements Closeable {
    private static final int MOST = 8;

    private final List<Folder> folders = new ArrayList<>(MOST);

    boolean hasRoomFor(Folder folder) {
        return folders.size() < MOST || folders.contains(folder);
    }

    void keep(Folder folder) {
        if (!folders.contains(folder)) {
            folders.add(folder.retain());
        }
    }

    @Override
    public void close() throws IOException {
        for (Folder folder : folders) {
            folder.close();
        }
        folders.clear();
    }
}
