package io.longshore.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What was measured of a case: {@code NAME.table}, a section of a page of Markdown, and {@code NAME.raw}, its numbers. The page
 * around them is made by {@code benchmarks/compare}.
 */
final class Report {
    private Report() {}

    static void write(Path directory, Case work, Samples samples, boolean isTrial) throws IOException {
        Files.writeString(directory.resolve(work.name() + ".table"), table(work, samples, isTrial));
        Files.writeString(directory.resolve(work.name() + ".raw"), raw(work, samples));
    }

    private static String table(Case work, Samples samples, boolean isTrial) {
        StringBuilder table = new StringBuilder(
                "\n## %s: %s%s\n\n".formatted(work.name(), isTrial ? "a part of: " : "", work.work()));
        table.append("| | wall s | CPU s | peak MB | size | wall, peer : ours | CPU, peer : ours |\n");
        table.append("|---|--:|--:|--:|--:|--:|--:|\n");
        String ours = work.contestants().get(0).name();
        for (Contestant contestant : work.contestants()) {
            String name = contestant.name();
            double size = samples.median(name, Sample::outputBytes);
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %.3f | %.3f | %.0f | %s | %.2f | %.2f |%n",
                    name.replace("|", "\\|"),
                    samples.median(name, Sample::seconds),
                    samples.median(name, Sample::cpuSeconds),
                    samples.median(name, Sample::peakBytes) / 1e6,
                    size == 0 ? "" : String.format(Locale.ROOT, "%,.0f", size),
                    samples.ratio(name, ours, Sample::seconds),
                    samples.ratio(name, ours, Sample::cpuSeconds)));
        }
        if (!work.targets().isEmpty()) {
            table.append('\n');
        }
        for (Target target : work.targets()) {
            table.append("- %s: %s\n".formatted(target.asked(), target.verdict(samples, isTrial)));
        }
        return table.toString();
    }

    private static String raw(Case work, Samples samples) {
        StringBuilder raw = new StringBuilder("\n%s\n".formatted(work.name()));
        for (Contestant contestant : work.contestants()) {
            raw.append("  %s:".formatted(contestant.name()));
            for (Sample sample : samples.of(contestant.name())) {
                raw.append(String.format(
                        Locale.ROOT,
                        " %.3f/%.3f/%.3f/%.1f/%d",
                        sample.seconds(),
                        sample.cpuSeconds(),
                        sample.jvmSeconds(),
                        sample.peakBytes() / 1e6,
                        sample.outputBytes()));
            }
            raw.append('\n');
        }
        return raw.toString();
    }
}
