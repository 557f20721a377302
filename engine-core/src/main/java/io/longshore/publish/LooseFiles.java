package io.longshore.publish;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingInputStream;
import io.longshore.archive.OutputFile;
import io.longshore.archive.OutputTree;
import io.longshore.archive.Warnings;
import io.longshore.spi.Transfer;
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
 * An output that is no archive: each file is published by itself, and then the manifest, which says that they are all there
 * (contract 2.6, {@code none}). The manifest is on disk while it grows, as there may be a million files.
 */
final class LooseFiles implements OutputTree.Visitor, Closeable {
    static final String MANIFEST = "manifest.json";

    private static final int BUFFER_BYTES = 1 << 16;

    private final Publisher.Commit commit;
    private final Transfer transfer;
    private final Warnings warnings;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final Path manifest;
    private final JsonGenerator json;

    /** Nothing is published yet; the manifest grows in the scratch directory. */
    LooseFiles(Path scratch, Publisher.Commit commit, Transfer transfer, Warnings warnings) throws IOException {
        this.commit = commit;
        this.transfer = transfer;
        this.warnings = warnings;
        manifest = Files.createTempFile(scratch, "manifest-", ".json");
        json = new JsonFactory().createGenerator(NamedWrites.newOutputStream(manifest));
        json.writeStartArray();
    }

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
        InputStream opened;
        try {
            opened = file.open();
        } catch (IOException e) {
            skipped(file.name(), OutputTree.whyLeftOut(e).orElseThrow(() -> e));
            return;
        }
        try (HashingInputStream content = new HashingInputStream(Hashing.sha256(), opened)) {
            commit.commit("/" + name, stream -> copy(content, stream));
            copy(content, OutputStream.nullOutputStream()); // where an earlier try has published it
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeNumberField("size", file.sizeBytes());
            json.writeStringField("sha256", content.hash().toString());
            json.writeEndObject();
        }
    }

    private void copy(InputStream content, OutputStream stream) throws IOException {
        transfer.requireActive();
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

    /** Ends the manifest and writes it. */
    void writeManifest(OutputStream stream) throws IOException {
        json.close();
        Files.copy(manifest, stream);
    }

    @Override
    public void close() throws IOException {
        try {
            json.close();
        } finally {
            Files.deleteIfExists(manifest);
        }
    }
}
