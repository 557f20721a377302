package io.longshore.publish;

import java.io.IOException;

/**
 * Says whether an item may still make an output visible; asked right before each commit.
 *
 * <p><b>Threads:</b> asked by several at once, where files are published one by one.
 */
@FunctionalInterface
public interface Fence {
    /**
     * Returns if the item may commit.
     *
     * @throws IOException if it was canceled, or belongs to somebody else by now
     */
    void requireMayCommit() throws IOException;
}
