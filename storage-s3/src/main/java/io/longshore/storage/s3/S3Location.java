package io.longshore.storage.s3;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where one object is, or those of a folder: then the key is the beginning that theirs share. */
record S3Location(String bucket, String key) {
    private static final int LONGEST_KEY_BYTES = 1024;

    /** Wider than AWS is today: old buckets and other stores have capitals, underscores and long names. */
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,254}");

    /** The address of one object. */
    static S3Location ofObject(DataReference reference, Optional<Connection> connection) {
        return new S3Location(bucket(reference, connection), objectKey(reference));
    }

    /** The address of a folder, or empty where the reference leads to one object. */
    static Optional<S3Location> ofFolder(DataReference reference, Optional<Connection> connection) {
        if (reference.location(DataReference.PREFIX).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new S3Location(bucket(reference, connection), prefix(reference)));
    }

    /** Refuses a source by its looks. */
    static void checkSource(DataReference reference) {
        checkBucket(reference);
        if (reference.location(DataReference.PREFIX).isPresent()) {
            prefix(reference);
        } else {
            objectKey(reference);
        }
    }

    /** Refuses a target by its looks. */
    static void checkTarget(DataReference reference) {
        checkBucket(reference);
        if (reference.location(DataReference.PREFIX).isPresent()) {
            throw new InvalidRequestException(
                    "location.prefix",
                    reference.location(DataReference.PREFIX).get(),
                    "is a folder: an output is one object and has a key");
        }
        objectKey(reference);
    }

    /** A connection may bring the bucket, but which one is known only when the reference is followed. */
    private static void checkBucket(DataReference reference) {
        if (reference.location(DataReference.BUCKET).isPresent()
                || reference.connection().isEmpty()) {
            bucket(reference, Optional.empty());
        }
    }

    private static String bucket(DataReference reference, Optional<Connection> connection) {
        String bucket = reference
                .location(DataReference.BUCKET)
                .or(() -> connection.flatMap(c -> c.property(Connection.BUCKET)))
                .orElse("");
        if (bucket.isEmpty()) {
            throw new InvalidRequestException(
                    "location.bucket", null, "is missing, and no connection has a bucket to stand in for it");
        }
        if (!BUCKET.matcher(bucket).matches()) {
            throw new InvalidRequestException("location.bucket", bucket, "is no name of a bucket");
        }
        return bucket;
    }

    private static String objectKey(DataReference reference) {
        Optional<String> key = reference.location(DataReference.KEY);
        Optional<String> fileName = reference.location(DataReference.FILE_NAME);
        if (key.isPresent() && fileName.isPresent() && !key.equals(fileName)) {
            throw new InvalidRequestException(
                    "location.file_name", fileName.get(), "is another word for location.key, and differs from it");
        }
        String part = key.isEmpty() && fileName.isPresent() ? "location.file_name" : "location.key";
        String value = key.or(() -> fileName).orElse("");
        if (value.isEmpty()) {
            throw new InvalidRequestException(part, null, "is missing: an object has a key, or file_name");
        }
        if (value.endsWith("/")) {
            throw new InvalidRequestException(part, value, "ends in a slash, as a folder does and no object");
        }
        return requireKey(part, value);
    }

    private static String prefix(DataReference reference) {
        String prefix = reference.location(DataReference.PREFIX).orElseThrow();
        if (reference.location(DataReference.KEY).isPresent()
                || reference.location(DataReference.FILE_NAME).isPresent()) {
            throw new InvalidRequestException(
                    "location.prefix", prefix, "leads to a folder, and a key beside it to one object");
        }
        return requireKey("location.prefix", prefix);
    }

    static String requireKey(String part, String key) {
        int bytes;
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(key));
            bytes = encoded.remaining();
        } catch (CharacterCodingException e) {
            throw new InvalidRequestException(part, key, "holds half a character");
        }
        if (bytes > LONGEST_KEY_BYTES) {
            throw new InvalidRequestException(part, key, "is longer than " + LONGEST_KEY_BYTES + " bytes");
        }
        return key;
    }

    S3Location withSuffix(String suffix) {
        return suffix.isEmpty() ? this : new S3Location(bucket, requireKey("location.key", key + suffix));
    }

    /** The last segment of the key. */
    String name() {
        return key.substring(key.lastIndexOf('/') + 1);
    }

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + key;
    }
}
