package io.longshore.storage.s3;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Stands between a client and a server, and once cuts the connection, damages a byte, or falls silent, after a number of bytes. */
final class FaultyProxy implements Closeable {
    private static final int BUFFER_BYTES = 16 * 1024;

    enum Fault {
        CUT,
        DAMAGE,
        SILENCE
    }

    private final ServerSocket server;
    private final URI target;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private CountDownLatch struck = new CountDownLatch(1); // guarded by this
    private Fault fault = Fault.CUT; // guarded by this
    private String lost = ""; // what an answer holds that is cut; guarded by this
    private long requestBytes = Long.MAX_VALUE; // until the fault; guarded by this
    private long responseBytes = Long.MAX_VALUE; // guarded by this

    private FaultyProxy(URI target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    static FaultyProxy before(S3Server server) throws IOException {
        FaultyProxy proxy = new FaultyProxy(server.endpoint());
        proxy.onThread(proxy::accept);
        return proxy;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    synchronized void strikeRequests(Fault next, long afterBytes) {
        fault = next;
        requestBytes = afterBytes;
    }

    synchronized void strikeResponses(Fault next, long afterBytes) {
        fault = next;
        responseBytes = afterBytes;
    }

    /** Passes nothing of what comes from the server once that holds a text. */
    synchronized void loseAnswerWith(String text) {
        fault = Fault.CUT;
        lost = text;
    }

    void awaitStruck() throws InterruptedException {
        CountDownLatch now;
        synchronized (this) {
            now = struck;
        }
        now.await();
    }

    /** So that the next fault can be waited for. */
    synchronized void renew() {
        struck = new CountDownLatch(1);
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    private void onThread(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // a connection ended
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "faulty-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            sockets.add(client);
            Socket remote = new Socket();
            sockets.add(remote);
            remote.connect(new InetSocketAddress(target.getHost(), target.getPort()));
            onThread(() -> pump(client, remote, true));
            onThread(() -> pump(remote, client, false));
        }
    }

    private void pump(Socket from, Socket to, boolean request) throws IOException, InterruptedException {
        byte[] buffer = new byte[BUFFER_BYTES];
        String tail = "";
        // Who sends is cut off first: to half a request the server would answer.
        try (to;
                from) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                tail += new String(buffer, 0, n, StandardCharsets.ISO_8859_1);
                int passed = !request && isLost(tail) ? 0 : pass(n, request);
                tail = tail.substring(Math.max(0, tail.length() - 100));
                out.write(buffer, 0, passed);
                if (passed < n && !strike()) {
                    return;
                }
                if (passed < n) {
                    buffer[passed]++;
                    out.write(buffer, passed, n - passed);
                }
            }
        }
    }

    private synchronized boolean isLost(String text) {
        boolean now = !lost.isEmpty() && text.contains(lost);
        lost = now ? "" : lost;
        return now;
    }

    /** How many of the bytes pass; a fault strikes once. */
    private synchronized int pass(int bytes, boolean request) {
        long left = request ? requestBytes : responseBytes;
        int passed = (int) Math.min(left, bytes);
        long after = passed < bytes ? Long.MAX_VALUE : left == Long.MAX_VALUE ? left : left - passed;
        if (request) {
            requestBytes = after;
        } else {
            responseBytes = after;
        }
        return passed;
    }

    /** Whether the connection goes on. */
    private boolean strike() throws InterruptedException {
        Fault now;
        synchronized (this) {
            now = fault;
            struck.countDown();
        }
        if (now == Fault.SILENCE) {
            closed.await();
        }
        return now == Fault.DAMAGE;
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
