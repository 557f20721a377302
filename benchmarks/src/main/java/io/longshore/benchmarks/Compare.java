package io.longshore.benchmarks;

import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Runs cases: the contestants in turn, round by round, so that what else the machine does hurts all of them alike.
 *
 * <p>Arguments: {@code directory [--list] [--quick] [--rounds N] [case...]}; a case may be named by the beginning of its name.
 * The directory gets what was measured, as {@link Report} has it; {@code --list} prints the names of the cases and runs none.
 */
final class Compare {
    private static final int ROUNDS = 7;
    private static final int TRIAL_ROUNDS = 3;
    private static final CompilationMXBean COMPILER = ManagementFactory.getCompilationMXBean();
    /** The share of its CPU time that a run may take for compiling to count as quiet. */
    private static final double QUIET = 0.01;

    private static final int QUIET_ROUNDS = 5;
    private static final long WARM_NANOS = 90_000_000_000L;
    private static final long TRIAL_WARM_NANOS = 3_000_000_000L;

    private final Path directory;
    private final boolean isTrial;
    private final int rounds;

    private Compare(Path directory, boolean isTrial, int rounds) {
        this.directory = directory;
        this.isTrial = isTrial;
        this.rounds = rounds;
    }

    public static void main(String[] args) throws IOException {
        List<String> given = new ArrayList<>(List.of(args));
        Path directory = Path.of(given.remove(0));
        boolean isList = given.remove("--list");
        boolean isTrial = given.remove("--quick");
        int rounds = isTrial ? TRIAL_ROUNDS : ROUNDS;
        int at = given.indexOf("--rounds");
        if (at >= 0) {
            rounds = Integer.parseInt(given.get(at + 1));
            given.subList(at, at + 2).clear();
        }
        ExecutorService helpers = Executors.newCachedThreadPool();
        try {
            List<Case> chosen = chosen(cases(helpers), given);
            if (isList) {
                chosen.forEach(each -> System.out.println(each.name()));
                return;
            }
            Compare compare = new Compare(directory, isTrial, rounds);
            for (Case each : chosen) {
                Report.write(directory, each, compare.run(each), isTrial);
            }
        } finally {
            helpers.shutdown();
        }
    }

    private static List<Case> cases(ExecutorService helpers) {
        List<Case> cases = new ArrayList<>(ArchiveCase.all(helpers));
        cases.add(new MemoryCase());
        cases.addAll(TransferCase.all(helpers));
        cases.addAll(EngineCases.all());
        return cases;
    }

    private static List<Case> chosen(List<Case> cases, List<String> names) {
        List<Case> chosen = new ArrayList<>();
        for (Case each : cases) {
            if (names.isEmpty() || names.stream().anyMatch(each.name()::startsWith)) {
                chosen.add(each);
            }
        }
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("no such case: " + names + "; there are "
                    + cases.stream().map(Case::name).toList());
        }
        return chosen;
    }

    private Samples run(Case work) throws IOException {
        Path input = Files.createDirectories(directory.resolve(work.name()).resolve("input"));
        try {
            work.prepare(input, isTrial);
            System.out.println(work.name() + ": " + work.work());
            if (work.rounds(rounds) > 1) {
                long began = System.nanoTime();
                warmUp(work, input);
                System.out.printf(Locale.ROOT, "  warm after %.0f s%n", (System.nanoTime() - began) / 1e9);
            }
            Samples samples = new Samples();
            for (int round = 1; round <= work.rounds(rounds); round++) {
                round(work, input, round, samples);
            }
            for (Target target : work.targets()) {
                System.out.println("  " + target.asked() + ": " + target.verdict(samples, isTrial));
            }
            return samples;
        } finally {
            work.end();
            Command.shell(directory, "rm -rf \"$1\"", work.name());
        }
    }

    /**
     * Reads the data into memory, and repeats what the JVM compiles for until it hardly does: what is compiled beside it takes
     * as much of the processors as a trivial job does, and that for thousands of them.
     */
    private void warmUp(Case work, Path input) throws IOException {
        List<Contestant> cold = new ArrayList<>();
        for (Contestant contestant : work.contestants()) {
            if (!isQuiet(work, contestant, input)) {
                cold.add(contestant);
            }
        }
        long began = System.nanoTime();
        for (int quiet = 0;
                quiet < QUIET_ROUNDS && System.nanoTime() - began < (isTrial ? TRIAL_WARM_NANOS : WARM_NANOS); ) {
            boolean all = true;
            for (Contestant contestant : cold) {
                all &= isQuiet(work, contestant, input);
            }
            quiet = all ? quiet + 1 : 0;
        }
    }

    /** Runs it, and tells whether the JVM had next to nothing to compile meanwhile. */
    private boolean isQuiet(Case work, Contestant contestant, Path input) throws IOException {
        long compiled = COMPILER.getTotalCompilationTime();
        double cpuSeconds = sample(work, contestant, input).cpuSeconds();
        return (COMPILER.getTotalCompilationTime() - compiled) / 1e3 <= cpuSeconds * QUIET;
    }

    private Sample sample(Case work, Contestant contestant, Path input) throws IOException {
        Path output = directory.resolve(work.name()).resolve(work.outputName());
        Sample sample = contestant.run(input, output);
        work.verify(input, output);
        Command.shell(directory, "rm -rf \"$1\"", output.toString());
        return sample;
    }

    private void round(Case work, Path input, int round, Samples samples) throws IOException {
        List<Contestant> order = new ArrayList<>(work.contestants());
        Collections.rotate(order, round);
        for (Contestant contestant : order) {
            Sample sample = sample(work, contestant, input);
            samples.add(contestant.name(), sample);
            System.out.printf(
                    Locale.ROOT,
                    "  round %d %-24s %8.3f s %8.3f CPU s %6.1f MB %,15d bytes%n",
                    round,
                    contestant.name(),
                    sample.seconds(),
                    sample.cpuSeconds(),
                    sample.peakBytes() / 1e6,
                    sample.outputBytes());
        }
    }
}
