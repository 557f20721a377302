package io.longshore.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertificateExpiredException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

class S3FailuresTest {
    private static final S3Location LOCATION = new S3Location("raw", "a b.csv");

    @ParameterizedTest
    @CsvSource({
        "404, NoSuchBucket, 'there is no bucket \"raw\"'",
        "403, InvalidAccessKeyId, the store does not know the access key id",
        "403, SignatureDoesNotMatch, the secret access key does not fit the access key id",
        "400, ExpiredToken, the session token is not valid any more",
        "403, RequestTimeTooSkewed, the clocks of this host and of the store differ too much",
        "403, AccessDenied, access denied",
        "401, Unauthorized, access denied",
        "412, PreconditionFailed, changed since it was looked up",
        "416, InvalidRange, changed since it was looked up",
        "400, AuthorizationHeaderMalformed, the bucket is not in the connection's region but in \"eu-west-1\"",
        "301, PermanentRedirect, the bucket is not in the connection's region but in \"eu-west-1\"",
        "501, NotImplemented, the store cannot do that",
        "400, KeyTooLongError, the store refuses"
    })
    void hopelessAnswersArePermanent(int status, String code, String reason) {
        IOException translated = S3Failures.translated(answer(status, code), "reading", LOCATION);
        assertInstanceOf(PermanentStorageException.class, translated);
        assertEquals(
                "reading \"s3://raw/a b.csv\": " + reason + " (" + code + ", " + status + ")", translated.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "503, SlowDown",
        "500, InternalError",
        "429, TooManyRequests",
        "400, RequestTimeout",
        "400, BadDigest",
        "409, OperationAborted"
    })
    void passingAnswersMayBeTriedAgain(int status, String code) {
        IOException translated = S3Failures.translated(answer(status, code), "publishing", LOCATION);
        assertSame(IOException.class, translated.getClass());
        assertEquals(
                "publishing \"s3://raw/a b.csv\": the store asks to try again (" + code + ", " + status + ")",
                translated.getMessage());
    }

    @Test
    void absentObjectIsNoSuchFile() {
        IOException translated = S3Failures.translated(answer(404, "NoSuchKey"), "reading", LOCATION);
        assertInstanceOf(NoSuchFileException.class, translated);
        assertEquals("s3://raw/a b.csv: there is no such object (NoSuchKey, 404)", translated.getMessage());
    }

    @Test
    void abandonedUploadMayBeTriedAgain() {
        IOException translated = S3Failures.translated(answer(404, "NoSuchUpload"), "publishing", LOCATION);
        assertSame(IOException.class, translated.getClass());
        assertEquals(
                "publishing \"s3://raw/a b.csv\": the upload was abandoned in the meantime (NoSuchUpload, 404)",
                translated.getMessage());
    }

    @Test
    void networkFailuresMayBeTriedAgain() {
        assertPassing(new UnknownHostException("s3.example"), "the store's host is not known");
        assertPassing(new ConnectException("Connection refused"), "connection refused");
        assertPassing(new ConnectException("Connection timed out"), "no connection to the store");
        assertPassing(new SocketTimeoutException("Read timed out"), "the store did not answer in time");
        assertPassing(new SocketException("Connection reset"), "the connection broke off");
        assertPassing(new SSLHandshakeException("Remote host terminated the handshake"), "the connection broke off");
    }

    private static void assertPassing(IOException cause, String reason) {
        IOException unanswered = new S3Failures.Unanswered("https://s3.example", cause);
        for (Exception e : new Exception[] {unanswered, SdkClientException.create("not sent", unanswered)}) {
            assertPassing(e, reason + ": \"https://s3.example\"");
        }
        assertPassing((Exception) cause, reason);
    }

    private static void assertPassing(Exception e, String reason) {
        IOException translated = S3Failures.translated(e, "reading", LOCATION);
        assertSame(IOException.class, translated.getClass());
        assertEquals("reading \"s3://raw/a b.csv\": " + reason, translated.getMessage());
        assertSame(e, translated.getCause());
    }

    @Test
    void certificateThatIsNotTrustedIsPermanent() {
        SSLHandshakeException failed = new SSLHandshakeException("no");
        failed.initCause(new CertificateExpiredException());
        IOException translated = S3Failures.translated(SdkClientException.create("", failed), "reading", LOCATION);
        assertInstanceOf(PermanentStorageException.class, translated);
        SSLPeerUnverifiedException other = new SSLPeerUnverifiedException("not this host's");
        assertInstanceOf(
                PermanentStorageException.class,
                S3Failures.translated(SdkClientException.create("", other), "reading", LOCATION));
    }

    @Test
    void whatIsInTheSpisWordsAlreadyStays() {
        IOException permanent = new PermanentStorageException("changed");
        assertSame(permanent, S3Failures.translated(permanent, "reading", LOCATION));
        IOException interrupted = new InterruptedIOException("stopped");
        assertSame(interrupted, S3Failures.translated(interrupted, "reading", LOCATION));
        IllegalStateException mistake = new IllegalStateException("a mistake");
        assertSame(
                mistake,
                assertThrows(IllegalStateException.class, () -> S3Failures.translated(mistake, "reading", LOCATION)));
    }

    private static S3Exception answer(int status, String code) {
        return (S3Exception) S3Exception.builder()
                .statusCode(status)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage("the store's own words")
                        .sdkHttpResponse(SdkHttpResponse.builder()
                                .statusCode(status)
                                .putHeader("x-amz-bucket-region", "eu-west-1")
                                .build())
                        .build())
                .build();
    }
}
