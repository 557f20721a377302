package io.longshore.storage.s3;

import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/** Says what the SDK threw in the SPI's words. The store's own words stay in the cause: who knows what they quote. */
final class S3Failures {
    private static final Set<String> UNKNOWN_KEY = Set.of("InvalidAccessKeyId", "InvalidClientTokenId");
    private static final Set<String> WRONG_SECRET = Set.of("SignatureDoesNotMatch", "AuthFailure");
    private static final Set<String> WRONG_TOKEN = Set.of("ExpiredToken", "InvalidToken", "TokenRefreshRequired");
    private static final Set<String> WRONG_REGION = Set.of(
            "PermanentRedirect",
            "TemporaryRedirect",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
            "Redirect");

    /** Client errors by their status that are gone the next time. */
    private static final Set<String> PASSING = Set.of(
            "RequestTimeout",
            "RequestTimeoutException",
            "IncompleteBody",
            "BadDigest",
            "InvalidDigest",
            "XAmzContentSHA256Mismatch",
            "InvalidPart",
            "InvalidPartOrder",
            "OperationAborted",
            "ConditionalRequestConflict",
            "Throttling",
            "SlowDown");

    private S3Failures() {}

    /** The host was to give credentials and has none. */
    static final class NoHostCredentials extends SdkClientException {
        private static final long serialVersionUID = 1L;

        NoHostCredentials(SdkException cause) {
            super(SdkClientException.builder().message(cause.getMessage()).cause(cause));
        }
    }

    /** A request that got no answer, and where it went: the SDK's own exceptions do not say that. */
    static final class Unanswered extends IOException {
        private static final long serialVersionUID = 1L;
        private final String origin;

        /**
         * Keeps both.
         *
         * @param origin scheme, host, and port where it is not the usual one
         */
        Unanswered(String origin, IOException cause) {
            super(cause);
            this.origin = origin;
        }
    }

    /** A transfer that went wrong by our own finding, and may go right the next time. */
    static final class Unsound extends IOException {
        private static final long serialVersionUID = 1L;

        Unsound(String message) {
            super(message);
        }
    }

    /**
     * Translates.
     *
     * @param what what was tried, such as {@code reading}
     * @param location on what
     */
    static IOException translated(Exception e, String what, S3Location location) {
        String tried = what + " \"" + location + "\": ";
        if (e instanceof AwsServiceException answer) {
            return answered(answer, tried, location);
        }
        boolean ours =
                e instanceof PermanentStorageException || e instanceof Unsound || e instanceof FileSystemException;
        boolean stopped = e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
        if (ours || stopped) {
            return (IOException) e;
        }
        if (e instanceof SdkException || e instanceof IOException) {
            return unanswered(e, tried);
        }
        throw e instanceof RuntimeException unexpected ? unexpected : new IllegalStateException(e);
    }

    static boolean is(AwsServiceException e, int status, String... codes) {
        return e.statusCode() == status || Set.of(codes).contains(code(e));
    }

    static String code(AwsServiceException e) {
        if (e.awsErrorDetails() == null || e.awsErrorDetails().errorCode() == null) {
            return "";
        }
        return e.awsErrorDetails().errorCode();
    }

    private static IOException answered(AwsServiceException e, String tried, S3Location location) {
        String code = code(e);
        String answer = " (" + (code.isEmpty() ? "" : code + ", ") + e.statusCode() + ")";
        if (code.equals("NoSuchBucket")) {
            return permanent(tried + "there is no bucket \"" + location.bucket() + "\"" + answer, e);
        }
        if (code.equals("NoSuchUpload")) {
            return new IOException(tried + "the upload was abandoned in the meantime" + answer, e);
        }
        if (UNKNOWN_KEY.contains(code)) {
            return permanent(tried + "the store does not know the access key id" + answer, e);
        }
        if (WRONG_SECRET.contains(code)) {
            return permanent(tried + "the secret access key does not fit the access key id" + answer, e);
        }
        if (WRONG_TOKEN.contains(code)) {
            return permanent(tried + "the session token is not valid any more" + answer, e);
        }
        if (code.equals("RequestTimeTooSkewed")) {
            return permanent(tried + "the clocks of this host and of the store differ too much" + answer, e);
        }
        if (WRONG_REGION.contains(code) || e.statusCode() == 301 || e.statusCode() == 307) {
            return permanent(tried + "the bucket is not in the connection's region" + region(e) + answer, e);
        }
        if (PASSING.contains(code)) {
            return new IOException(tried + "the store asks to try again" + answer, e);
        }
        return byStatus(e, tried, location, answer);
    }

    private static IOException byStatus(AwsServiceException e, String tried, S3Location location, String answer) {
        int status = e.statusCode();
        if (status == 404) {
            NoSuchFileException absent =
                    new NoSuchFileException(location.toString(), null, "there is no such object" + answer);
            absent.initCause(e);
            return absent;
        }
        if (status == 401 || status == 403) {
            return permanent(tried + "access denied" + answer, e);
        }
        if (status == 412 || status == 416) {
            return permanent(tried + "changed since it was looked up" + answer, e);
        }
        if (status == 501) {
            return permanent(tried + "the store cannot do that" + answer, e);
        }
        if (status == 408 || status == 409 || status == 425 || status == 429 || status >= 500) {
            return new IOException(tried + "the store asks to try again" + answer, e);
        }
        return permanent(tried + "the store refuses" + answer, e);
    }

    private static String region(AwsServiceException e) {
        if (e.awsErrorDetails() == null || e.awsErrorDetails().sdkHttpResponse() == null) {
            return "";
        }
        return e.awsErrorDetails()
                .sdkHttpResponse()
                .firstMatchingHeader("x-amz-bucket-region")
                .map(region -> " but in \"" + region + "\"")
                .orElse("");
    }

    /** No answer, or one that broke off: the network may be mended the next time; a certificate is not. */
    private static IOException unanswered(Exception e, String tried) {
        if (cause(e, NoHostCredentials.class).isPresent()) {
            return permanent(tried + "the host itself has no AWS credentials", e);
        }
        String where = cause(e, Unanswered.class)
                .map(unanswered -> ": \"" + unanswered.origin + "\"")
                .orElse("");
        if (cause(e, CertificateException.class).isPresent()) {
            return permanent(tried + "the store's certificate is not trusted" + where, e);
        }
        if (cause(e, SSLPeerUnverifiedException.class).isPresent()) {
            return permanent(tried + "the store's certificate is another host's" + where, e);
        }
        return new IOException(tried + silence(e) + where, e);
    }

    private static String silence(Exception e) {
        if (cause(e, UnknownHostException.class).isPresent()) {
            return "the store's host is not known";
        }
        if (cause(e, ConnectException.class).isPresent()) {
            boolean refused =
                    String.valueOf(rootMessage(e)).toLowerCase(Locale.ROOT).contains("refused");
            return refused ? "connection refused" : "no connection to the store";
        }
        if (cause(e, NoRouteToHostException.class).isPresent()) {
            return "no connection to the store";
        }
        if (cause(e, SocketTimeoutException.class).isPresent()) {
            return "the store did not answer in time";
        }
        return cause(e, IOException.class).isPresent() ? "the connection broke off" : "the request failed";
    }

    private static <T extends Throwable> Optional<T> cause(Throwable e, Class<T> type) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return Optional.of(type.cast(cause));
            }
        }
        return Optional.empty();
    }

    private static @Nullable String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage();
    }

    private static IOException permanent(String message, Throwable cause) {
        return new PermanentStorageException(message, cause);
    }
}
