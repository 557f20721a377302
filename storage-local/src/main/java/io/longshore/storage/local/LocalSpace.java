package io.longshore.storage.local;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.Script;
import io.longshore.spi.ConnectionCatalog;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.ScriptCatalog;
import io.longshore.spi.SecretSealer;
import io.longshore.spi.Transfer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A space: managed assets, connections and deployed scripts, kept in a directory of any {@code java.nio} file system.
 *
 * <p>What is added gets visible whole or not at all, and is on the disk by then, as far as the file system keeps its word.
 * Any number of processes may use a space at once, and any of them may end at any moment: what it had not finished is
 * never seen, and goes when the space is next opened. Nobody else's work in progress is touched then, provided the file
 * system has locks between its users; where it has none, such leftovers stay.
 *
 * <p>Names and ids are any text and never become file names; all but script files are named by ids and SHA-256 sums.
 * The directory is private to its owner (mode 0700) where the file system knows modes.
 *
 * <p><b>Threads:</b> thread-safe. <b>Blocking:</b> all methods but the accessors block on I/O and answer an interrupt
 * with {@link java.io.InterruptedIOException}. There is nothing to close.
 */
public final class LocalSpace {
    /** The newest format of the directory that is known here. */
    private static final int FORMAT = 1;

    private static final String FORMAT_FILE = "format";
    private static final Pattern FORMAT_TEXT = Pattern.compile("longshore space (\\d{1,9})\\s*");

    /** What a space's directory may hold: others are somebody's own files, among which no space is made. */
    private static final Set<String> ENTRIES = Set.of(FORMAT_FILE, "tmp", "assets", "names", "connections", "scripts");

    private final Path directory;
    private final AssetStore assets;
    private final ConnectionStore connections;
    private final ScriptStore scripts;
    private final DataSource source;
    private final DataSink sink;

    private LocalSpace(Path directory, @Nullable SecretSealer sealer, InstantSource clock) {
        this.directory = directory;
        this.assets = new AssetStore(directory, clock);
        this.connections = new ConnectionStore(directory, sealer);
        this.scripts = new ScriptStore(directory, clock);
        this.source = new LocalSource(assets);
        this.sink = new LocalSink(assets);
    }

    /**
     * Opens a space that keeps no secrets of its own: connections name files that hold them.
     *
     * @param directory its directory, made if it is missing or empty
     * @return the space
     * @throws IOException if the directory is no space, or one of a newer format, or cannot be read or made
     */
    public static LocalSpace open(Path directory) throws IOException {
        return open(directory, null, InstantSource.system());
    }

    /**
     * Opens a space.
     *
     * @param directory its directory, made if it is missing or empty
     * @param sealer seals the secrets of its connections
     * @return the space
     * @throws IOException if the directory is no space, or one of a newer format, or cannot be read or made
     */
    public static LocalSpace open(Path directory, SecretSealer sealer) throws IOException {
        return open(directory, sealer, InstantSource.system());
    }

