package io.longshore.storage.s3;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Digests that every JDK has. MD5 guards against accidents here, which is what S3 uses it for. */
final class Digests {
    private Digests() {}

    static MessageDigest md5() {
        return of("MD5");
    }

    static MessageDigest sha256() {
        return of("SHA-256");
    }

    private static MessageDigest of(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
