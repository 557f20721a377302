package io.longshore.spi;

/**
 * What makes two publications the same one, also after a restart: a key commits at most once.
 *
 * @param item the item whose output it is
 * @param output which of its outputs: empty for the archive of them all
 */
public record PublishKey(ItemKey item, String output) {
    @Override
    public String toString() {
        return output.isEmpty() ? item.toString() : item + "/" + output;
    }
}
