package io.longshore.storage.s3;

import io.longshore.spi.PublishKey;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * How a publication is told from others in a store: as metadata of the object it became, and before that as the first part
 * of its upload, since a store lists the MD5 of a part and no metadata of an upload.
 */
record PublishMark(String text) {
    static final String METADATA = "longshore-publish-key";

    /** A digest, as a key may hold any text and nobody should read a job's id out of it. */
    static PublishMark of(PublishKey key) {
        byte[] digest = Digests.sha256().digest(key.toString().getBytes(StandardCharsets.UTF_8));
        return new PublishMark(HexFormat.of().formatHex(digest));
    }

    byte[] content() {
        return ("longshore publication " + text + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    String eTag() {
        return HexFormat.of().formatHex(Digests.md5().digest(content()));
    }
}
