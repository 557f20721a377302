package io.longshore.cli;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Progress bars on a terminal, one at a time. The caller guards it. */
final class TransferBars {
    private static final int EVERY_MILLIS = 100;
    private static final long KIB = 1024;

    private final Output err;
    private final int columns;
    private @Nullable ProgressBar bar;
    private String task = "";
    private boolean counter;

    TransferBars(Output err, int columns) {
        this.err = err;
        this.columns = columns;
    }

    /** Bytes of a transfer moved. */
    void moved(String name, long bytes, OptionalLong totalBytes) {
        if (totalBytes.isEmpty()) {
            bar(name, counter(name, Text::size)).stepTo(bytes);
            return;
        }
        long expected = totalBytes.getAsLong();
        ProgressBar shown = expected < 64 * KIB
                ? bar(name, scale(expected, " bytes", 1))
                : expected < 64 * KIB * KIB
                        ? bar(name, scale(expected, " KiB", KIB))
                        : bar(name, scale(expected, " MiB", KIB * KIB));
        shown.maxHint(expected);
        shown.stepTo(bytes);
    }

    /** Items ended; a total of 0 is not known. */
    void counted(int ended, int total) {
        if (total == 0) {
            bar("items", counter("items", Long::toString)).stepTo(ended);
            return;
        }
        ProgressBar shown = bar("items", scale(total, "", 1));
        shown.maxHint(total);
        shown.stepTo(ended);
    }

    /** How a bar looks, which is settled when it appears. */
    private record Look(boolean isCounter, UnaryOperator<ProgressBarBuilder> chosen) {}

    private static Look scale(long end, String unit, long unitSize) {
        return new Look(false, builder -> builder.setInitialMax(end).setUnit(unit, unitSize));
    }

    /** What has no end that is known fills no bar: it is counted, always as wide. */
    private static Look counter(String name, LongFunction<String> said) {
        return new Look(
                true,
                builder -> builder.setInitialMax(-1)
                        .setRenderer((progress, length) ->
                                String.format(Locale.ROOT, "%-8s %10s", name, said.apply(progress.getCurrent()))));
    }

    private ProgressBar bar(String name, Look look) {
        ProgressBar current = bar;
        if (current == null || !task.equals(name) || counter != look.isCounter()) {
            close();
            current = look.chosen()
                    .apply(new ProgressBarBuilder())
                    .setTaskName(String.format(Locale.ROOT, "%-8s", name))
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(EVERY_MILLIS)
                    // The last column stays free, where some terminals would begin a new line.
                    .setConsumer(new DelegatingProgressBarConsumer(text -> err.text("\r" + text), columns - 1))
                    .build();
            bar = current;
            task = name;
            counter = look.isCounter();
        }
        return current;
    }

    /** Leaves the bar as it is, and goes to the next line; a no-op without a bar. */
    void close() {
        if (bar != null) {
            bar.close();
            err.text("\n");
            bar = null;
        }
    }
}
