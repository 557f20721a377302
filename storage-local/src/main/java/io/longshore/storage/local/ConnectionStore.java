package io.longshore.storage.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Connection;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.Secret;
import io.longshore.spi.ConnectionCatalog;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SecretSealer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a space: a record {@code connections/<SHA-256 of the id>.json} of mode 0600 each, whose secrets are
 * sealed, or lie in files elsewhere that it names.
 */
final class ConnectionStore implements ConnectionCatalog {
    private static final String ENDING = ".json";

    private final Path connections;
    private final Path temporary;
    private final @Nullable SecretSealer sealer;

    ConnectionStore(Path space, @Nullable SecretSealer sealer) {
        this.connections = space.resolve("connections");
        this.temporary = space.resolve("tmp");
        this.sealer = sealer;
    }

    private Path file(String id) {
        return connections.resolve(Disk.fileName(id) + ENDING);
    }

    /** A sealed secret moved to another connection, or to another name, does not open. */
    private static String context(String id, String secret) {
        return "connection\0" + id + "\0" + secret;
    }

    void save(Connection connection, Map<String, Path> secretFiles) throws IOException {
        Disk.requireUnicode("connection id", connection.id());
        ObjectNode record = Json.object();
        record.put("id", connection.id());
        record.put("type", connection.type());
        ObjectNode properties = record.putObject("properties");
        connection.properties().forEach(properties::put);
        ObjectNode secrets = record.putObject("secrets");
        for (Map.Entry<String, Secret> secret : connection.secrets().entrySet()) {
            secrets.putObject(secret.getKey()).put("sealed", sealed(connection.id(), secret));
        }
        for (Map.Entry<String, Path> secret : secretFiles.entrySet()) {
            if (secrets.has(secret.getKey())) {
                throw new InvalidRequestException(
                        "connection secret", secret.getKey(), "is given twice, as a value and as a file");
            }
            secrets.putObject(secret.getKey())
                    .put("file", secret.getValue().toAbsolutePath().toUri().toString());
        }
        try (Temporary place = Temporary.create(temporary, "connection")) {
            Path fresh = place.directory().resolve("record");
            Disk.writeNew(fresh, Json.bytes(record));
            Disk.createPrivateDirectories(connections);
            Disk.replace(fresh, file(connection.id()));
            Disk.syncDirectory(connections);
        } catch (IOException e) {
            throw Disk.translated(e, "saving a connection");
        }
    }

    private String sealed(String id, Map.Entry<String, Secret> secret) throws IOException {
        if (sealer == null) {
            throw new InvalidRequestException(
                    "connection secret",
                    secret.getKey(),
                    "cannot be kept, as this space was opened without a SecretSealer; open it with one, or give the"
                            + " secret as a file");
        }
        byte[] clear = secret.getValue().reveal().getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(sealer.seal(clear, context(id, secret.getKey())));
    }

    @Override
    public Optional<Connection> find(String id) throws IOException {
        return read(file(id), true).filter(connection -> connection.id().equals(id));
    }

    /** All of them by id, without their secrets. */
    List<Connection> list() throws IOException {
        List<Connection> all = new ArrayList<>();
        for (Path file : Disk.list(connections)) {
            if (Disk.name(file).endsWith(ENDING)) {
                read(file, false).ifPresent(all::add);
            }
        }
        all.sort((a, b) -> a.id().compareTo(b.id()));
        return all;
    }

    void delete(String id) throws IOException {
        Files.deleteIfExists(file(id));
        if (Files.isDirectory(connections)) {
            Disk.syncDirectory(connections);
        }
    }

    private Optional<Connection> read(Path file, boolean withSecrets) throws IOException {
        return Json.read(file, fields -> {
            Connection.Builder connection = Connection.builder(fields.text("id"), fields.text("type"));
            fields.texts("properties").forEach(connection::property);
            Json.Fields secrets = fields.fields("secrets");
            for (String name : withSecrets ? secrets.names() : List.<String>of()) {
                connection.secret(name, secret(fields.text("id"), name, secrets.fields(name)));
            }
            return connection.build();
        });
    }

    private Secret secret(String id, String name, Json.Fields fields) throws IOException {
        String what = "secret " + name + " of connection \"" + id + "\"";
        if (fields.has("file")) {
            return fromFile(what, Path.of(URI.create(fields.text("file"))));
        }
        if (sealer == null) {
            throw new PermanentStorageException(what + " is sealed, and this space was opened without a SecretSealer");
        }
        byte[] sealed = Base64.getDecoder().decode(fields.text("sealed"));
        byte[] clear;
        try {
            clear = sealer.open(sealed, context(id, name));
        } catch (IOException e) {
            throw new PermanentStorageException(what + " cannot be opened with the key of this space's host", e);
        }
        return Secret.of(new String(clear, StandardCharsets.UTF_8));
    }

    /** Read at each use, so that whoever owns the file may change the secret; one line end at its end is not part of it. */
    private static Secret fromFile(String what, Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new PermanentStorageException(
                    what + " is to be read from a file that is not there: \"" + file + "\"");
        }
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw new IOException(what + " cannot be read from its file: \"" + file + "\"", e);
        }
        String value = text.replaceFirst("\\r?\\n\\z", "");
        if (value.isEmpty()) {
            throw new PermanentStorageException(what + " is to be read from a file that is empty: \"" + file + "\"");
        }
        return Secret.of(value);
    }
}
