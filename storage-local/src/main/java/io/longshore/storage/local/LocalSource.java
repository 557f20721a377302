package io.longshore.storage.local;

import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.spi.Access;
import io.longshore.spi.DataSource;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The assets of a space as inputs. */
final class LocalSource implements DataSource {
    static final Set<String> TYPES = Set.of("data_asset");

    /** {@code /v2/assets/ID}, as a whole URL or with a query. */
    private static final Pattern HREF =
            Pattern.compile("(?:https?://[^/?#\\s]+(?:/[^?#\\s]*)?)?/v2/assets/([^/?#\\s]+)(?:\\?[^#\\s]*)?");

    private final AssetStore assets;

    LocalSource(AssetStore assets) {
        this.assets = assets;
    }

    @Override
    public Set<String> types() {
        return TYPES;
    }

    @Override
    public void check(DataReference reference) {
        id(reference);
    }

    private static String id(DataReference reference) {
        String href = reference.location(DataReference.HREF).orElse("");
        if (href.isEmpty()) {
            throw new InvalidRequestException("location.href", null, "is missing: an input asset has one");
        }
        Matcher matcher = HREF.matcher(href);
        if (!matcher.matches()) {
            throw new InvalidRequestException("location.href", href, "is no address of an asset, as /v2/assets/ID is");
        }
        return matcher.group(1).toLowerCase(Locale.ROOT);
    }

    @Override
    public void resolve(DataReference reference, Access access, Consumer<SourceObject> each) throws IOException {
        Disk.requireNotInterrupted("looking up " + reference);
        Asset asset = asset(reference);
        String name = asset.name().substring(asset.name().lastIndexOf('/') + 1);
        String file = name.isEmpty() ? asset.id() : name;
        boolean here = asset.connected().isEmpty();
        each.accept(new SourceObject(
                reference,
                file,
                file,
                asset.href(),
                here ? OptionalLong.of(asset.sizeBytes()) : OptionalLong.empty(),
                here ? Optional.of(asset.sha256()) : Optional.empty(),
                Optional.empty(),
                asset.connected()));
    }

    private Asset asset(DataReference reference) throws IOException {
        String id;
        try {
            id = id(reference);
        } catch (InvalidRequestException e) {
            throw new PermanentStorageException(reference + " leads to no asset", e);
        }
        Optional<Asset> asset = AssetStore.isId(id) ? assets.byId(id) : Optional.empty();
        return asset.orElseThrow(() ->
                new NoSuchFileException(reference.location(DataReference.HREF).orElseThrow()));
    }

    @Override
    public void fetch(SourceObject object, Access access, Path target, Transfer transfer) throws IOException {
        assets.copy(asset(object.reference()), target, transfer);
    }
}
