package io.longshore.cli;

import java.util.Locale;
import java.util.OptionalLong;
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

    TransferBars(Output err, int columns) {
        this.err = err;
        this.columns = columns;
    }

    /** Bytes of a transfer moved. */
    void moved(String name, long bytes, OptionalLong totalBytes) {
        long expected = totalBytes.orElse(KIB * KIB);
        ProgressBar shown = expected < 64 * KIB
                ? bar(name, " bytes", 1)
                : expected < 64 * KIB * KIB ? bar(name, " KiB", KIB) : bar(name, " MiB", KIB * KIB);
        shown.maxHint(totalBytes.orElse(-1));
        shown.stepTo(bytes);
    }

    /** Items ended; a total of 0 is not known. */
    void counted(int ended, int total) {
        ProgressBar shown = bar("items", "", 1);
        shown.maxHint(total == 0 ? -1 : total);
        shown.stepTo(ended);
    }

    private ProgressBar bar(String name, String unit, long unitSize) {
        ProgressBar current = bar;
        if (current == null || !task.equals(name)) {
            close();
            current = new ProgressBarBuilder()
                    .setTaskName(String.format(Locale.ROOT, "%-8s", name))
                    .setInitialMax(-1)
                    .setUnit(unit, unitSize)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(EVERY_MILLIS)
                    // The last column stays free, where some terminals would begin a new line.
                    .setConsumer(new DelegatingProgressBarConsumer(text -> err.text("\r" + text), columns - 1))
                    .build();
            bar = current;
            task = name;
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
