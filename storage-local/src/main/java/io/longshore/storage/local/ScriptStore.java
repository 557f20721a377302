package io.longshore.storage.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.ScriptCatalog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The deployed scripts of a space. A version is a directory {@code scripts/<hash of the id>/versions/<hash of the
 * version>/} with its record {@code script.json} and, under {@code file/}, the script file by its own name, so that
 * tracebacks and interpreters see it; {@code order/} beside the versions says which was deployed last.
 */
final class ScriptStore implements ScriptCatalog {
    private static final String RECORD = "script.json";

    private final Path scripts;
    private final Path temporary;
    private final InstantSource clock;

    ScriptStore(Path space, InstantSource clock) {
        this.scripts = space.resolve("scripts");
        this.temporary = space.resolve("tmp");
        this.clock = clock;
    }

    /**
     * What is kept of a version.
     *
     * @param script the script
     * @param entry its place among the versions of its id
     * @param digest equal for equal deployments
     */
    private record Kept(Script script, Sequence.Entry entry, String digest) {
        String version() {
            return script.ref().version().orElseThrow();
        }
    }

    private Path versions(String id) {
        return scripts.resolve(Disk.fileName(id)).resolve("versions");
    }

    private Path directory(String id, String version) {
        return versions(id).resolve(Disk.fileName(version));
    }

    private Sequence sequence(String id) {
        return new Sequence(scripts.resolve(Disk.fileName(id)).resolve("order"));
    }

    @Override
    public Optional<Script> find(ScriptRef ref) throws IOException {
        Optional<Kept> kept = ref.version().isPresent()
                ? read(directory(ref.id(), ref.version().get()))
                : newest(ref.id());
        return kept.map(Kept::script).filter(script -> script.ref().id().equals(ref.id()));
    }

    private Optional<Kept> newest(String id) throws IOException {
        return newest(versions(id), sequence(id));
    }

    private static Optional<Kept> newest(Path versions, Sequence order) throws IOException {
        for (Sequence.Entry entry : order.newestFirst()) {
            Optional<Kept> kept = read(versions.resolve(entry.thing()));
            if (kept.isPresent() && kept.get().entry().equals(entry)) {
                return kept;
            }
        }
        return Optional.empty();
    }

    /** The newest version of each id, by id. */
    List<Script> list() throws IOException {
        List<Script> all = new ArrayList<>();
        for (Path each : Disk.list(scripts)) {
            newest(each.resolve("versions"), new Sequence(each.resolve("order")))
                    .ifPresent(kept -> all.add(kept.script()));
        }
        all.sort((a, b) -> a.ref().id().compareTo(b.ref().id()));
        return all;
    }

    private static Optional<Kept> read(Path directory) throws IOException {
        return Json.read(directory.resolve(RECORD), fields -> {
            ScriptRef ref = ScriptRef.of(fields.text("id"), fields.text("version"));
            Script.Builder script = fields.bool("file")
                    ? Script.ofFile(ref, file(directory)).arguments(fields.list("arguments"))
                    : Script.ofCommand(ref, fields.list("arguments"));
            fields.texts("environment").forEach(script::environment);
            script.inputs(fields.list("inputs"))
                    .outputs(fields.list("outputs"))
                    .explainable(fields.bool("explainable"));
            return new Kept(script.build(), Sequence.Entry.parse(fields.text("entry")), fields.text("digest"));
        });
    }

    /** The directory is asked, not the record: under a POSIX locale only a listed name keeps its bytes. */
    private static Path file(Path directory) throws IOException {
        List<Path> files = Disk.list(directory.resolve("file"));
        if (files.size() != 1) {
            throw new PermanentStorageException(
                    "a deployed script is damaged, as it has " + files.size() + " files: \"" + directory + "\"");
        }
        return files.get(0);
    }

    /** Keeps a script for good; see {@link LocalSpace#deploy}. */
    Script deploy(Script script) throws IOException {
        String id = script.ref().id();
        Disk.requireUnicode("script id", id);
        script.ref().version().ifPresent(version -> Disk.requireUnicode("script version", version));
        Disk.requireNotInterrupted("deploying \"" + id + "\"");
        try (Temporary place = Temporary.create(temporary, "script")) {
            String fileDigest = script.file().isPresent() ? copy(script.file().get(), place.directory()) : "";
            ObjectNode record = record(script);
            String digest = Disk.fileName(fileDigest + "\0" + record);
            record.put("digest", digest);
            record.put("id", id);
            record.put("deployed_at", clock.instant().toString());
            while (true) {
                Optional<Script> deployed = deploy(script.ref(), digest, record, place);
                if (deployed.isPresent()) {
                    return deployed.get();
                }
            }
        } catch (IOException e) {
            throw Disk.translated(e, "deploying \"" + id + "\"");
        }
    }

