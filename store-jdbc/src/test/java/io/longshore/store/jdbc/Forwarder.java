package io.longshore.store.jdbc;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The way to a server that may break, and lead to another one afterwards. On loopback. */
public final class Forwarder implements Closeable {
    private final ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private volatile int port; // 0: nobody is let through

    public Forwarder() throws IOException {
        start(() -> {
            while (true) {
                Socket client = door.accept();
                sockets.add(client);
                try {
                    Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
                    sockets.add(server);
                    start(() -> copy(client, server));
                    start(() -> copy(server, client));
                } catch (IOException | IllegalArgumentException e) {
                    client.close();
                }
            }
        });
    }

    public int port() {
        return door.getLocalPort();
    }

    public void leadTo(int serverPort) {
        port = serverPort;
    }

    /** Breaks all connections, and lets nobody through until it leads somewhere again. */
    public void cut() throws IOException {
        port = 0;
        for (Socket socket : sockets) {
            socket.close();
        }
        sockets.clear();
    }

    private interface Running {
        void run() throws IOException;
    }

    private static void start(Running running) {
        Thread thread = new Thread(() -> {
            try {
                running.run();
            } catch (IOException e) {
                // Cut.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void copy(Socket from, Socket to) throws IOException {
        try (from;
                to) {
            byte[] buffer = new byte[8_192];
            for (int count = from.getInputStream().read(buffer);
                    count >= 0;
                    count = from.getInputStream().read(buffer)) {
                to.getOutputStream().write(buffer, 0, count);
            }
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        cut();
    }
}
