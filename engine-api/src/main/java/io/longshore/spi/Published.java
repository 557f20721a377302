package io.longshore.spi;

/**
 * An output that readers can see.
 *
 * @param name the name it has in its store: an asset's name, an object's key
 * @param href its address: {@code /v2/assets/<id>} for an asset, {@code s3://bucket/key} for an object
 * @param sizeBytes its size
 */
public record Published(String name, String href, long sizeBytes) {}