    /** Empty where somebody else has just taken the version. */
    private Optional<Script> deploy(ScriptRef ref, String digest, ObjectNode record, Temporary place)
            throws IOException {
        String id = ref.id();
        if (ref.version().isEmpty()) {
            Optional<Kept> newest = newest(id);
            if (newest.isPresent() && newest.get().digest().equals(digest)) {
                return newest.map(Kept::script);
            }
        }
        String version = ref.version().isPresent() ? ref.version().get() : nextVersion(id);
        Optional<Kept> before = read(directory(id, version));
        if (before.isPresent()) {
            if (before.get().digest().equals(digest)) {
                return before.map(Kept::script);
            }
            if (ref.version().isPresent()) {
                throw new InvalidRequestException(
                        "script version",
                        version,
                        "of \"" + id + "\" is deployed already with another content, and a version never changes");
            }
            return Optional.empty();
        }
        Sequence order = sequence(id);
        Sequence.Entry entry = Sequence.Entry.of(order.next(), Disk.fileName(version));
        record.put("version", version);
        record.put("entry", entry.toString());
        Files.deleteIfExists(place.directory().resolve(RECORD));
        Disk.writeNew(place.directory().resolve(RECORD), Json.bytes(record));
        boolean moved = false;
        try {
            order.add(entry);
            moved = place.moveTo(directory(id, version));
        } finally {
            if (!moved) {
                removeUnlessVisible(id, version, entry);
            }
        }
        return moved ? find(ScriptRef.of(id, version)) : Optional.empty();
    }

    private void removeUnlessVisible(String id, String version, Sequence.Entry entry) throws IOException {
        Optional<Kept> visible = read(directory(id, version));
        if (visible.isEmpty() || !visible.get().entry().equals(entry)) {
            sequence(id).remove(entry);
        }
    }

    private String nextVersion(String id) throws IOException {
        long newest = 0;
        for (Path directory : Disk.list(versions(id))) {
            Optional<Kept> kept = read(directory);
            if (kept.isPresent() && kept.get().version().matches("[0-9]{1,18}")) {
                newest = Math.max(newest, Long.parseLong(kept.get().version()));
            }
        }
        return Long.toString(newest + 1);
    }

    private static ObjectNode record(Script script) {
        ObjectNode record = Json.object();
        record.put("file", script.file().isPresent());
        ArrayNode arguments = record.putArray("arguments");
        script.arguments().forEach(arguments::add);
        ObjectNode environment = record.putObject("environment");
        script.environment().forEach(environment::put);
        ArrayNode inputs = record.putArray("inputs");
        script.inputs().forEach(inputs::add);
        ArrayNode outputs = record.putArray("outputs");
        script.outputs().forEach(outputs::add);
        record.put("explainable", script.explainable());
        return record;
    }

    /** Copies the script file to where it is moved from; says its name and SHA-256. */
    private static String copy(Path file, Path place) throws IOException {
        if (!Files.exists(file)) {
            throw new NoSuchFileException(file.toString(), null, "no such script file");
        }
        if (!Files.isRegularFile(file)) {
            throw new InvalidRequestException("script file", file.toString(), "is no regular file");
        }
        Path directory = place.resolve("file");
        Disk.createPrivateDirectory(directory);
        Path target = child(directory, file);
        try (InputStream in = Files.newInputStream(file);
                ContentWriter out = new ContentWriter(target, Disk.privateFile(target))) {
            in.transferTo(out);
            out.finish();
            if (Disk.isPosix(target)) {
                Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("r--------"));
            }
            Disk.syncDirectory(directory);
            String raw = target.toUri().getRawPath(); // has the bytes of the name in any locale
            return raw.substring(raw.lastIndexOf('/') + 1) + "\0" + out.sha256();
        }
    }

    private static Path child(Path directory, Path file) {
        Path name = file.getFileName();
        if (name != null && name.getFileSystem().equals(directory.getFileSystem())) {
            return directory.resolve(name);
        }
        String text = name == null ? "" : name.toString();
        Path child;
        try {
            child = directory.resolve(text);
        } catch (InvalidPathException e) {
            throw new InvalidRequestException("script file", text, "is no file name where the space is");
        }
        if (!directory.equals(child.getParent()) || text.equals("..") || text.equals(".")) {
            throw new InvalidRequestException("script file", text, "is no plain file name where the space is");
        }
        return child;
    }
}
