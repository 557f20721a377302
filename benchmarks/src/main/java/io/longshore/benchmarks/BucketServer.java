package io.longshore.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * As much of an S3 server as the contestants ask for, so cheap that they are measured and not it: a process of its own that
 * checks no signature, believes the MD5 that a client sends, keeps its files in memory and hands them out without a copy. It
 * has one bucket, whatever that is called.
 *
 * <p>Arguments: an empty directory. Prints its address, and ends when its stdin does.
 */
final class BucketServer {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int MOST_HEADER_BYTES = 1 << 15;
    private static final int PAGE = 1000;
    private static final String METADATA = "x-amz-meta-";

    private final Path directory;
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentNavigableMap<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final Map<String, Begun> uploads = new ConcurrentHashMap<>();

    /** An object, or a part of one: files one after the other, as a copy at the commit would be the server's own work. */
    private record Stored(
            List<Path> files, long sizeBytes, String eTag, Map<String, String> metadata, Instant modified) {}

    /** An upload of several parts. */
    private record Begun(String key, Map<String, String> metadata, ConcurrentNavigableMap<Integer, Stored> parts) {}

    /** A request without its body. */
    private record Request(
            String method, String path, Map<String, String> query, Map<String, String> headers, long bodyBytes) {
        /** The key, or nothing for the bucket itself. */
        String key() {
            int slash = path.indexOf('/', 1);
            return slash < 0 ? "" : path.substring(slash + 1);
        }

        Map<String, String> metadata() {
            return headers.entrySet().stream()
                    .filter(header -> header.getKey().startsWith(METADATA))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        }
    }

