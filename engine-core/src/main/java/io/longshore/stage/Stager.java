package io.longshore.stage;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingInputStream;
import com.google.common.io.ByteStreams;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Handling;
import io.longshore.api.ItemRequest;
import io.longshore.api.JobRequest;
import io.longshore.codec.ItemSpec;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.workspace.FileName;
import io.longshore.workspace.PathText;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;

/** Brings an item's inputs into its workspace, whole and verified, and writes the files that its script is told of. */
public final class Stager {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_HOPS = 4;

    private final Sources sources;
    private final Connections connections;
    private final TransferBudget budget;

    /**
     * A stager.
     *
     * @param sources where inputs come from
     * @param connections how they are reached
     * @param budget how many objects come at once
     */
    public Stager(Sources sources, Connections connections, TransferBudget budget) {
        this.sources = sources;
        this.connections = connections;
        this.budget = budget;
    }

    /** One object on its way to one file. */
    private record Arrival(
            Optional<String> id,
            DataReference reference,
            SourceObject object,
            Access access,
            String file,
            boolean renamed) {}

    /**
     * Stages an item into empty directories.
     *
     * @param spec the item
     * @param workspace its directories, just made
     * @param transfer takes progress and says when to stop
     * @param totalBytes takes the number of bytes to come, once it is known
     * @return what the launch needs
     * @throws InputException if an input cannot be had however often it is tried
     * @throws IOException if an input did not arrive whole; trying again may help
     */
    public Staged stage(ItemSpec spec, Workspace workspace, Transfer transfer, LongConsumer totalBytes)
            throws IOException {
        requireDeclaredInputs(spec);
        Map<String, Connection> forScript = new LinkedHashMap<>();
        List<Arrival> arrivals = resolve(spec, forScript);
        requireSpace(arrivals, workspace, totalBytes);
        ArrayNode manifest = JSON.createArrayNode();
        try (Transfers<ObjectNode> transfers = new Transfers<>(budget, manifest::add)) {
            for (int i = 0; i < arrivals.size(); i++) {
                transfer.requireActive();
                Arrival arrival = arrivals.get(i);
                Path fresh = workspace.staging().resolve(Integer.toString(i));
                transfers.start(
                        arrival.object().sizeBytes().orElse(Transfers.MOST_BYTES),
                        () -> fetch(arrival, fresh, workspace, transfer));
            }
            transfers.finish();
        }
        Files.delete(workspace.staging());
        Workspace.writePrivate(workspace.inputs(), JSON.writeValueAsBytes(manifest));
        Workspace.writePrivate(workspace.payload(), spec.payload().getBytes(StandardCharsets.UTF_8));
        addNamedConnections(spec, forScript);
        if (!forScript.isEmpty()) {
            Workspace.writePrivate(workspace.connections(), JSON.writeValueAsBytes(node(forScript)));
        }
        return new Staged(script(spec, workspace), !forScript.isEmpty(), renamed(arrivals));
    }

    /** A script that looks for a name must not take another's input for its own. */
    private static List<String> renamed(List<Arrival> arrivals) {
        List<Arrival> renamed = arrivals.stream().filter(Arrival::renamed).toList();
        if (renamed.isEmpty()) {
            return List.of();
        }
        Arrival first = renamed.get(0);
        String others = renamed.size() == 1 ? "" : ", and so were " + (renamed.size() - 1) + " more";
        return List.of("input \"" + printable(first.object().name()) + "\" was staged as \""
                + printable(FileName.lastSegment(first.file())) + "\", as an earlier one has its name" + others);
    }

    /**
     * Makes one item of each object of a folder (contract 4, {@code aws-s3-folder}).
     *
     * @param request the job
     * @param folder one of its items, which stands for a folder
     * @return the items in the folder's order
     * @throws IOException if the folder cannot be listed, or is empty
     */
    public List<ItemRequest> list(JobRequest request, ItemRequest folder) throws IOException {
        ItemRequest.Input input = folder.inputs().get(0);
        List<ItemRequest> items = new ArrayList<>();
        sources.of(input.reference())
                .resolve(input.reference(), connections.access(request, input.reference()), object -> {
                    String key = folder.key() + "/" + object.relativeName();
                    ItemRequest.Input each = new ItemRequest.Input(input.name(), object.reference());
                    items.add(ItemRequest.of(key, List.of(each)));
                });
        if (items.isEmpty()) {
            throw new InputException("the folder is empty");
        }
        return items;
    }

