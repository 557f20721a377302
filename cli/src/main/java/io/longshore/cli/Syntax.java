package io.longshore.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * What one command takes. Built by hand: picocli's annotations would be looked for by reflection at each start, and only
 * the command that runs is built at all.
 */
final class Syntax {
    private static final int HELP_COLUMNS = 100;

    private final CommandSpec spec;

    /**
     * A syntax without options but {@code --help}.
     *
     * @param name what the caller writes, such as {@code longshore asset add}
     * @param synopsis the ways of use, without the name; a line break is kept
     * @param description paragraphs on what the command does
     */
    Syntax(String name, List<String> synopsis, String... description) {
        spec = CommandSpec.create().name(name);
        spec.usageMessage()
                .customSynopsis(synopsis(name, synopsis))
                .descriptionHeading("%n")
                .description(description)
                .parameterListHeading("%n")
                .width(HELP_COLUMNS)
                .sortOptions(false);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help.")
                .build());
    }

    /** Every line after the first begins below the name, and the lines that go on with a way of use a little further. */
    private static String[] synopsis(String name, List<String> ways) {
        String all =
                ways.stream().map(way -> name + " " + way.replace("\n", "\n  ")).collect(Collectors.joining("\n"));
        String[] lines = all.split("\n");
        for (int i = 1; i < lines.length; i++) {
            lines[i] = " ".repeat("Usage: ".length()) + lines[i];
        }
        return lines;
    }

    Syntax option(String name, String value, String... description) {
        spec.addOption(OptionSpec.builder(name)
                .paramLabel(value)
                .type(String.class)
                .arity("1")
                .description(description)
                .build());
        return this;
    }

    Syntax repeated(String name, String value, String... description) {
        spec.addOption(OptionSpec.builder(name)
                .paramLabel(value)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .description(description)
                .build());
        return this;
    }

    Syntax flag(String name, String... description) {
        spec.addOption(OptionSpec.builder(name.split(", "))
                .arity("0")
                .description(description)
                .build());
        return this;
    }

    /** A job of the queue, which remembers its space. */
    Syntax job() {
        return parameter("ID", "The job's id, as submit printed it.").rememberedSpace();
    }

    /** For who gives every command a space. */
    Syntax rememberedSpace() {
        return option("--space", "DIR", "Not needed: a job remembers the space it was submitted in.");
    }

    Syntax space() {
        return option("--space", "DIR", "The space to use. Default: space in the home.");
    }

    /** A parameter that may be left out; the command says so if it may not. */
    Syntax parameter(String name, String... description) {
        spec.addPositional(PositionalParamSpec.builder()
                .paramLabel(name)
                .type(String.class)
                .hideParamSyntax(true)
                .index(Integer.toString(spec.positionalParameters().size()))
                .arity("0..1")
                .description(description)
                .build());
        return this;
    }

    Syntax footer(String... lines) {
        spec.usageMessage().footer(lines);
        return this;
    }

    /** The help, in plain text wherever it goes. */
    String help() {
        return commandLine().getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    private CommandLine commandLine() {
        return new CommandLine(spec).setExpandAtFiles(false).setInterpolateVariables(false);
    }

    /** What the caller wrote, or empty where the help was asked for; wrong usage is a picocli exception. */
    Optional<Given> parse(List<String> arguments) {
        ParseResult parsed = commandLine().parseArgs(arguments.toArray(String[]::new));
        return parsed.isUsageHelpRequested() ? Optional.empty() : Optional.of(new Given(parsed));
    }

    /**
     * What the caller wrote.
     *
     * @param parsed picocli's result
     */
    record Given(ParseResult parsed) {
        Optional<String> option(String name) {
            return Optional.ofNullable(parsed.matchedOptionValue(name, (String) null));
        }

        List<String> repeated(String name) {
            return parsed.matchedOptionValue(name, List.of());
        }

        boolean flag(String name) {
            return parsed.hasMatchedOption(name);
        }

        String require(String name) {
            return option(name).orElseThrow(() -> new RefusedException(name + " is missing"));
        }

        Optional<String> parameter(int index) {
            return Optional.ofNullable(parsed.matchedPositionalValue(index, (String) null));
        }

        String requireParameter(int index) {
            return parameter(index).orElseThrow(() -> {
                ArgSpec missing = parsed.commandSpec().positionalParameters().get(index);
                return new RefusedException(missing.paramLabel() + " is missing");
            });
        }

        /** Refuses options that make no sense beside another one. */
        void refuse(String why, String... names) {
            for (String name : names) {
                if (parsed.hasMatchedOption(name)) {
                    throw new RefusedException(name + " " + why);
                }
            }
        }
    }
}
