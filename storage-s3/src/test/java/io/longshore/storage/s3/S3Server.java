package io.longshore.storage.s3;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A real S3 server on the loopback interface, one for each JVM, that checks signatures and keeps its buckets in memory; it
 * ends with the JVM. Its look at the buckets goes by a client of its own.
 */
public final class S3Server {
    private static final String ACCESS_KEY_ID = "AKIDLONGSHORETEST";
    private static final String SECRET_ACCESS_KEY = "secret/of+the/test=server";

    private final BlobStore store;
    private final Map<String, Integer> writes;
    private final URI endpoint;
    private final S3Client client;

    private S3Server(BlobStore store, Map<String, Integer> writes, URI endpoint) {
        this.store = store;
        this.writes = writes;
        this.endpoint = endpoint;
        this.client = S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY_ID, SECRET_ACCESS_KEY)))
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .build();
    }

    /** Started once, however many tests ask for it. */
    private static final class OfThisJvm {
        private static final S3Server SERVER = started(new TransientNio2BlobStore());

        private static S3Server started(BlobStore blobs) {
            Map<String, Integer> writes = new ConcurrentHashMap<>();
            BlobStore store = new CountingBlobStore(blobs, writes);
            try {
                S3Proxy proxy = S3Proxy.builder()
                        .blobStore(store)
                        .endpoint(URI.create("http://127.0.0.1:0"))
                        .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
                        .ignoreUnknownHeaders(true)
                        .build();
                proxy.start();
                return new S3Server(store, writes, URI.create("http://127.0.0.1:" + proxy.getPort()));
            } catch (Exception e) {
                throw new IllegalStateException("the S3 server does not start", e);
            }
        }
    }

    /** The same blobs, with a count of the times that each came to be: its versions, which this server does not keep. */
    private static final class CountingBlobStore extends ForwardingBlobStore {
        private final Map<String, Integer> writes;

        CountingBlobStore(BlobStore blobs, Map<String, Integer> writes) {
            super(blobs);
            this.writes = writes;
        }

        @Override
        public PutObjectResponse putBlob(PutObjectRequest request, InputStream content) {
            PutObjectResponse response = super.putBlob(request, content);
            writes.merge(request.bucket() + "/" + request.key(), 1, Integer::sum);
            return response;
        }

        @Override
        public CompleteMultipartUploadResponse completeMultipartUpload(
                MultipartUpload upload, CompleteMultipartUploadRequest request) {
            CompleteMultipartUploadResponse response = super.completeMultipartUpload(upload, request);
            writes.merge(request.bucket() + "/" + request.key(), 1, Integer::sum);
            return response;
        }
    }

    /** The server of this JVM, running. */
    public static S3Server start() {
        return OfThisJvm.SERVER;
    }

    public URI endpoint() {
        return endpoint;
    }

    public String accessKeyId() {
        return ACCESS_KEY_ID;
    }

    public String secretAccessKey() {
        return SECRET_ACCESS_KEY;
    }

    /** A new bucket with a name that no other test has. */
    public String createBucket() {
        String bucket = "bucket-" + UUID.randomUUID();
        client.createBucket(r -> r.bucket(bucket));
        return bucket;
    }

    public void put(String bucket, String key, byte[] content) {
        client.putObject(r -> r.bucket(bucket).key(key), RequestBody.fromBytes(content));
    }

    /** Many small objects: past the protocol, which would take its time. */
    public void putAll(String bucket, List<String> keys, byte[] content) {
        for (String key : keys) {
            store.putBlob(
                    PutObjectRequest.builder()
                            .bucket(bucket)
                            .key(key)
                            .contentLength((long) content.length)
                            .build(),
                    new ByteArrayInputStream(content));
        }
    }

    public byte[] get(String bucket, String key) {
        return client.getObjectAsBytes(r -> r.bucket(bucket).key(key)).asByteArray();
    }

    public HeadObjectResponse head(String bucket, String key) {
        return client.headObject(r -> r.bucket(bucket).key(key));
    }

    public void delete(String bucket, String key) {
        client.deleteObject(r -> r.bucket(bucket).key(key));
    }

    /** How often an object was written, whole. */
    public int writes(String bucket, String key) {
        return writes.getOrDefault(bucket + "/" + key, 0);
    }

    public List<String> keys(String bucket) {
        return client.listObjectsV2Paginator(r -> r.bucket(bucket)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** The keys of uploads that were begun and neither completed nor aborted, one for each upload. */
    public List<String> incompleteUploads(String bucket) {
        return client.listMultipartUploads(r -> r.bucket(bucket)).uploads().stream()
                .map(upload -> upload.key())
                .toList();
    }

    /** Those of {@link #incompleteUploads} that hold bytes. */
    public List<String> incompleteUploadsWithParts(String bucket) {
        return client.listMultipartUploads(r -> r.bucket(bucket)).uploads().stream()
                .filter(upload -> !client.listParts(
                                r -> r.bucket(bucket).key(upload.key()).uploadId(upload.uploadId()))
                        .parts()
                        .isEmpty())
                .map(upload -> upload.key())
                .toList();
    }

    /** Begins an upload as another program would. */
    public String createMultipartUpload(String bucket, String key) {
        return client.createMultipartUpload(r -> r.bucket(bucket).key(key)).uploadId();
    }

    /** Sends a part of such an upload. */
    public void uploadPart(String bucket, String key, String uploadId, int number, byte[] content) {
        client.uploadPart(
                r -> r.bucket(bucket).key(key).uploadId(uploadId).partNumber(number), RequestBody.fromBytes(content));
    }
}
