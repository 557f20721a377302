package io.longshore.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.io.ByteStreams;
import io.longshore.api.ArchiveFormat;
import io.longshore.api.DataReference;
import io.longshore.api.Handling;
import io.longshore.api.ItemOutput;
import io.longshore.api.OutputRequest;
import io.longshore.archive.Archive;
import io.longshore.archive.ArchiveOptions;
import io.longshore.archive.OutputTree;
import io.longshore.archive.ThreadBudget;
import io.longshore.archive.Warnings;
import io.longshore.codec.ItemSpec;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.Published;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import io.longshore.stage.Connections;
import io.longshore.stage.TransferBudget;
import io.longshore.workspace.Confined;
import io.longshore.workspace.PathText;
import io.longshore.workspace.Workspace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLConnection;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Publishes what a script left in its output directory: as one archive, or file by file. Called again after a failure, it
 * finds what was committed already and commits nothing twice.
 */
public final class Publisher {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int MAX_EMBEDDED_BYTES = 1 << 20;
    private static final int BUFFER_BYTES = 1 << 16;
    private static final long SMALL_BYTES = 1 << 20;

    private final Sinks sinks;
    private final Connections connections;
    private final ThreadBudget threads;
    private final TransferBudget transfers;

    /**
     * A publisher.
     *
     * @param sinks where outputs go
     * @param connections how they are reached
     * @param threads what archives may be compressed by, all together
     * @param transfers how many files of outputs without an archive go at once
     */
    public Publisher(Sinks sinks, Connections connections, ThreadBudget threads, TransferBudget transfers) {
        this.sinks = sinks;
        this.connections = connections;
        this.threads = threads;
        this.transfers = transfers;
    }

    /** Where what happens in a publish goes to, in the order it happens. */
    public interface Report {
        /**
         * Takes a warning.
         *
         * @param warning a sentence
         * @throws IOException if the publish must stop
         */
        void warn(String warning) throws IOException;

        /**
         * Takes an output that is visible now.
         *
         * @param output the output
         * @throws IOException if the publish must stop
         */
        void committed(ItemOutput output) throws IOException;
    }

    /**
     * Whether a script left anything that an archive would hold.
     *
     * @param workspace the attempt's directories
     * @return true if not
     * @throws IOException if the output directory cannot be read
     */
    public boolean isEmpty(Workspace workspace) throws IOException {
        return OutputTree.of(workspace.output()).isEmpty();
    }

    /**
     * Publishes the output directory as one archive, or all its files and their manifest (contract 2.1, 2.6).
     *
     * @param spec the item
     * @param workspace its directories
     * @param nameSuffix appended to the name that the job gave, usually empty
     * @param transfer takes progress and says when to stop
     * @param fence asked right before the commit
     * @param report where warnings and the output go to
     * @throws OutputException if the output has a file of the manifest's name; nothing was published
     * @throws IOException if not all was published, or if that is not known; trying again is safe
     */
    public void archive(
            ItemSpec spec, Workspace workspace, String nameSuffix, Transfer transfer, Fence fence, Report report)
            throws IOException {
        OutputRequest output = spec.request().output().orElseThrow();
        if (output.format() == ArchiveFormat.NONE) {
            looseFiles(spec, workspace, nameSuffix, transfer, fence, report);
            return;
        }
        Publication publication = archivePublication(spec, output, nameSuffix);
        ArchiveOptions options = ArchiveOptions.builder()
                .scratch(workspace.directory())
                .threads(threads)
                .build();
        List<String> warnings = new ArrayList<>();
        Published published = commit(spec, publication, fence, stream -> {
            warnings.clear();
            Archive.write(output.format(), OutputTree.of(workspace.output()), stream, options, warnings::add, bytes -> {
                transfer.requireActive();
                transfer.advanced(bytes);
            });
        });
        for (String warning : warnings) {
            report.warn(warning);
        }
        report.committed(output(publication, published));
    }

    /** Publishes something under the name of the output with a suffix, unless it was published before. */
    interface Commit {
        Published commit(String nameSuffix, long sizeBytes, Content content) throws IOException;
    }

