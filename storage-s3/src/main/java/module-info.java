/** Storage in S3 buckets. */
@SuppressWarnings({"module", "requires-automatic"}) // S3 ends in a digit; the AWS SDK has no module descriptors
module io.longshore.storage.s3 {
    // With the first public class, as javac refuses to export an empty package: exports io.longshore.storage.s3;

    requires transitive io.longshore.api;
    // Every part of the SDK that signatures touch: Maven leaves the others off the module path.
    requires software.amazon.awssdk.auth;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.http.apache5;
    requires software.amazon.awssdk.identity.spi;
    requires software.amazon.awssdk.regions;
    requires software.amazon.awssdk.services.s3;
    requires software.amazon.awssdk.utils;
    requires static transitive org.jspecify;
}