    private static void requireDeclaredInputs(ItemSpec spec) throws InputException {
        Set<String> names = new HashSet<>();
        for (ItemRequest.Input input : spec.request().items().get(0).inputs()) {
            input.name().ifPresent(names::add);
            if (input.name().isPresent()) {
                requirePlain(input.name().get(), "data item");
            }
        }
        boolean allNamed =
                names.size() == spec.request().items().get(0).inputs().size();
        if (allNamed) { // else known once the sources have said the names
            requireDeclared(spec, names);
        }
    }

    private static void requireDeclared(ItemSpec spec, Set<String> names) throws InputException {
        for (String declared : spec.script().inputs()) {
            if (!names.contains(declared)) {
                throw new InputException("data item \"" + declared + "\" is missing: script "
                        + spec.script().ref() + " declares the inputs "
                        + spec.script().inputs());
            }
        }
    }

    private List<Arrival> resolve(ItemSpec spec, Map<String, Connection> forScript) throws IOException {
        List<Arrival> arrivals = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (ItemRequest.Input input : spec.request().items().get(0).inputs()) {
            if (input.reference().handling() == Handling.SCRIPT) {
                continue;
            }
            resolve(spec, input, input.reference(), 0, arrivals, taken, forScript);
        }
        Set<String> files = new HashSet<>();
        arrivals.forEach(arrival -> files.add(arrival.file()));
        requireDeclared(spec, files);
        return arrivals;
    }

    private void resolve(
            ItemSpec spec,
            ItemRequest.Input input,
            DataReference reference,
            int hops,
            List<Arrival> arrivals,
            Set<String> taken,
            Map<String, Connection> forScript)
            throws IOException {
        DataSource source = sources.of(reference);
        Access access = connections.access(spec.request(), reference);
        List<SourceObject> objects = new ArrayList<>();
        try {
            source.resolve(reference, access, objects::add);
        } catch (IOException e) {
            throw explained(input, e);
        }
        boolean folder = reference.location(DataReference.PREFIX).isPresent();
        if (objects.isEmpty() && !folder) {
            throw new InputException(input.reference() + " leads to nothing");
        }
        for (SourceObject object : objects) {
            if (object.elsewhere().isPresent()) {
                DataReference elsewhere = object.elsewhere().get();
                if (input.reference().handling() != Handling.ENGINE) {
                    forScript(spec, elsewhere, forScript);
                } else if (hops == MOST_HOPS) {
                    throw new InputException(input.reference() + " leads from one connected asset to the next");
                } else {
                    resolve(spec, input, elsewhere, hops + 1, arrivals, taken, forScript);
                }
                continue;
            }
            String file = fileFor(input, object, folder, taken);
            String own = folder ? object.relativeName() : object.name();
            arrivals.add(new Arrival(
                    input.name().or(() -> input.reference().id()),
                    input.reference(),
                    object,
                    access,
                    file,
                    input.name().isEmpty() && !file.equals(own)));
        }
    }