    private BucketServer(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] args) throws IOException {
        BucketServer server = new BucketServer(Path.of(args[0]));
        ServerSocketChannel listening =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
        daemon(() -> server.accept(listening));
        System.out.println("http://127.0.0.1:" + ((InetSocketAddress) listening.getLocalAddress()).getPort());
        while (System.in.read() >= 0) {
            // until it ends
        }
    }

    private void accept(ServerSocketChannel listening) {
        try {
            while (true) {
                SocketChannel channel = listening.accept();
                daemon(() -> converse(channel));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    private void converse(SocketChannel channel) {
        try (channel) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            new Conversation(channel).run();
        } catch (SocketException e) {
            // clients end without a word
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection. */
    private final class Conversation {
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES).limit(0);

        Conversation(SocketChannel channel) {
            this.channel = channel;
        }

        void run() throws IOException {
            for (Optional<Request> next = request(); next.isPresent(); next = request()) {
                answer(next.get());
            }
        }

        private Optional<Request> request() throws IOException {
            ByteArrayOutputStream header = new ByteArrayOutputStream();
            int ending = 0; // how much of CR LF CR LF was seen last
            while (ending < 4) {
                if (!in.hasRemaining() && !fill()) {
                    return Optional.empty();
                }
                byte b = in.get();
                header.write(b);
                ending = b == "\r\n\r\n".charAt(ending) ? ending + 1 : b == '\r' ? 1 : 0;
                if (header.size() > MOST_HEADER_BYTES) {
                    throw new IOException("a header is too long");
                }
            }
            return Optional.of(parsed(header.toString(StandardCharsets.US_ASCII)));
        }

        private Request parsed(String header) {
            String[] lines = header.split("\r\n", -1);
            String[] first = lines[0].split(" ", -1);
            Map<String, String> headers = new TreeMap<>();
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                if (colon > 0) {
                    headers.put(
                            lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                            lines[i].substring(colon + 1).strip());
                }
            }
            Map<String, String> query = new TreeMap<>();
            URI uri = URI.create(first[1]);
            for (String each : String.valueOf(uri.getRawQuery()).split("&", -1)) {
                int equals = each.indexOf('=');
                query.put(
                        decoded(equals < 0 ? each : each.substring(0, equals)),
                        equals < 0 ? "" : decoded(each.substring(equals + 1)));
            }
            return new Request(
                    first[0],
                    uri.getPath(),
                    query,
                    headers,
                    Long.parseLong(headers.getOrDefault("content-length", "0")));
        }

        private boolean fill() throws IOException {
            in.clear();
            int n = channel.read(in);
            in.flip();
            return n > 0;
        }

        private void answer(Request request) throws IOException {
            if ("100-continue".equalsIgnoreCase(request.headers().get("expect")) && !in.hasRemaining()) {
                send("HTTP/1.1 100 Continue\r\n\r\n");
            }
            Map<String, String> query = request.query();
            if (request.key().isEmpty()) {
                bucket(request);
            } else if (request.method().equals("GET") && query.containsKey("uploadId")) {
                said("<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>");
            } else if (request.method().equals("GET") || request.method().equals("HEAD")) {
                object(request);
            } else if (request.method().equals("DELETE")) {
                String unused = body(request);
                objects.remove(query.containsKey("uploadId") ? "" : request.key());
                uploads.remove(query.getOrDefault("uploadId", ""));
                head(204, "", 0);
            } else if (request.method().equals("PUT")) {
                Stored stored = received(request);
                if (query.containsKey("uploadId")) {
                    Begun upload = Objects.requireNonNull(uploads.get(query.get("uploadId")));
                    Stored before = upload.parts().put(Integer.valueOf(query.get("partNumber")), stored);
                    if (before != null) {
                        Files.delete(before.files().get(0));
                    }
                } else {
                    objects.put(request.key(), stored);
                }
                head(200, eTag(stored), 0);
            } else if (query.containsKey("uploads")) {
                String unused = body(request);
                String id = "upload-" + count.incrementAndGet();
                uploads.put(id, new Begun(request.key(), request.metadata(), new ConcurrentSkipListMap<>()));
                said("<InitiateMultipartUploadResult><UploadId>" + id + "</UploadId></InitiateMultipartUploadResult>");
            } else {
                String unused = body(request); // which names all parts that were sent: no contestant leaves one out
                Stored stored = completed(Objects.requireNonNull(uploads.remove(query.get("uploadId"))));
                objects.put(request.key(), stored);
                said("<CompleteMultipartUploadResult><Key>" + request.key() + "</Key><ETag>&quot;" + stored.eTag()
                        + "&quot;</ETag></CompleteMultipartUploadResult>");
            }
        }

        private void bucket(Request request) throws IOException {
            String unused = body(request);
            Map<String, String> query = request.query();
            if (request.method().equals("DELETE")) { // not of S3: empties it
                for (Stored object : objects.values()) {
                    for (Path file : object.files()) {
                        Files.delete(file);
                    }
                }
                objects.clear();
                head(204, "", 0);
            } else if (query.containsKey("uploads")) {
                said("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
            } else if (request.method().equals("GET") && !query.containsKey("location")) {
                said(listed(query));
            } else {
                head(200, "", 0);
            }
        }

        private String listed(Map<String, String> query) {
            String prefix = query.getOrDefault("prefix", "");
            String after = query.getOrDefault("continuation-token", query.getOrDefault("marker", ""));
            String delimiter = query.getOrDefault("delimiter", "");
            StringBuilder contents = new StringBuilder();
            StringBuilder folders = new StringBuilder();
            String last = after;
            String folder = "";
            int listed = 0;
            boolean more = false;
            for (Map.Entry<String, Stored> each : objects.tailMap(prefix, true).entrySet()) {
                String key = each.getKey();
                if (!key.startsWith(prefix)) {
                    break;
                }
                boolean isFolded = !folder.isEmpty() && key.startsWith(folder);
                if (key.compareTo(after) <= 0 || isFolded || (after.endsWith("/") && key.startsWith(after))) {
                    continue;
                }
                if (listed == PAGE) {
                    more = true;
                    break;
                }
                int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
                if (end >= 0) {
                    folder = key.substring(0, end + 1);
                    last = folder;
                    folders.append("<CommonPrefixes><Prefix>" + folder + "</Prefix></CommonPrefixes>");
                } else {
                    last = key;
                    contents.append("<Contents><Key>" + key + "</Key><LastModified>"
                            + each.getValue().modified() + "</LastModified><ETag>&quot;"
                            + each.getValue().eTag() + "&quot;</ETag><Size>"
                            + each.getValue().sizeBytes() + "</Size></Contents>");
                }
                listed++;
            }
            String next =
                    "<NextContinuationToken>" + last + "</NextContinuationToken><NextMarker>" + last + "</NextMarker>";
            return "<ListBucketResult><IsTruncated>" + more + "</IsTruncated>" + (more ? next : "") + contents + folders
                    + "</ListBucketResult>";
        }

        private void object(Request request) throws IOException {
            Stored object = objects.get(request.key());
            if (object == null) {
                head(404, "", 0);
                return;
            }
            String pinned = request.headers().getOrDefault("if-match", object.eTag());
            if (!pinned.replace("\"", "").equals(object.eTag())) {
                head(412, "", 0);
                return;
            }
            long from = 0;
            long to = object.sizeBytes();
            String range = request.headers().get("range");
            String about = eTag(object) + "Accept-Ranges: bytes\r\nLast-Modified: "
                    + DateTimeFormatter.RFC_1123_DATE_TIME.format(
                            object.modified().atZone(ZoneOffset.UTC)) + "\r\n";
            for (Map.Entry<String, String> each : object.metadata().entrySet()) {
                about += each.getKey() + ": " + each.getValue() + "\r\n";
            }
            if (range != null) {
                String[] ends = range.substring("bytes=".length()).split("-", -1);
                from = Long.parseLong(ends[0]);
                to = ends[1].isEmpty() ? to : Math.min(to, Long.parseLong(ends[1]) + 1);
                about += "Content-Range: bytes " + from + "-" + (to - 1) + "/" + object.sizeBytes() + "\r\n";
            }
            head(range == null ? 200 : 206, about, to - from);
            if (request.method().equals("GET")) {
                hand(object, from, to);
            }
        }

        private void hand(Stored object, long from, long to) throws IOException {
            long start = 0;
            for (Path file : object.files()) {
                try (FileChannel content = FileChannel.open(file)) {
                    long end = start + content.size();
                    for (long at = Math.max(from, start); at < Math.min(to, end); ) {
                        at += content.transferTo(at - start, Math.min(to, end) - at, channel);
                    }
                    start = end;
                }
            }
        }

        private Stored received(Request request) throws IOException {
            String given = request.headers().get("content-md5");
            MessageDigest md5 = md5();
            Path file = directory.resolve(Long.toString(count.incrementAndGet()));
            try (FileChannel content =
                    FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (long left = request.bodyBytes(); left > 0; ) {
                    if (!in.hasRemaining() && !fill()) {
                        throw new EOFException();
                    }
                    ByteBuffer next = in.slice(in.position(), (int) Math.min(left, in.remaining()));
                    in.position(in.position() + next.remaining());
                    left -= next.remaining();
                    if (given == null) {
                        md5.update(next.duplicate());
                    }
                    while (next.hasRemaining()) {
                        content.write(next);
                    }
                }
            }
            byte[] digest = given == null ? md5.digest() : Base64.getDecoder().decode(given);
            return stored(List.of(file), request.bodyBytes(), HexFormat.of().formatHex(digest), request.metadata());
        }

        /** Reads a small body to its end. */
        private String body(Request request) throws IOException {
            byte[] body = new byte[(int) request.bodyBytes()];
            for (int done = 0; done < body.length; ) {
                if (!in.hasRemaining() && !fill()) {
                    throw new EOFException();
                }
                int n = Math.min(body.length - done, in.remaining());
                in.get(body, done, n);
                done += n;
            }
            return new String(body, StandardCharsets.UTF_8);
        }

        private void said(String xml) throws IOException {
            byte[] body = ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml).getBytes(StandardCharsets.UTF_8);
            head(200, "Content-Type: application/xml\r\n", body.length);
            send(ByteBuffer.wrap(body));
        }

        private void head(int status, String headers, long bodyBytes) throws IOException {
            send("HTTP/1.1 " + status + " -\r\n" + headers + "Content-Length: " + bodyBytes + "\r\n\r\n");
        }

        private void send(String text) throws IOException {
            send(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        }

        private void send(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private static String eTag(Stored object) {
        return "ETag: \"" + object.eTag() + "\"\r\n";
    }

    private static Stored stored(List<Path> files, long sizeBytes, String eTag, Map<String, String> metadata) {
        return new Stored(files, sizeBytes, eTag, metadata, Instant.now().truncatedTo(ChronoUnit.MILLIS));
    }

    private static Stored completed(Begun upload) {
        MessageDigest md5 = md5();
        List<Path> files = new ArrayList<>();
        long sizeBytes = 0;
        for (Stored part : upload.parts().values()) {
            md5.update(HexFormat.of().parseHex(part.eTag()));
            files.addAll(part.files());
            sizeBytes += part.sizeBytes();
        }
        String eTag =
                HexFormat.of().formatHex(md5.digest()) + "-" + upload.parts().size();
        return stored(List.copyOf(files), sizeBytes, eTag, upload.metadata());
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
