/** Storage in S3 buckets. */
@SuppressWarnings({"module", "requires-automatic"}) // S3 ends in a digit; the AWS SDK has no module descriptors
module io.longshore.storage.s3 {
    exports io.longshore.storage.s3;

    requires transitive io.longshore.api;
    // Every part of the SDK that signatures touch: Maven leaves the others off the module path.
    requires software.amazon.awssdk.auth;
    requires software.amazon.awssdk.awscore;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.http;
    requires software.amazon.awssdk.http.apache5;
    requires software.amazon.awssdk.identity.spi;
    requires software.amazon.awssdk.profiles;
    requires software.amazon.awssdk.regions;
    requires software.amazon.awssdk.services.s3;
    requires software.amazon.awssdk.utils;
    // What the SDK and its HTTP client need and cannot say themselves.
    requires jdk.net;
    requires org.slf4j;
    requires static transitive org.jspecify;

    provides io.longshore.spi.DataSink with
            io.longshore.storage.s3.S3Storage;
    provides io.longshore.spi.DataSource with
            io.longshore.storage.s3.S3Storage;
}
