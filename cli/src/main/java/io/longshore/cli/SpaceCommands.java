package io.longshore.cli;

import io.longshore.api.Connection;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.api.Secret;
import io.longshore.engine.LongshoreEngine;
import io.longshore.storage.s3.S3Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code longshore deploy} and {@code longshore connection add}: what jobs name of the space. */
final class SpaceCommands {
    static final Supplier<Syntax> DEPLOY = () -> new Syntax(
                    "longshore deploy",
                    List.of("ID --script FILE [--version V] [--input NAME]... [--output NAME]...\n"
                            + "[--explainable] [--space DIR]"),
                    "Keeps a copy of a script in the space, for jobs to name as their deployment (WML) or model"
                            + " (Modzy), and prints ID@VERSION. A version never changes; deploying the same again"
                            + " changes nothing.")
            .parameter("ID", "The id that jobs name: deployment.id, or model.identifier.")
            .option("--script", "FILE", "The script: Python for .py, else what its #! line names.")
            .option("--version", "V", "Its version. Default: a number, one more than the newest.")
            .repeated("--input", "NAME", "A data item that every item of a job must have; may be repeated.")
            .repeated("--output", "NAME", "An output file that every item must leave; may be repeated.")
            .flag("--explainable", "The script can explain its results.")
            .space();

    static final Supplier<Syntax> ADD_CONNECTION = () -> new Syntax(
                    "longshore connection add",
                    List.of("ID [--endpoint URL] [--region R] [--bucket B]\n"
                            + "--access-key-id KEY-ID|--access-key-id-file FILE --secret-key-file FILE\n[--space DIR]"),
                    "Keeps what it takes to reach an S3 store, for jobs to name as connection.id, in place of any"
                            + " connection of that id. The keys are sealed.")
            .parameter("ID", "The id that jobs name.")
            .option("--endpoint", "URL", "The address of a store other than AWS, such as https://s3.example.com.")
            .option("--region", "R", "The region, such as us-east-1.")
            .option("--bucket", "B", "The bucket of references that name none.")
            .option("--access-key-id", "KEY-ID", "The access key id, which other users of this machine may see.")
            .option("--access-key-id-file", "FILE", "A file that holds it, or - for standard input.")
            .option("--secret-key-file", "FILE", "A file that holds the secret access key, or - for standard input.")
            .space();

    private static final int LARGEST_SECRET_BYTES = 4 * 1024;

    private SpaceCommands() {}

    static int deploy(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = DEPLOY.get();
        Optional<Syntax.Given> parsed = syntax.parse(arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        Syntax.Given given = parsed.get();
        ScriptRef ref = new ScriptRef(given.requireParameter(0), given.option("--version"));
        Path file = Inputs.file("--script", caller, given.require("--script"));
        Script script = Script.ofFile(ref, file)
                .inputs(given.repeated("--input"))
                .outputs(given.repeated("--output"))
                .explainable(given.flag("--explainable"))
                .build();
        LongshoreEngine.requireStartable(script);
        Script deployed =
                Home.open(caller).space(caller, given.option("--space")).deploy(script);
        caller.out().line(Text.shown(deployed.ref().toString()));
        return Main.COMPLETED;
    }

    static int addConnection(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = ADD_CONNECTION.get();
        Optional<Syntax.Given> parsed = syntax.parse(arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        Syntax.Given given = parsed.get();
        Connection.Builder connection = Connection.builder(given.requireParameter(0), "s3");
        if (given.option("--endpoint").isPresent()) {
            connection.property(Connection.ENDPOINT, endpoint(given.require("--endpoint")));
        }
        given.option("--region").ifPresent(region -> connection.property(Connection.REGION, region));
        given.option("--bucket").ifPresent(bucket -> connection.property(Connection.BUCKET, bucket));
        connection.secret(Connection.ACCESS_KEY_ID, accessKeyId(caller, given));
        connection.secret(
                Connection.SECRET_ACCESS_KEY, secret("--secret-key-file", caller, given.require("--secret-key-file")));
        Connection built = connection.build();
        S3Storage.checkConnection(built);
        Home.open(caller).space(caller, given.option("--space")).save(built);
        caller.err().line("connection " + Text.quoted(built.id()) + " is kept");
        return Main.COMPLETED;
    }

    /** Scripts are told the endpoint as it is, and their libraries want a whole URL. */
    private static String endpoint(String text) {
        if (!text.matches("(?i)https?://.*")) { // not quoted, as in all that follows: it may be a misplaced secret
            throw new RefusedException("--endpoint is no http or https URL");
        }
        return text;
    }

    private static Secret accessKeyId(Caller caller, Syntax.Given given) throws IOException {
        if (given.option("--access-key-id-file").isEmpty()) {
            return notEmpty("--access-key-id", given.require("--access-key-id"));
        }
        given.refuse("and --access-key-id-file exclude one another", "--access-key-id");
        String file = given.require("--access-key-id-file");
        if (file.equals("-") && file.equals(given.require("--secret-key-file"))) {
            throw new RefusedException("--access-key-id-file and --secret-key-file cannot both be standard input");
        }
        return secret("--access-key-id-file", caller, file);
    }

    /** A line end at the end is not part of the secret. */
    private static Secret secret(String option, Caller caller, String file) throws IOException {
        return notEmpty(
                option, Inputs.text(option, caller, file, LARGEST_SECRET_BYTES).replaceFirst("\\r?\\n\\z", ""));
    }

    private static Secret notEmpty(String option, String value) {
        if (value.isEmpty()) {
            throw new RefusedException(option + " is empty");
        }
        return Secret.of(value);
    }
}
