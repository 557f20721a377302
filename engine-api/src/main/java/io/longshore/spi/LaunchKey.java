package io.longshore.spi;

/**
 * What makes a launch the same launch, also after a restart.
 *
 * @param item the item whose script is launched
 * @param attempt which attempt of it, from 1
 */
public record LaunchKey(ItemKey item, int attempt) {
    /**
     * Checks that attempts count from 1.
     *
     * @param item the {@code item} component
     * @param attempt the {@code attempt} component
     */
    public LaunchKey {
        if (attempt < 1) {
            throw new IllegalArgumentException("attempts count from 1: " + attempt);
        }
    }

    @Override
    public String toString() {
        return item + "/" + attempt;
    }
}
