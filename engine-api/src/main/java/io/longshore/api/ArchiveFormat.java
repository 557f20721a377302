package io.longshore.api;

/** What an output directory becomes (contract 2.6). */
public enum ArchiveFormat {
    /** A zip file, with zip64 where it is needed. */
    ZIP("zip", "application/zip"),
    /** A tar file in the pax format, as one member of gzip. */
    TAR_GZ("tar.gz", "application/gzip"),
    /** A tar file in the pax format, as one frame of zstd. */
    TAR_ZST("tar.zst", "application/zstd"),
    /**
     * No archive: each file becomes an object {@code <name>/<file>}, and at last {@code <name>/manifest.json} lists them with
     * size and SHA-256. The output is there once the manifest is.
     */
    NONE("none", "application/json");

    private final String id;
    private final String mediaType;

    ArchiveFormat(String id, String mediaType) {
        this.id = id;
        this.mediaType = mediaType;
    }

    /**
     * The name of the format in documents, such as {@code zip}.
     *
     * @return the name
     */
    public String id() {
        return id;
    }

    /**
     * The media type of an archive of this format, or of the manifest.
     *
     * @return the type, such as {@code application/zip}
     */
    public String mediaType() {
        return mediaType;
    }
}
