package io.longshore.storage.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/**
 * An HTTP client whose requests can be ended from another thread. The SDK has no handle for that, and an interrupt does
 * not wake a thread that reads a socket.
 */
final class AbortableHttp implements SdkHttpClient {
    /** What the thread's requests are part of; the SDK sends a request on the thread that asked for it. */
    private static final ThreadLocal<Exchange> CURRENT = new ThreadLocal<>();

    private final SdkHttpClient client;

    AbortableHttp(SdkHttpClient client) {
        this.client = client;
    }

    static void during(Exchange exchange, Requests.Work work) throws IOException {
        CURRENT.set(exchange);
        try {
            work.run();
        } finally {
            CURRENT.remove();
        }
    }

    @Override
    public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
        ExecutableHttpRequest prepared = client.prepareRequest(request);
        return new ExecutableHttpRequest() {
            @Override
            public HttpExecuteResponse call() throws IOException {
                Exchange exchange = CURRENT.get();
                if (exchange != null) {
                    exchange.began(prepared);
                }
                try {
                    return prepared.call();
                } catch (IllegalStateException e) {
                    throw new IOException("the HTTP client was closed", e);
                } catch (IOException e) {
                    boolean stopped = e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
                    throw stopped ? e : new S3Failures.Unanswered(origin(request.httpRequest()), e);
                }
            }

            @Override
            public void abort() {
                prepared.abort();
            }
        };
    }

    /** Where a request goes, without its path and its query. */
    private static String origin(SdkHttpRequest request) {
        boolean usual = SdkHttpUtils.isUsingStandardPort(request.protocol(), request.port());
        return request.protocol() + "://" + request.host() + (usual ? "" : ":" + request.port());
    }

    @Override
    public String clientName() {
        return client.clientName();
    }

    @Override
    public void close() {
        client.close();
    }
}