    private void looseFiles(
            ItemSpec spec, Workspace workspace, String nameSuffix, Transfer transfer, Fence fence, Report report)
            throws IOException {
        OutputRequest output = spec.request().output().orElseThrow();
        if (Files.exists(workspace.output().resolve(LooseFiles.MANIFEST), LinkOption.NOFOLLOW_LINKS)) {
            throw new OutputException("output \"" + LooseFiles.MANIFEST + "\" has the name of the manifest,"
                    + " which is published after the files");
        }
        Commit commit = (fileName, sizeBytes, content) -> {
            Publication publication = new Publication(
                    output.target(),
                    nameSuffix + fileName,
                    mediaType(fileName),
                    key(spec, (nameSuffix.isEmpty() ? "file" : "failed/file") + fileName));
            // Each commit looks whether it is the first. To look before that too is for what takes long to write.
            return commit(spec, publication, fence, content, sizeBytes > SMALL_BYTES);
        };
        List<String> sentences = new ArrayList<>();
        Warnings warnings = Warnings.ofFiles(sentences::add);
        Publication publication = archivePublication(spec, output, nameSuffix);
        Published published;
        try (LooseFiles files = new LooseFiles(workspace.directory(), commit, transfers, transfer, warnings)) {
            OutputTree.of(workspace.output()).walk(files);
            files.finish();
            published = commit(spec, publication, fence, files::writeManifest);
        }
        warnings.end();
        for (String warning : sentences) {
            report.warn(warning);
        }
        report.committed(output(publication, published));
    }

    /**
     * Looks whether an archive was committed, such as by an engine that is gone.
     *
     * @param spec the item
     * @param nameSuffix appended to the name that the job gave
     * @return the output, or empty if it was not committed, or is none of the kind
     * @throws IOException if the store does not answer
     */
    public Optional<ItemOutput> committed(ItemSpec spec, String nameSuffix) throws IOException {
        Optional<OutputRequest> output = spec.request().output();
        if (output.isEmpty() || output.get().kind() != OutputRequest.Kind.ARCHIVE) {
            return Optional.empty();
        }
        Publication publication = archivePublication(spec, output.get(), nameSuffix);
        return sinks.of(publication.target())
                .find(publication, connections.access(spec.request(), publication.target()))
                .map(published -> output(publication, published));
    }

    private static Publication archivePublication(ItemSpec spec, OutputRequest output, String nameSuffix) {
        return new Publication(
                output.target(),
                output.format() == ArchiveFormat.NONE ? nameSuffix + "/" + LooseFiles.MANIFEST : nameSuffix,
                output.format().mediaType(),
                key(spec, nameSuffix.isEmpty() ? "" : "failed"));
    }

    private static PublishKey key(ItemSpec spec, String output) {
        return new PublishKey(spec.published(), output);
    }

    private static ItemOutput output(Publication publication, Published published) {
        return new ItemOutput(
                publication.key().output(),
                published.name(),
                published.href(),
                published.sizeBytes(),
                Optional.empty());
    }

    /**
     * Publishes the files at the top of the output directory one by one, or the declared ones of them (contract 2.9).
     *
     * @param spec the item
     * @param workspace its directories
     * @param transfer takes progress and says when to stop
     * @param fence asked right before each commit
     * @param report where warnings and outputs go to
     * @throws OutputException if a declared output is missing; nothing was published
     * @throws IOException if not all was published; trying again is safe
     */
    public void files(ItemSpec spec, Workspace workspace, Transfer transfer, Fence fence, Report report)
            throws IOException {
        Map<String, Path> files = topFiles(workspace, report);
        List<String> declared = spec.script().outputs();
        for (String name : declared) {
            if (!files.containsKey(name)) {
                throw new OutputException("output \"" + name + "\" is missing: script "
                        + spec.script().ref() + " declares the outputs " + declared);
            }
        }
        if (!declared.isEmpty()) {
            files.keySet().retainAll(declared);
        }
        Path output = workspace.output();
        Path root = workspace.directory().toRealPath().resolve(output.getFileName()); // itself not followed any more
        for (Map.Entry<String, Path> file : files.entrySet()) {
            transfer.requireActive();
            Path content = root.relativize(file.getValue());
            report.committed(file(spec, file.getKey(), root, content, transfer, fence));
        }
    }

