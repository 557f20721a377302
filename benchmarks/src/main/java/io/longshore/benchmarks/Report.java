package io.longshore.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** What was measured, as a page of Markdown. */
final class Report {
    private final StringBuilder summary = new StringBuilder();
    private final StringBuilder raw = new StringBuilder();
    private final boolean isTrial;

    Report(boolean isTrial) {
        this.isTrial = isTrial;
    }

    void add(Case work, Samples samples) {
        summary.append("\n## %s: %s\n\n".formatted(work.name(), work.work()));
        summary.append("| | wall s | CPU s | peak MB | size | wall, peer : ours | CPU, peer : ours |\n");
        summary.append("|---|--:|--:|--:|--:|--:|--:|\n");
        String ours = work.contestants().get(0).name();
        for (Contestant contestant : work.contestants()) {
            String name = contestant.name();
            summary.append(String.format(
                    Locale.ROOT,
                    "| %s | %.3f | %.3f | %.0f | %,.0f | %.2f | %.2f |%n",
                    name.replace("|", "\\|"),
                    samples.median(name, Sample::seconds),
                    samples.median(name, Sample::cpuSeconds),
                    samples.median(name, Sample::peakBytes) / 1e6,
                    samples.median(name, Sample::outputBytes),
                    samples.ratio(name, ours, Sample::seconds),
                    samples.ratio(name, ours, Sample::cpuSeconds)));
        }
        if (!work.targets().isEmpty()) {
            summary.append('\n');
        }
        for (Target target : work.targets()) {
            summary.append("- %s: %s\n".formatted(target.asked(), target.verdict(samples)));
        }
        raw.append("\n%s\n".formatted(work.name()));
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
    }

    String text() throws IOException {
        return "# Measured\n\nMade by `benchmarks/compare`"
                + (isTrial ? ", **in quick mode: a tenth of the data, too few rounds**" : "")
                + ". Medians over rounds in which all contestants ran in turn; ratios are medians of the rounds' ratios."
                + " Every result was read back by another program. Size is in bytes, peak the resident memory of the largest"
                + " process; ours is that of the JVM. What the engine's supervisors and scripts take is in its CPU seconds.\n\n"
                + machine()
                + summary
                + "\n## Raw numbers\n\nWall s / CPU s / that of the measuring JVM, where told apart / peak MB / bytes, round by round.\n\n```text"
                + raw
                + "```\n";
    }

    private static String machine() throws IOException {
        return Command.shell(
                        Path.of("."),
                        """
                echo "- $(nproc) processors, $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)"
                echo "- $(sed -n 's/^MemTotal: *//p' /proc/meminfo) of memory, $(uname -sr), load $(cut -d ' ' -f 1 /proc/loadavg)"
                echo "- $(dpkg-query -W -f '${Package} ${Version}; ' $1)"
                """,
                        "zip pigz zstd p7zip-full python3 perl libdeflate0 awscli rclone snakemake cwltool")
                + "- "
                + System.getProperty("java.vm.name")
                + " "
                + System.getProperty("java.vm.version")
                + "\n";
    }
}
