package io.longshore.cli;

import io.longshore.api.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/** The {@code longshore} command. */
public final class Main {
    /** The exit code when all was done. */
    static final int COMPLETED = 0;
    /** The exit code when the job failed or timed out. */
    static final int FAILED = 1;
    /** The exit code when nothing was done, as what was asked is wrong or not possible. */
    static final int REFUSED = 2;
    /** The exit code when the job completed and some of its items failed. */
    static final int ITEMS_FAILED = 3;
    /** The exit code after Ctrl-C; after another signal the JVM puts that one's in its place. */
    static final int INTERRUPTED = 130;

    private static final List<String> LOG_LEVELS = List.of("error", "warn", "info", "debug", "trace");

    private static final String HELP = """
            Usage: longshore COMMAND ...

            Carries a script job from data to data: stages its inputs, runs the script, archives what it wrote,
            publishes the archive.

            Commands:
              run              Run a script over files or S3 objects, or a job document (WML or Modzy).
              submit           Put a job document into the queue, and print the job's id.
              work             Run the queue until stopped; scripts outlive a worker that ends.
              jobs             List the jobs of the queue, newest first.
              show             Show a job of the queue, or its status document.
              logs             Print what a job's script writes, from any terminal.
              cancel           End a job of the queue, and wait until it has ended.
              retry-publish    Publish what a job could not, without running its script again.
              deploy           Keep a script in the space, for jobs to name.
              asset add        Keep a file, or the address of an S3 object, as an asset of the space.
              asset list       List the assets of the space.
              asset get        Write an asset's bytes to a file or to standard output.
              connection add   Keep what it takes to reach an S3 store.

            Options:
              -h, --help       Show this help; with a command, the command's.
              --version        Show the version.

            Environment:
              LONGSHORE_HOME   Where everything is kept. Default: ~/.longshore
              LONGSHORE_LOG    error, warn, info, debug or trace: log to standard error. Default: nothing is logged.

            Exit codes:
              0    completed
              1    the job failed or timed out
              2    wrong usage, or refused: nothing was done
              3    the job completed, and some of its items failed
              130  interrupted by Ctrl-C, and the script was ended; 143 by SIGTERM

            Examples:
              longshore run --script score.py --input customers.csv --output scores.zip -- --threshold 0.5
              longshore deploy churn --script score.py
              longshore run job.json --json
              longshore work & id=$(longshore submit job.json); longshore logs -f $id
            """;

    private Main() {}

    /**
     * Runs the command and ends the process.
     *
     * @param arguments what the caller wrote after {@code longshore}
     */
    public static void main(String[] arguments) {
        Interrupts.exit(run(Caller.ofProcess(), arguments));
    }

    /** Runs the command; the exit code is the answer. */
    static int run(Caller caller, String... arguments) {
        String level = caller.environment().getOrDefault("LONGSHORE_LOG", "");
        if (!level.isEmpty() && !LOG_LEVELS.contains(level)) {
            caller.err().line("longshore: LONGSHORE_LOG is none of " + LOG_LEVELS + ": " + Text.quoted(level));
            return REFUSED;
        }
        boolean logging = chooseLogging(level);
        int code;
        try {
            code = dispatch(caller, List.of(arguments));
        } catch (CommandLine.ParameterException e) {
            String command = e.getCommandLine().getCommandSpec().name();
            caller.err().line("longshore: " + Text.shown(String.valueOf(e.getMessage())));
            caller.err().line("See: " + command + " --help");
            code = REFUSED;
        } catch (RefusedException | InvalidRequestException e) {
            caller.err().line("longshore: " + e.getMessage());
            code = REFUSED;
        } catch (IOException e) {
            caller.err().line("longshore: " + Text.of(e));
            code = REFUSED;
        } catch (UncheckedIOException e) {
            caller.err().line("longshore: " + Text.shown(String.valueOf(e.getMessage())));
            code = REFUSED;
        } catch (RuntimeException e) {
            caller.err().line("longshore: internal error: " + Text.shown(e.toString()));
            if (logging) {
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                caller.err().text(trace.toString());
            }
            code = FAILED;
        }
        Optional<IOException> unwritten = caller.out().failure();
        if (unwritten.isPresent()) {
            caller.err().line("longshore: cannot write to standard output: " + Text.of(unwritten.get()));
            return code == COMPLETED ? FAILED : code;
        }
        return code;
    }