    static LocalSpace open(Path directory, @Nullable SecretSealer sealer, InstantSource clock) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Disk.requireNotInterrupted("opening a space");
        try {
            Disk.createPrivateDirectories(absolute);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("a space is a directory, which this is not: \"" + directory + "\"", e);
        }
        if (!Files.exists(absolute.resolve(FORMAT_FILE))) {
            create(absolute);
        }
        requireFormat(absolute.resolve(FORMAT_FILE));
        LocalSpace space = new LocalSpace(absolute, sealer, clock);
        Disk.createPrivateDirectories(absolute.resolve("tmp"));
        space.assets.sweep();
        return space;
    }

    private static void create(Path directory) throws IOException {
        for (Path entry : Disk.list(directory)) {
            if (!ENTRIES.contains(Disk.name(entry))) {
                throw new IOException(
                        "neither a space nor empty, so that no space is made of it: \"" + directory + "\"");
            }
        }
        // Another process may do the same: both write the same.
        Disk.createPrivateDirectories(directory.resolve("tmp"));
        try (Temporary place = Temporary.create(directory.resolve("tmp"), "format")) {
            Path fresh = place.directory().resolve(FORMAT_FILE);
            Disk.writeNew(fresh, ("longshore space " + FORMAT + "\n").getBytes(StandardCharsets.UTF_8));
            Disk.replace(fresh, directory.resolve(FORMAT_FILE));
            Disk.syncDirectory(directory);
        }
    }

    private static void requireFormat(Path file) throws IOException {
        Matcher matcher = FORMAT_TEXT.matcher(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        if (!matcher.matches()) {
            throw new IOException("not a space, as its format is not readable: \"" + file + "\"");
        }
        int format = Integer.parseInt(matcher.group(1));
        if (format > FORMAT) {
            throw new IOException("the space has format " + format + ", and this version knows those up to " + FORMAT
                    + ": \"" + file + "\"");
        }
    }

    /**
     * The assets as inputs, of type {@code data_asset}. A location is an {@code href} of {@code /v2/assets/ID}, with or
     * without a query, or a URL that ends so (contract 1.6).
     *
     * @return the same source each time
     */
    public DataSource source() {
        return source;
    }

    /**
     * The assets as outputs, of type {@code data_asset}. A location is the exact {@code name} of the asset to be made, of
     * 1,024 bytes at most (contract 2.1). A {@link io.longshore.spi.PublishKey} commits once, by whatever process.
     *
     * @return the same sink each time
     */
    public DataSink sink() {
        return sink;
    }

    /**
     * The deployed scripts.
     *
     * @return the same catalog each time
     */
    public ScriptCatalog scripts() {
        return scripts;
    }

    /**
     * The connections.
     *
     * @return the same catalog each time
     */
    public ConnectionCatalog connections() {
        return connections;
    }

    /**
     * Adds a file's bytes as a new asset. Its media type is guessed from the name.
     *
     * @param file a file on any file system
     * @param name the asset's name, any text of 1,024 bytes at most; it means this asset from now on
     * @return the new asset, visible and durable
     * @throws IOException if nothing was added, or if that is not known
     */
    public Asset add(Path file, String name) throws IOException {
        AssetStore.requireName("asset name", name);
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InvalidRequestException("asset file", file.toString(), "is no regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return add(in, name);
        } catch (IOException e) {
            throw Disk.translated(e, "adding \"" + name + "\"");
        }
    }

    /**
     * Adds the bytes of a stream as a new asset. Its media type is guessed from the name.
     *
     * @param content the stream, read to its end and not closed
     * @param name the asset's name, any text of 1,024 bytes at most; it means this asset from now on
     * @return the new asset, visible and durable
     * @throws IOException if nothing was added, or if that is not known
     */
    public Asset add(InputStream content, String name) throws IOException {
        String guess = URLConnection.guessContentTypeFromName(name);
        return add(content, name, guess == null ? "application/octet-stream" : guess);
    }

    /**
     * Adds the bytes of a stream as a new asset.
     *
     * @param content the stream, read to its end and not closed
     * @param name the asset's name, any text of 1,024 bytes at most; it means this asset from now on
     * @param mediaType its media type
     * @return the new asset, visible and durable
     * @throws IOException if nothing was added, or if that is not known
     */
    public Asset add(InputStream content, String name, String mediaType) throws IOException {
        AssetStore.requireName("asset name", name);
        Disk.requireNotInterrupted("adding \"" + name + "\"");
        try (AssetStore.Draft draft = assets.draft(name, mediaType)) {
            content.transferTo(draft.content());
            return draft.commit();
        }
    }

    /**
     * Adds an asset whose bytes stay elsewhere (contract 1.6).
     *
     * @param name the asset's name, any text of 1,024 bytes at most; it means this asset from now on
     * @param reference where the bytes are: a reference that names a connection and a location, such as one of type
     *     {@code connection_asset} with a bucket and a key; neither is looked at
     * @return the new asset, visible and durable
     * @throws IOException if nothing was added, or if that is not known
     */
    public Asset addConnected(String name, DataReference reference) throws IOException {
        AssetStore.requireName("asset name", name);
        if (LocalSource.TYPES.contains(reference.type())) {
            throw new InvalidRequestException("type", reference.type(), "is that of assets, which connect to no other");
        }
        if (reference.connection().isEmpty()) {
            throw new InvalidRequestException("connection", null, "is missing: a connected asset names one");
        }
        if (reference.location().isEmpty()) {
            throw new InvalidRequestException("location", null, "is missing: a connected asset has one");
        }
        Disk.requireNotInterrupted("adding \"" + name + "\"");
        try (AssetStore.Draft draft = assets.draft(name, "application/octet-stream")) {
            return draft.commitConnected(reference);
        }
    }

    /**
     * Finds an asset.
     *
     * @param nameOrId its id, or a name, which means the newest asset of that name; an asset whose id it is comes first
     * @return the asset, or empty where there is none
     * @throws IOException if the space cannot be read, such as by a damaged record
     */
    public Optional<Asset> find(String nameOrId) throws IOException {
        Disk.requireNotInterrupted("looking up an asset");
        Optional<Asset> byId = AssetStore.isId(nameOrId) ? assets.byId(nameOrId) : Optional.empty();
        return byId.isPresent() ? byId : assets.byName(nameOrId);
    }

    /**
     * The newest asset of each name. Reads every asset's record.
     *
     * @return the assets by name
     * @throws IOException if the space cannot be read, such as by a damaged record
     */
    public List<Asset> list() throws IOException {
        return assets.newest();
    }

    /**
     * All assets. Reads every asset's record.
     *
     * @return the assets by the time they were made
     * @throws IOException if the space cannot be read, such as by a damaged record
     */
    public List<Asset> listAll() throws IOException {
        return assets.all();
    }

    /**
     * Opens an asset's bytes. They are verified on the way: the end of the stream is an
     * {@link io.longshore.spi.PermanentStorageException} if they are not those that were added.
     *
     * @param asset an asset of this space that is not connected
     * @return a stream to be closed
     * @throws IOException if the bytes are not there
     */
    public InputStream open(Asset asset) throws IOException {
        return assets.open(asset);
    }

    /**
     * Copies an asset's bytes into a new file, whole and verified. After an exception no file is left that was not there.
     *
     * @param asset an asset of this space that is not connected
     * @param target a path where nothing is, on any file system
     * @throws IOException if something is there already, or the bytes did not arrive whole
     */
    public void copy(Asset asset, Path target) throws IOException {
        boolean whole = false;
        try {
            assets.copy(asset, target, Transfer.UNWATCHED);
            whole = true;
        } catch (FileAlreadyExistsException e) {
            whole = true; // somebody else's
            throw e;
        } finally {
            if (!whole) {
                Files.deleteIfExists(target);
            }
        }
    }

    /**
     * Keeps a connection, in place of any of the same id. Its secrets are sealed.
     *
     * @param connection the connection
     * @throws InvalidRequestException if it has secrets and the space was opened without a sealer
     * @throws IOException if it was not kept, or if that is not known
     */
    public void save(Connection connection) throws IOException {
        save(connection, Map.of());
    }

    /**
     * Keeps a connection, in place of any of the same id, some of whose secrets lie in files. Such a file is read whenever
     * the connection is used; a line end at its end is not part of the secret.
     *
     * @param connection the connection; the secrets it has itself are sealed
     * @param secretFiles the files by the names of their secrets
     * @throws InvalidRequestException if it has secrets and the space was opened without a sealer
     * @throws IOException if it was not kept, or if that is not known
     */
    public void save(Connection connection, Map<String, Path> secretFiles) throws IOException {
        Disk.requireNotInterrupted("saving a connection");
        connections.save(connection, secretFiles);
    }

    /**
     * The connections, without their secrets.
     *
     * @return the connections by id
     * @throws IOException if the space cannot be read
     */
    public List<Connection> listConnections() throws IOException {
        return connections.list();
    }

    /**
     * Forgets a connection; a no-op where there is none.
     *
     * @param id its id
     * @throws IOException if it is not gone
     */
    public void deleteConnection(String id) throws IOException {
        connections.delete(id);
    }

    /**
     * Deploys a script: keeps its declarations, and a copy of its file under the file's own name. A version never changes.
     * Deploying the same again changes nothing. The newest version is the one that was first deployed last.
     *
     * @param script what to deploy. Where its reference has no version, that is one more than the greatest whole number
     *     among the versions there are, {@code 1} at first, or the newest one if that is the same script
     * @return the script as the catalog has it, with its version
     * @throws InvalidRequestException if the version is deployed already with another content, or the file is no regular one
     * @throws NoSuchFileException if the file is missing
     * @throws IOException if nothing was deployed, or if that is not known
     */
    public Script deploy(Script script) throws IOException {
        return scripts.deploy(script);
    }

    /**
     * The newest version of each deployed script.
     *
     * @return the scripts by id
     * @throws IOException if the space cannot be read
     */
    public List<Script> listScripts() throws IOException {
        return scripts.list();
    }

    /**
     * The directory it is kept in.
     *
     * @return an absolute path
     */
    public Path directory() {
        return directory;
    }

    @Override
    public String toString() {
        return "LocalSpace[" + directory + "]";
    }
}
