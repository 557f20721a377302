package io.longshore.publish;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingInputStream;
import io.longshore.archive.OutputFile;
import io.longshore.archive.OutputTree;
import io.longshore.archive.Warnings;
import io.longshore.spi.Published;
import io.longshore.spi.Transfer;
import io.longshore.stage.TransferBudget;
import io.longshore.stage.Transfers;
import io.longshore.workspace.NamedWrites;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An output that is no archive: each file is published by itself, several at once, and then the manifest, which says that they
 * are all there (contract 2.6, {@code none}). The manifest is on disk while it grows, as there may be a million files.
 */
final class LooseFiles implements OutputTree.Visitor, Closeable {
    static final String MANIFEST = "manifest.json";

    private static final int BUFFER_BYTES = 1 << 16;

    private final Publisher.Commit commit;
    private final Transfer transfer;
    private final Warnings warnings;
    private final Transfers<Entry> transfers;
    private final Path manifest;
    private final JsonGenerator json;

    /** Nothing is published yet; the manifest grows in the scratch directory. */
    LooseFiles(Path scratch, Publisher.Commit commit, TransferBudget budget, Transfer transfer, Warnings warnings)
            throws IOException {
        this.commit = commit;
        this.transfer = transfer;
        this.warnings = warnings;
        manifest = Files.createTempFile(scratch, "manifest-", ".json");
        json = new JsonFactory().createGenerator(NamedWrites.naming(manifest, Files.newOutputStream(manifest)));
        json.writeStartArray();
        transfers = new Transfers<>(budget, this::write);
    }

    /** A line of the manifest. */
    private record Entry(String name, long sizeBytes, String sha256) {}

    @Override
    public void file(OutputFile file) throws IOException {
        String name;
        try {
            name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(file.name()))
                    .toString();
        } catch (CharacterCodingException e) {
            skipped(file.name(), "has a name that is not UTF-8");
            return;
        }
        InputStream opened; // here, as the walk goes on
        try {
            opened = file.open();
        } catch (IOException e) {
            skipped(file.name(), OutputTree.whyLeftOut(e).orElseThrow(() -> e));
            return;
        }
        transfers.start(file.sizeBytes(), new FileUpload(name, file.sizeBytes(), opened));
    }

    /** One file on its way. */
    private final class FileUpload implements Transfers.Work<Entry> {
        private final String name;
        private final long sizeBytes;
        private final HashingInputStream content;

        FileUpload(String name, long sizeBytes, InputStream opened) {
            this.name = name;
            this.sizeBytes = sizeBytes;
            this.content = new HashingInputStream(Hashing.sha256(), opened);
        }

        @Override
        public Entry run() throws IOException {
            Published published = commit.commit("/" + name, sizeBytes, stream -> copy(content, sizeBytes, stream));
            if (published.sizeBytes() != sizeBytes) {
                throw new OutputException("output \"" + name + "\" has " + sizeBytes + " bytes, and was published with "
                        + published.sizeBytes() + " by an earlier try");
            }
            copy(content, sizeBytes, OutputStream.nullOutputStream()); // where an earlier try has published it
            return new Entry(name, sizeBytes, content.hash().toString());
        }

        @Override
        public void close() throws IOException {
            content.close();
        }
    }

    private void write(Entry entry) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", entry.name());
        json.writeNumberField("size", entry.sizeBytes());
        json.writeStringField("sha256", entry.sha256());
        json.writeEndObject();
    }

    private void copy(InputStream content, long sizeBytes, OutputStream stream) throws IOException {
        transfer.requireActive();
        byte[] buffer = new byte[(int) Math.max(1, Math.min(BUFFER_BYTES, sizeBytes))];
        for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
            stream.write(buffer, 0, count);
            transfer.advanced(count);
            transfer.requireActive();
        }
    }

    @Override
    public void skipped(byte[] name, String why) {
        warnings.leftOut(name, why);
    }

    @Override
    public void entered(byte[] name) {
        // no store of objects has directories
    }

    @Override
    public void left(byte[] name) {
        // as above
    }

    /** Waits until all files are published, which ends the manifest. */
    void finish() throws IOException {
        transfers.finish();
        json.close();
    }

    void writeManifest(OutputStream stream) throws IOException {
        Files.copy(manifest, stream);
    }

    @Override
    public void close() throws IOException {
        transfers.close();
        try {
            json.close();
        } finally {
            Files.deleteIfExists(manifest);
        }
    }
}
