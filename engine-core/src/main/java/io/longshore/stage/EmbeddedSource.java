package io.longshore.stage;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.workspace.NamedWrites;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

/** Data that came with the submission: as {@code text}, or as {@code data} in Base64 (Modzy's text and embedded inputs). */
public final class EmbeddedSource implements DataSource {
    /** The type of such references. */
    public static final String TYPE = "embedded";
    /** Location: the data as text. */
    public static final String TEXT = "text";
    /** Location: the data in Base64. */
    public static final String DATA = "data";

    /** The source; it has no state. */
    public EmbeddedSource() {}

    @Override
    public Set<String> types() {
        return Set.of(TYPE);
    }

    @Override
    public void check(DataReference reference) {
        boolean text = reference.location(TEXT).isPresent();
        if (text == reference.location(DATA).isPresent()) {
            throw new InvalidRequestException("location", null, "must have exactly one of text and data");
        }
        if (!text) {
            try {
                bytes(reference);
            } catch (IllegalArgumentException e) {
                throw new InvalidRequestException("location.data", null, "is not Base64: " + e.getMessage());
            }
        }
    }

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) {
        String name = reference.id().orElse("data");
        each.accept(new SourceObject(
                reference,
                name,
                name,
                "the submission",
                OptionalLong.of(bytes(reference).length),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        byte[] bytes;
        try {
            bytes = bytes(object.reference());
        } catch (IllegalArgumentException e) {
            throw new PermanentStorageException("embedded data is not Base64", e);
        }
        transfer.requireActive();
        NamedWrites.write(target, bytes, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        transfer.advanced(bytes.length);
    }

    private static byte[] bytes(DataReference reference) {
        return reference
                .location(TEXT)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .orElseGet(() ->
                        Base64.getDecoder().decode(reference.location(DATA).orElse("")));
    }
}