    private ItemOutput file(ItemSpec spec, String name, Path root, Path content, Transfer transfer, Fence fence)
            throws IOException {
        DataReference target = spec.request().output().orElseThrow().target().toBuilder()
                .location(DataReference.NAME, spec.published() + "/" + name)
                .build();
        Publication publication = new Publication(target, "", mediaType(name), key(spec, "file/" + name));
        Published published = commit(spec, publication, fence, stream -> {
            byte[] buffer = new byte[BUFFER_BYTES];
            try (Confined file = Confined.open(root, content)) {
                long left = file.attributes().size(); // no more than that, however fast it grows
                InputStream in = Channels.newInputStream(file.channel());
                while (left > 0) {
                    int n = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                    if (n < 0) {
                        throw new IOException("output file shrank while it was published: \"" + name + "\"");
                    }
                    transfer.requireActive();
                    stream.write(buffer, 0, n);
                    transfer.advanced(n);
                    left -= n;
                }
            }
        });
        return new ItemOutput(
                name, published.name(), published.href(), published.sizeBytes(), json(name, root, content));
    }

    /** Writes what is to be published. */
    interface Content {
        void writeTo(OutputStream stream) throws IOException;
    }

    private Published commit(ItemSpec spec, Publication publication, Fence fence, Content content) throws IOException {
        return commit(spec, publication, fence, content, true);
    }

    private Published commit(ItemSpec spec, Publication publication, Fence fence, Content content, boolean looksFirst)
            throws IOException {
        DataSink sink = sinks.of(publication.target());
        Access access = connections.access(spec.request(), publication.target());
        Optional<Published> before = looksFirst ? sink.find(publication, access) : Optional.empty();
        if (before.isPresent()) {
            return before.get();
        }
        try (Upload upload = sink.begin(publication, access)) {
            content.writeTo(upload.stream());
            fence.requireMayCommit();
            return upload.commit();
        }
    }

    /**
     * Removes what interrupted uploads of an item left in its sinks.
     *
     * @param spec the item
     * @throws IOException if something may be left
     */
    public void abandon(ItemSpec spec) throws IOException {
        OutputRequest output = spec.request().output().orElseThrow();
        if (output.kind() != OutputRequest.Kind.ARCHIVE || output.target().handling() == Handling.SCRIPT) {
            return;
        }
        for (String nameSuffix : new String[] {"", ".failed-" + spec.published().job()}) {
            Publication publication = archivePublication(spec, output, nameSuffix);
            sinks.of(output.target()).abandon(publication, connections.access(spec.request(), output.target()));
        }
    }

    private static Map<String, Path> topFiles(Workspace workspace, Report report) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        List<String> skipped = new ArrayList<>();
        OutputTree.of(workspace.output()).forEachTop(new OutputTree.TopVisitor() {
            @Override
            public void file(Path entry, Path content) {
                String name = PathText.nameOf(entry);
                if (files.putIfAbsent(name, content) != null) { // as other bytes that are no UTF-8
                    skipped.add(name + " has the name of another output");
                }
            }

            @Override
            public void skipped(Path entry, String why) {
                skipped.add(PathText.nameOf(entry) + " " + why);
            }
        });
        for (String warning : skipped) {
            report.warn("left out of the outputs: " + warning);
        }
        return files;
    }

    private static Optional<String> json(String name, Path root, Path content) throws IOException {
        if (!name.endsWith(".json")) {
            return Optional.empty();
        }
        byte[] bytes;
        try (Confined file = Confined.open(root, content)) {
            long size = file.attributes().size();
            if (size > MAX_EMBEDDED_BYTES) {
                return Optional.empty();
            }
            bytes = ByteStreams.toByteArray(ByteStreams.limit(Channels.newInputStream(file.channel()), size));
        }
        try {
            if (JSON.readTree(bytes).isMissingNode()) {
                return Optional.empty();
            }
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
        return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    }

    private static String mediaType(String name) {
        if (name.endsWith(".json")) {
            return "application/json";
        }
        String guess = URLConnection.guessContentTypeFromName(name);
        return guess == null ? "application/octet-stream" : guess;
    }
}
