package io.longshore.engine;

import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Handling;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.ItemRequest;
import io.longshore.api.JobRequest;
import io.longshore.api.OutputRequest;
import io.longshore.api.Payload;
import io.longshore.api.Script;
import io.longshore.launch.Interpreters;
import io.longshore.publish.Sinks;
import io.longshore.spi.ScriptCatalog;
import io.longshore.stage.Connections;
import io.longshore.stage.Sources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What is checked of a request before anything is done for it: all that can be known without a remote store. */
final class Submission {
    private final List<ScriptCatalog> catalogs;
    private final Sources sources;
    private final Sinks sinks;
    private final Connections connections;

    Submission(List<ScriptCatalog> catalogs, Sources sources, Sinks sinks, Connections connections) {
        this.catalogs = List.copyOf(catalogs);
        this.sources = sources;
        this.sinks = sinks;
        this.connections = connections;
    }

    /** The script that will run; refuses a request that cannot be carried out. */
    Script check(JobRequest request) {
        try {
            Script script = script(request);
            Fields fields = new Fields(request.payload().map(Payload::dialect).orElse(""));
            for (ItemRequest item : request.items()) {
                for (int i = 0; i < item.inputs().size(); i++) {
                    ItemRequest.Input input = item.inputs().get(i);
                    check(request, fields, fields.input(item, i), input.reference());
                }
            }
            if (request.output().isPresent()) {
                checkOutput(request, fields.output(), request.output().get());
            }
            return script;
        } catch (IOException e) {
            throw new UncheckedIOException("a catalog could not be read: " + e.getMessage(), e);
        }
    }

    private Script script(JobRequest request) throws IOException {
        String field = request.payload().map(Payload::dialect).orElse("").equals("modzy")
                ? "model.identifier"
                : request.payload().isPresent() ? "deployment.id" : "script";
        Optional<Script> script = request.script();
        for (int i = 0; script.isEmpty() && i < catalogs.size(); i++) {
            script = catalogs.get(i).find(request.scriptRef());
        }
        if (script.isEmpty()) {
            throw new InvalidRequestException(
                    field, request.scriptRef().toString(), "names no script that is known here");
        }
        requireStartable(field, script.get());
        return script.get();
    }

    /** Refuses a script that can be started nowhere. */
    static void requireStartable(String field, Script script) {
        if (script.file().isEmpty()) {
            return;
        }
        Path file = script.file().get();
        if (!Files.isRegularFile(file)) {
            throw new InvalidRequestException(field, file.toString(), "names a script file that is not there");
        }
        try {
            List<String> unused = Interpreters.argvFor(file, List.of());
        } catch (IOException e) {
            throw new InvalidRequestException(field, null, "cannot be started: " + e.getMessage());
        }
    }

    private void check(JobRequest request, Fields fields, String field, DataReference reference) throws IOException {
        Optional<Connection> connection = connection(request, field, reference);
        if (reference.handling() != Handling.SCRIPT) {
            try {
                sources.check(field, reference);
            } catch (InvalidRequestException e) {
                throw fields.asSubmitted(field, e);
            }
            connection.ifPresent(c -> sources.check(fields.connection(field), reference, c));
        }
    }

    private void checkOutput(JobRequest request, String field, OutputRequest output) throws IOException {
        Optional<Connection> unused = connection(request, field, output.target());
        if (output.target().handling() != Handling.SCRIPT) {
            sinks.check(field, output);
        }
    }

    /** The connection that a reference names, if it names one. */
    private Optional<Connection> connection(JobRequest request, String field, DataReference reference)
            throws IOException {
        if (reference.connection().isEmpty()) {
            return Optional.empty();
        }
        String id = reference.connection().get();
        Optional<Connection> connection = connections.find(request, id);
        if (connection.isEmpty()) {
            throw new InvalidRequestException(field + ".connection.id", id, "names no connection that is known here");
        }
        return connection;
    }

    /**
     * Where things stand in what was submitted.
     *
     * @param dialect the dialect it was submitted in, or empty for Java
     */
    private record Fields(String dialect) {
        String input(ItemRequest item, int index) {
            return switch (dialect) {
                case "wml" -> "scoring.input_data_references[" + index + "]";
                case "modzy" ->
                    "input.sources." + item.key() + "."
                            + item.inputs().get(index).name().orElse("");
                default -> "items." + item.key() + ".inputs[" + index + "]";
            };
        }

        /** The parts of a Modzy source's location stand in the source itself. */
        InvalidRequestException asSubmitted(String reference, InvalidRequestException e) {
            String location = reference + ".location.";
            return dialect.equals("modzy") && e.field().startsWith(location)
                    ? e.at(reference + "." + e.field().substring(location.length()))
                    : e;
        }

        /** A Modzy job says how to reach its store beside its sources. */
        String connection(String input) {
            return dialect.equals("modzy") ? "input" : input + ".connection";
        }

        String output() {
            return dialect.equals("wml") ? "scoring.output_data_reference" : "output";
        }
    }
}
