package io.longshore.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.storage.local.Asset;
import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/** {@code longshore asset …}: what the space keeps. */
final class AssetCommands {
    static final Supplier<Syntax> ADD = () -> new Syntax(
                    "longshore asset add",
                    List.of(
                            "FILE|- [--name N] [--space DIR]",
                            "--connection ID [--bucket B] --key K --name N [--space DIR]"),
                    "Keeps a file as a new asset of the space, or the address of an S3 object (a connected asset), and"
                            + " prints the asset's id. The name means the new asset from now on.")
            .parameter(
                    "FILE", "The file to copy into the space, or - for standard input, which has no name of its own.")
            .option("--name", "N", "The asset's name. Default: the file's.")
            .option("--connection", "ID", "The connection that reaches the object.")
            .option("--bucket", "B", "The object's bucket. Default: the connection's.")
            .option("--key", "K", "The object's key.")
            .space();

    static final Supplier<Syntax> LIST = () -> new Syntax(
                    "longshore asset list",
                    List.of("[--json] [--all] [--space DIR]"),
                    "Lists the newest asset of each name.")
            .flag("--json", "Print an array of objects with id, name, size, sha256 and created_at.")
            .flag("--all", "List every asset, in the order of their making.")
            .space();

    static final Supplier<Syntax> GET = () -> new Syntax(
                    "longshore asset get",
                    List.of("NAME-OR-ID [--output FILE] [--space DIR]"),
                    "Writes an asset's bytes, which are verified on the way.")
            .parameter("NAME-OR-ID", "The asset; a name means the newest of that name.")
            .option("--output", "FILE", "Where to write; an older file is replaced. Default, and -: standard output.")
            .space();

    private static final int COPY_BYTES = 64 * 1024;

    private AssetCommands() {}

    static int add(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = ADD.get();
        Optional<Syntax.Given> parsed = syntax.parse(arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        Syntax.Given given = parsed.get();
        Asset asset = given.option("--connection").isPresent() ? addConnected(caller, given) : addFile(caller, given);
        caller.out().line(asset.id());
        return Main.COMPLETED;
    }

    private static Asset addFile(Caller caller, Syntax.Given given) throws IOException {
        given.refuse("needs --connection", "--bucket", "--key");
        if (given.requireParameter(0).equals("-")) {
            return space(caller, given).add(caller.in(), given.require("--name"));
        }
        Path file = Inputs.file("FILE", caller, given.requireParameter(0));
        String name = given.option("--name").orElseGet(() -> String.valueOf(file.getFileName()));
        return space(caller, given).add(file, name);
    }

    private static Asset addConnected(Caller caller, Syntax.Given given) throws IOException {
        if (given.parameter(0).isPresent()) {
            throw new RefusedException(
                    "FILE and --connection exclude one another: a connected asset has no bytes here");
        }
        String id = given.require("--connection");
        DataReference.Builder reference = DataReference.builder("connection_asset")
                .connection(id)
                .location(DataReference.KEY, notEmpty("--key", given.require("--key")));
        String name = given.require("--name");
        LocalSpace space = space(caller, given);
        Optional<Connection> connection = space.listConnections().stream()
                .filter(each -> each.id().equals(id))
                .findFirst();
        Optional<String> bucket =
                given.option("--bucket").or(() -> connection.flatMap(each -> each.property(Connection.BUCKET)));
        if (bucket.isEmpty()) {
            throw new RefusedException(
                    "--bucket is missing, and connection " + Text.quoted(id) + " does not name one either");
        }
        reference.location(DataReference.BUCKET, notEmpty("--bucket", bucket.get()));
        Asset asset = space.addConnected(name, reference.build());
        if (connection.isEmpty()) {
            caller.err().line("warning: the space has no connection " + Text.quoted(id) + " yet");
        }
        return asset;
    }

    private static String notEmpty(String option, String value) {
        if (value.isEmpty()) {
            throw new RefusedException(option + " is empty");
        }
        return value;
    }

    static int list(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = LIST.get();
        Optional<Syntax.Given> parsed = syntax.parse(arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        LocalSpace space = space(caller, parsed.get());
        List<Asset> assets = parsed.get().flag("--all") ? space.listAll() : space.list();
        caller.out().text(parsed.get().flag("--json") ? json(assets) : table(assets));
        return Main.COMPLETED;
    }

    /** A connected asset has neither a size nor a sum: only its store knows. */
    private static String json(List<Asset> assets) {
        ArrayNode array = new ObjectMapper().createArrayNode();
        for (Asset asset : assets) {
            ObjectNode object = array.addObject();
            object.put("id", asset.id());
            object.put("name", asset.name());
            if (asset.connected().isEmpty()) {
                object.put("size", asset.sizeBytes());
                object.put("sha256", asset.sha256());
            } else {
                object.putNull("size");
                object.putNull("sha256");
            }
            object.put("created_at", asset.createdAt().toString());
        }
        return array.toPrettyString() + "\n";
    }

    private static String table(List<Asset> assets) {
        StringBuilder lines = new StringBuilder();
        for (Asset asset : assets) {
            String size = asset.connected().isPresent() ? "connected" : Text.size(asset.sizeBytes());
            lines.append(String.format(
                    "%s  %s  %11s  %s%n",
                    asset.id(), asset.createdAt().truncatedTo(ChronoUnit.SECONDS), size, Text.shown(asset.name())));
        }
        return lines.toString();
    }

    static int get(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = GET.get();
        Optional<Syntax.Given> parsed = syntax.parse(arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        Syntax.Given given = parsed.get();
        String nameOrId = given.requireParameter(0);
        Optional<Path> output =
                given.option("--output").filter(name -> !name.equals("-")).map(name -> Outputs.file(caller, name));
        LocalSpace space = space(caller, given);
        Asset asset = space.find(nameOrId)
                .orElseThrow(() -> new RefusedException("no asset has this name or id: " + Text.quoted(nameOrId)));
        if (asset.connected().isPresent()) {
            throw new RefusedException("asset " + Text.quoted(nameOrId) + " is connected: its bytes are not in the"
                    + " space, but at " + asset.connected().get());
        }
        if (output.isPresent()) {
            write(space, asset, output.get());
        } else {
            print(space, asset, caller.out());
        }
        return Main.COMPLETED;
    }

    private static void print(LocalSpace space, Asset asset, Output out) throws IOException {
        byte[] buffer = new byte[COPY_BYTES];
        try (InputStream in = space.open(asset)) {
            boolean read = true;
            for (int n = in.read(buffer); n >= 0 && read; n = in.read(buffer)) {
                read = out.bytes(buffer, n);
            }
        }
    }

    /** Whole or not at all: an older file is replaced in one step. */
    private static void write(LocalSpace space, Asset asset, Path output) throws IOException {
        Path fresh = output.resolveSibling(".longshore-" + UUID.randomUUID());
        try {
            space.copy(asset, fresh);
            Files.move(fresh, output, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static LocalSpace space(Caller caller, Syntax.Given given) throws IOException {
        return Home.open(caller).space(caller, given.option("--space"));
    }
}
