package io.longshore.storage.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.spi.Published;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/** A space's directory as plain java.nio and a JSON parser see it: format 1, written down a second time. */
final class SpaceByHand {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;

    SpaceByHand(Path directory) {
        this.directory = directory;
    }

    /** Adds an asset; gives its id. */
    String add(String name, byte[] content) throws IOException {
        String id = UUID.randomUUID().toString();
        Path asset = asset(id);
        Files.createDirectories(asset);
        String entry = "0000000000000000001-" + id + "." + UUID.randomUUID();
        Files.write(asset.resolve("bytes"), content);
        Files.write(asset.resolve("asset.json"), record(id, name, content, entry));
        Files.createDirectories(names(name));
        Files.createFile(names(name).resolve(entry));
        return id;
    }

    static byte[] record(String id, String name, byte[] content, String entry) throws IOException {
        ObjectNode record = JSON.createObjectNode();
        record.put("id", id);
        record.put("name", name);
        record.put("size", content.length);
        record.put("sha256", sha256(content));
        record.put("media_type", "text/plain");
        record.put("created_at", "2025-06-30T12:00:00Z");
        record.put("entry", entry);
        return JSON.writeValueAsBytes(record);
    }

    Path asset(String id) {
        return directory.resolve("assets").resolve(id.substring(0, 2)).resolve(id);
    }

    Path names(String name) {
        String hash = sha256(name.getBytes(StandardCharsets.UTF_8));
        return directory.resolve("names").resolve(hash.substring(0, 2)).resolve(hash);
    }

    Set<String> visible() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path file : files()) {
            if (file.endsWith("asset.json") && file.startsWith(directory.resolve("assets"))) {
                names.add(JSON.readTree(Files.readAllBytes(file)).get("name").textValue());
            }
        }
        return names;
    }

    byte[] read(Published published) throws IOException {
        return Files.readAllBytes(
                asset(published.href().substring("/v2/assets/".length())).resolve("bytes"));
    }

    /** Whatever is in {@code tmp}, and names that lead to nothing. */
    List<String> leftovers() throws IOException {
        List<String> leftovers = new ArrayList<>();
        Set<String> entries = new TreeSet<>();
        for (Path file : files()) {
            if (file.startsWith(directory.resolve("tmp"))) {
                leftovers.add(file.toString());
            } else if (file.endsWith("asset.json")) {
                JsonNode record = JSON.readTree(Files.readAllBytes(file));
                entries.add(record.get("entry").textValue());
            }
        }
        for (Path file : files()) {
            if (file.startsWith(directory.resolve("names"))
                    && !entries.contains(file.getFileName().toString())) {
                leftovers.add(file.toString());
            }
        }
        return leftovers;
    }

    List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