    private static int dispatch(Caller caller, List<String> arguments) throws IOException {
        if (arguments.isEmpty()
                || arguments.get(0).equals("-h")
                || arguments.get(0).equals("--help")) {
            caller.out().text(HELP);
            return COMPLETED;
        }
        String first = arguments.get(0);
        List<String> rest = arguments.subList(1, arguments.size());
        return switch (first) {
            case "--version" -> {
                caller.out().line("longshore " + version());
                yield COMPLETED;
            }
            case "help" -> dispatch(caller, help(rest));
            case "run" -> RunCommand.run(caller, rest);
            case "submit" -> QueueCommands.submit(caller, rest);
            case "work" -> WorkCommand.work(caller, rest);
            case "jobs" -> QueueCommands.jobs(caller, rest);
            case "show" -> QueueCommands.show(caller, rest);
            case "logs" -> LogsCommand.logs(caller, rest);
            case "cancel" -> QueueCommands.cancel(caller, rest);
            case "retry-publish" -> QueueCommands.retryPublish(caller, rest);
            case "deploy" -> SpaceCommands.deploy(caller, rest);
            case "asset" -> group(caller, first, rest, List.of("add", "list", "get"));
            case "connection" -> group(caller, first, rest, List.of("add"));
            default ->
                throw new RefusedException((first.startsWith("-") ? "unknown option: " : "unknown command: ")
                        + Text.quoted(first) + "; see longshore --help");
        };
    }

    private static List<String> help(List<String> command) {
        String[] asked = Arrays.copyOf(command.toArray(String[]::new), command.size() + 1);
        asked[command.size()] = "--help";
        return List.of(asked);
    }

    private static int group(Caller caller, String group, List<String> arguments, List<String> commands)
            throws IOException {
        String command = arguments.isEmpty() ? "--help" : arguments.get(0);
        if (command.equals("-h") || command.equals("--help")) {
            for (String each : commands) {
                caller.out()
                        .text((each.equals(commands.get(0)) ? "" : "\n")
                                + syntax(group, each).help());
            }
            return COMPLETED;
        }
        List<String> rest = arguments.subList(1, arguments.size());
        return switch (group + " " + command) {
            case "asset add" -> AssetCommands.add(caller, rest);
            case "asset list" -> AssetCommands.list(caller, rest);
            case "asset get" -> AssetCommands.get(caller, rest);
            case "connection add" -> SpaceCommands.addConnection(caller, rest);
            default ->
                throw new RefusedException("unknown command: " + Text.quoted(group + " " + command) + "; see longshore "
                        + group + " --help");
        };
    }

    private static Syntax syntax(String group, String command) {
        return switch (group + " " + command) {
            case "asset add" -> AssetCommands.ADD.get();
            case "asset list" -> AssetCommands.LIST.get();
            case "asset get" -> AssetCommands.GET.get();
            default -> SpaceCommands.ADD_CONNECTION.get();
        };
    }

    /** The version that the build wrote down. */
    private static String version() throws IOException {
        try (InputStream in = Main.class.getResourceAsStream("version.txt")) {
            return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    /** Unless a log is asked for, slf4j is kept from looking for one, which would take longer than a small job. */
    private static boolean chooseLogging(String level) {
        if (level.isEmpty()) {
            System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
            System.setProperty("slf4j.internal.verbosity", "ERROR");
            return false;
        }
        System.setProperty("LONGSHORE_LOG", level);
        return true;
    }
}
