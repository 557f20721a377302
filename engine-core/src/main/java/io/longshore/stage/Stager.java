package io.longshore.stage;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.stage.Arrivals.Arrival;
import io.longshore.stage.Arrivals.Lead;
import io.longshore.workspace.FileName;
import io.longshore.workspace.PathText;
import io.longshore.workspace.TakenNames;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Brings an item's inputs into its workspace, whole and verified, and writes the files that its script is told of. */
public final class Stager {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE) // there may be a million
            .build();
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
        if (!spec.request().items().get(0).inputs().isEmpty()) {
            workspace.createStaging();
        }
        Map<String, Connection> forScript = new LinkedHashMap<>();
        Renamed renamed = new Renamed();
        try (Arrivals arrivals = new Arrivals(workspace.staging().resolve("arrivals"))) {
            new Resolution(spec, workspace.staging(), arrivals, renamed, forScript).run();
            requireSpace(arrivals, workspace, totalBytes);
            fetchAll(arrivals, workspace, transfer);
        }
        Files.deleteIfExists(workspace.staging());
        Workspace.writePrivate(workspace.payload(), spec.payload().getBytes(StandardCharsets.UTF_8));
        addNamedConnections(spec, forScript);
        if (!forScript.isEmpty()) {
            Workspace.writePrivate(workspace.connections(), JSON.writeValueAsBytes(node(forScript)));
        }
        return new Staged(script(spec, workspace), !forScript.isEmpty(), renamed.warnings());
    }

    private void fetchAll(Arrivals arrivals, Workspace workspace, Transfer transfer) throws IOException {
        try (JsonGenerator manifest = JSON.createGenerator(Workspace.newPrivateOutputStream(workspace.inputs()));
                Transfers<ObjectNode> transfers = new Transfers<>(budget, entry -> JSON.writeTree(manifest, entry))) {
            manifest.writeStartArray();
            AtomicInteger number = new AtomicInteger();
            arrivals.forEach(arrival -> {
                transfer.requireActive();
                Path fresh = workspace.staging().resolve(Integer.toString(number.getAndIncrement()));
                transfers.start(
                        arrival.object().sizeBytes().orElse(Transfers.MOST_BYTES),
                        () -> fetch(arrival, fresh, workspace, transfer));
            });
            transfers.finish();
            manifest.writeEndArray();
        }
    }

    /** A script that looks for a name must not take another's input for its own. */
    private static final class Renamed {
        private @Nullable Arrival first;
        private int others;

        void add(Arrival arrival) {
            if (first == null) {
                first = arrival;
            } else {
                others++;
            }
        }

        List<String> warnings() {
            if (first == null) {
                return List.of();
            }
            return List.of("input \"" + printable(first.object().name()) + "\" was staged as \""
                    + printable(FileName.lastSegment(first.file())) + "\", as an earlier one has its name"
                    + (others == 0 ? "" : ", and so were " + others + " more"));
        }
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

    /** Finds out what the inputs of one item lead to, and how each object's file is called. */
    private final class Resolution {
        private final ItemSpec spec;
        private final Arrivals arrivals;
        private final Renamed renamed;
        private final Map<String, Connection> forScript;
        private final TakenNames taken;
        private final Set<String> declared = new HashSet<>(); // those that are there

        Resolution(ItemSpec spec, Path staging, Arrivals arrivals, Renamed renamed, Map<String, Connection> forScript) {
            this.spec = spec;
            this.taken = new TakenNames(staging);
            this.arrivals = arrivals;
            this.renamed = renamed;
            this.forScript = forScript;
        }

        void run() throws IOException {
            for (ItemRequest.Input input : spec.request().items().get(0).inputs()) {
                if (input.reference().handling() != Handling.SCRIPT) {
                    follow(input, input.reference(), 0);
                }
            }
            requireDeclared(spec, declared);
        }

        private void follow(ItemRequest.Input input, DataReference reference, int hops) throws IOException {
            Access access = connections.access(spec.request(), reference);
            Lead lead = arrivals.lead(input.name().or(() -> input.reference().id()), input.reference(), access);
            boolean folder = reference.location(DataReference.PREFIX).isPresent();
            AtomicBoolean something = new AtomicBoolean(folder);
            List<DataReference> elsewhere = new ArrayList<>();
            try {
                sources.of(reference).resolve(reference, access, object -> {
                    something.set(true);
                    if (object.elsewhere().isPresent()) {
                        elsewhere.add(object.elsewhere().get());
                        return;
                    }
                    try {
                        add(input, lead, object, folder);
                    } catch (IOException e) {
                        throw new NotAdded(e);
                    }
                });
            } catch (NotAdded e) {
                throw e.cause;
            } catch (IOException e) {
                throw explained(input, e);
            }
            if (!something.get()) {
                throw new InputException(input.reference() + " leads to nothing");
            }
            for (DataReference next : elsewhere) {
                if (input.reference().handling() != Handling.ENGINE) {
                    forScript(spec, next, forScript);
                } else if (hops == MOST_HOPS) {
                    throw new InputException(input.reference() + " leads from one connected asset to the next");
                } else {
                    follow(input, next, hops + 1);
                }
            }
        }

        private void add(ItemRequest.Input input, Lead lead, SourceObject object, boolean folder) throws IOException {
            String file = fileFor(input, object, folder, taken);
            if (spec.script().inputs().contains(file)) {
                declared.add(file);
            }
            Arrival arrival = new Arrival(lead, object, file);
            arrivals.add(arrival);
            if (input.name().isEmpty() && !file.equals(folder ? object.relativeName() : object.name())) {
                renamed.add(arrival);
            }
        }
    }

    /** Takes a failure through a source, whose callback has none. */
    private static final class NotAdded extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final IOException cause;

        NotAdded(IOException cause) {
            super(cause);
            this.cause = cause;
        }
    }

    private static String fileFor(ItemRequest.Input input, SourceObject object, boolean folder, TakenNames taken)
            throws IOException {
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

    private static void requireSpace(Arrivals arrivals, Workspace workspace, LongConsumer totalBytes)
            throws IOException {
        long needed = arrivals.totalBytes();
        totalBytes.accept(needed);
        long free = needed == 0 ? 0 : Files.getFileStore(workspace.directory()).getUsableSpace();
        if (needed > free) {
            throw new IOException("the inputs need " + needed + " bytes, and the disk of the workspace has " + free);
        }
    }

    private ObjectNode fetch(Arrival arrival, Path fresh, Workspace workspace, Transfer transfer) throws IOException {
        SourceObject object = arrival.object();
        String sha256;
        long size;
        try {
            sources.of(object.reference()).fetch(object, arrival.lead().access(), fresh, transfer);
            size = Files.size(fresh);
            OptionalLong expected = object.sizeBytes();
            if (expected.isPresent() && expected.getAsLong() != size) {
                throw new IOException("arrived with " + size + " bytes, not " + expected.getAsLong());
            }
            sha256 = object.sha256().isPresent() ? object.sha256().get() : sha256(fresh);
        } catch (IOException e) {
            Files.deleteIfExists(fresh);
            throw explained(arrival.lead().input(), arrival.lead().id(), object.source(), e);
        }
        Path file = workspace.input();
        for (String segment : arrival.file().split("/", -1)) {
            Files.createDirectories(file);
            file = PathText.child(file, segment);
        }
        Files.move(fresh, file);
        ObjectNode entry = JSON.createObjectNode();
        arrival.lead().id().ifPresent(id -> entry.put("id", id));
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