    private static String fileFor(ItemRequest.Input input, SourceObject object, boolean folder, Set<String> taken)
            throws InputException {
        if (input.name().isPresent()) {
            return input.name().get(); // exactly; the names of one item differ
        }
        if (!folder) {
            requirePlain(object.name(), "name of " + object.source());
            return FileName.distinct("", object.name(), taken);
        }
        String path = object.relativeName();
        for (String segment : path.split("/", -1)) {
            requirePlain(segment, "object " + object.source() + " has a name of which a part");
        }
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            String directory = FileName.folded(path.substring(0, slash));
            if (taken.contains(directory)) {
                throw new InputException("object " + object.source() + " cannot be staged: \""
                        + printable(path.substring(0, slash)) + "\" is a file that was staged before");
            }
            taken.add(directory + "/");
        }
        String name = FileName.lastSegment(path);
        String directory = path.substring(0, path.length() - name.length());
        return directory + FileName.distinct(directory, name, taken);
    }

    private static void requirePlain(String name, String what) throws InputException {
        Optional<String> objection = FileName.objection(name);
        if (objection.isPresent()) {
            throw new InputException(what + " " + objection.get() + ": \"" + printable(name) + "\"");
        }
    }

    private static String printable(String name) {
        String shown = name.length() > 100 ? name.substring(0, 100) + "…" : name;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    private static void requireSpace(List<Arrival> arrivals, Workspace workspace, LongConsumer totalBytes)
            throws IOException {
        long needed = 0;
        for (Arrival arrival : arrivals) {
            needed += arrival.object().sizeBytes().orElse(0);
        }
        totalBytes.accept(needed);
        long free = Files.getFileStore(workspace.directory()).getUsableSpace();
        if (needed > free) {
            throw new IOException("the inputs need " + needed + " bytes, and the disk of the workspace has " + free);
        }
    }

    private ObjectNode fetch(Arrival arrival, Path fresh, Workspace workspace, Transfer transfer) throws IOException {
        SourceObject object = arrival.object();
        String sha256;
        long size;
        try {
            sources.of(object.reference()).fetch(object, arrival.access(), fresh, transfer);
            size = Files.size(fresh);
            OptionalLong expected = object.sizeBytes();
            if (expected.isPresent() && expected.getAsLong() != size) {
                throw new IOException("arrived with " + size + " bytes, not " + expected.getAsLong());
            }
            sha256 = object.sha256().isPresent() ? object.sha256().get() : sha256(fresh);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw explained(arrival.reference(), arrival.id(), object.source(), e);
        }
        Path file = workspace.input();
        for (String segment : arrival.file().split("/", -1)) {
            Files.createDirectories(file);
            file = PathText.child(file, segment);
        }
        Files.move(fresh, file);
        ObjectNode entry = JSON.createObjectNode();
        arrival.id().ifPresent(id -> entry.put("id", id));
        entry.put("file", arrival.file());
        entry.put("size", size);
        entry.put("sha256", sha256);
        entry.put("source", object.source());
        return entry;
    }

    private static String sha256(Path file) throws IOException {
        try (HashingInputStream in = new HashingInputStream(Hashing.sha256(), Files.newInputStream(file))) {
            ByteStreams.exhaust(in);
            return in.hash().toString();
        }
    }

    private static IOException explained(ItemRequest.Input input, IOException e) {
        return explained(
                input.reference(), input.name().or(() -> input.reference().id()), "", e);
    }

    /** Says which input failed; keeps the kind of failure, by which the engine decides whether to try again. */
    private static IOException explained(DataReference reference, Optional<String> id, String source, IOException e) {
        if (e instanceof InterruptedIOException || e instanceof InputException) {
            return e;
        }
        String name = id.map(i -> " \"" + i + "\"").orElse("");
        String what = source.isEmpty() && id.equals(reference.id())
                ? "input " + reference
                : "input" + name + " (" + (source.isEmpty() ? reference : source) + ")";
        if (e instanceof NoSuchFileException) {
            return new InputException(what + " is not there: " + e.getMessage(), e);
        }
        if (e instanceof PermanentStorageException) {
            return new InputException(what + " could not be staged: " + e.getMessage(), e);
        }
        return new IOException(what + " could not be staged: " + e.getMessage(), e);
    }

    /** The connections that references name (contract 1.6); one that came with the job serves its script only where the
     * script does the fetching, so that a Modzy submission's keys stay with the engine. */
    private void addNamedConnections(ItemSpec spec, Map<String, Connection> forScript) throws IOException {
        for (ItemRequest.Input input : spec.request().items().get(0).inputs()) {
            addNamed(spec, input.reference(), forScript);
        }
        if (spec.request().output().isPresent()) {
            addNamed(spec, spec.request().output().get().target(), forScript);
        }
    }

    private void addNamed(ItemSpec spec, DataReference reference, Map<String, Connection> forScript)
            throws IOException {
        boolean own = reference.connection().isPresent()
                && spec.request()
                        .connections()
                        .containsKey(reference.connection().get());
        if (!own || reference.handling() == Handling.SCRIPT) {
            forScript(spec, reference, forScript);
        }
    }

    private void forScript(ItemSpec spec, DataReference reference, Map<String, Connection> forScript)
            throws IOException {
        Optional<Connection> connection =
                connections.access(spec.request(), reference).connection();
        connection.ifPresent(c -> forScript.put(c.id(), c));
    }

    private static ObjectNode node(Map<String, Connection> forScript) {
        ObjectNode node = JSON.createObjectNode();
        forScript.forEach((id, connection) -> {
            ObjectNode each = node.putObject(id);
            each.put("type", connection.type());
            connection.properties().forEach(each::put);
            connection.secrets().forEach((name, secret) -> each.put(name, secret.reveal()));
        });
        return node;
    }

    /** A script on another file system is copied to where processes can read it; any other is started where it is. */
    private static Optional<Path> script(ItemSpec spec, Workspace workspace) throws IOException {
        if (spec.script().file().isEmpty()) {
            return Optional.empty();
        }
        Path file = spec.script().file().get();
        if (file.getFileSystem().equals(workspace.control().getFileSystem())) {
            return Optional.of(file);
        }
        Path directory = Files.createDirectory(workspace.control().resolve("script"));
        return Optional.of(Files.copy(file, directory.resolve(file.getFileName().toString())));
    }
}
