package io.longshore.cli;

import io.longshore.api.Counters;
import io.longshore.api.DataReference;
import io.longshore.api.Engine;
import io.longshore.api.Failure;
import io.longshore.api.Handling;
import io.longshore.api.ItemOutput;
import io.longshore.api.ItemRequest;
import io.longshore.api.Job;
import io.longshore.api.JobEvent;
import io.longshore.api.JobItem;
import io.longshore.api.JobListener;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobRequest;
import io.longshore.api.JobState;
import io.longshore.api.KeepWorkspace;
import io.longshore.api.Limits;
import io.longshore.api.Phase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells the caller how a job goes on, on standard error: phases, transfers, warnings, counters, failed items, and at the end
 * where the output is and how long each phase took. With {@code --json}, warnings and failures alone.
 *
 * <p><b>Threads:</b> thread-safe, as events, the end and an interrupt come on threads of their own.
 */
final class JobView implements JobListener {
    private static final int STEPS = 10;
    private static final int MOST_LINES = 20;

    private final Output err;
    private final boolean quiet;
    private final boolean logsShown;
    private final boolean queued;
    private final Optional<TransferBars> bars;

    // All guarded by this.
    private @Nullable JobRequest request;
    private boolean interrupted;
    private int endedItems;
    private int completedItems;
    private final Map<Integer, Phase> phases = new HashMap<>();
    private final Map<Integer, Integer> warned = new HashMap<>();
    private final Set<Integer> ended = new HashSet<>();

    JobView(Caller caller, boolean quiet, boolean logsShown) {
        // What scripts write would tear a bar.
        this(caller.err(), quiet, logsShown, quiet || logsShown ? OptionalInt.empty() : caller.columns(), false);
    }

    /** A view of what has ended already in the queue. */
    JobView(Output to) {
        this(to, false, false, OptionalInt.empty(), true);
    }

    private JobView(Output err, boolean quiet, boolean logsShown, OptionalInt columns, boolean queued) {
        this.queued = queued;
        this.err = err;
        this.quiet = quiet;
        this.logsShown = logsShown;
        this.bars = columns.isEmpty() ? Optional.empty() : Optional.of(new TransferBars(err, columns.getAsInt()));
    }

    @Override
    public synchronized void onEvent(JobEvent event) {
        if (event instanceof JobEvent.StateChanged changed) {
            request = changed.snapshot().request();
        } else if (event instanceof JobEvent.ItemChanged changed) {
            warn(changed.item());
            if (single()) {
                entered(changed.item());
            } else {
                counted(changed.item());
            }
        } else if (event instanceof JobEvent.Progress progress && single()) {
            bars.ifPresent(b -> b.moved(name(progress.phase()), progress.bytes(), progress.totalBytes()));
        }
    }

    private boolean single() {
        return request != null && isSingle(request);
    }

    private static boolean isSingle(JobRequest request) {
        return request.items().size() == 1 && !request.items().get(0).forEachObject();
    }

    private void line(String text) {
        bars.ifPresent(TransferBars::close);
        err.line(text);
    }

    private void warn(JobItem item) {
        int before = warned.getOrDefault(item.number(), 0);
        for (String warning : item.warnings()
                .subList(
                        Math.min(before, item.warnings().size()),
                        item.warnings().size())) {
            line("warning: " + (single() ? "" : "item " + Text.quoted(item.key()) + ": ") + Text.shown(warning));
        }
        warned.put(item.number(), item.warnings().size());
    }

    private void entered(JobItem item) {
        if (request == null || phases.put(item.number(), item.phase()) == item.phase()) {
            return;
        }
        int inputs = request.items().get(0).inputs().size();
        switch (item.phase()) {
            case STAGE -> {
                if (inputs > 0) {
                    line("staging " + Text.count(inputs, "input"));
                }
            }
            case RUN ->
                line("running " + Text.shown(request.scriptRef().toString())
                        + (item.attempts() > 1 ? ", attempt " + item.attempts() : ""));
            case PUBLISH -> {
                if (request.output().isPresent()
                        && request.output().get().target().handling() != Handling.SCRIPT) {
                    line("publishing the output");
                }
            }
            default -> bars.ifPresent(TransferBars::close);
        }
    }

    private void counted(JobItem item) {
        if (item.outcome().isEmpty() || !ended.add(item.number())) {
            return;
        }
        endedItems++;
        if (item.outcome().get() instanceof JobOutcome.Completed) {
            completedItems++;
        }
        failed(item);
        int total = request == null || request.items().stream().anyMatch(ItemRequest::forEachObject)
                ? 0
                : request.items().size();
        if (bars.isPresent()) {
            bars.get().counted(endedItems, total);
        } else if (total == 0
                ? endedItems % STEPS == 0
                : endedItems * STEPS / total > (endedItems - 1) * STEPS / total) {
            line(completedItems + " completed, " + (endedItems - completedItems) + " failed"
                    + (total == 0 ? "" : ", " + (total - endedItems) + " pending"));
        }
    }

    /** One line an item: it is told when it fails, and not again. */
    private void failed(JobItem item) {
        Optional<Failure> failure = item.outcome().flatMap(JobOutcome::failure);
        if (failure.isPresent()) {
            line("item " + Text.quoted(item.key()) + " failed: "
                    + Text.shown(failure.get().message()));
            stderr(failure.get());
        }
    }

    private void stderr(Failure failure) {
        for (String after : failure.after()) {
            line("  and then: " + Text.shown(after));
        }
        if (!logsShown && !failure.stderr().isEmpty()) {
            line("the script's standard error ended with:");
            err.text(failure.stderr() + (failure.stderr().endsWith("\n") ? "" : "\n"));
        }
    }

    synchronized void interrupted(Duration grace) {
        interrupted = true;
        line("interrupted: ending the script, which has " + Limits.text(grace) + " for it; once more kills it at once");
    }

    synchronized void interruptedAgain() {
        line("interrupted again: killing the script");
    }

    /** The directories that were kept of the items of a job that has ended. */
    static Map<JobItem, Path> workspaces(Engine engine, Job job) {
        Map<JobItem, Path> workspaces = new LinkedHashMap<>();
        if (job.request().keepWorkspace().orElse(KeepWorkspace.NEVER) != KeepWorkspace.NEVER) {
            for (JobItem item : job.items()) {
                engine.findWorkspace(job.id(), item.number()).ifPresent(kept -> workspaces.put(item, kept));
            }
        }
        return workspaces;
    }

    /** The last word: the job has ended, and no event comes any more. */
    synchronized void end(Job job, Map<JobItem, Path> workspaces) {
        bars.ifPresent(TransferBars::close);
        request = job.request();
        job.items().forEach(this::warn);
        // The failure of a job's only item is the job's own, unless its dialect calls such a job completed.
        if (!isSingle(job.request()) || job.state() == JobState.COMPLETED) {
            job.items().stream().filter(item -> ended.add(item.number())).forEach(this::failed);
        }
        outcome(job, QueueCommands.took(job));
        olderOutput(job);
        if (!quiet) {
            outputs(job);
        }
        lines(
                workspaces.entrySet().stream()
                        .map(kept -> kept(kept.getKey(), kept.getValue()))
                        .toList(),
                "workspace");
        if (!quiet) {
            phases(job);
        }
    }

    /** A file that stands where nothing was written to would be taken for the output. */
    private void olderOutput(Job job) {
        if (job.state() == JobState.COMPLETED
                && job.items().stream().allMatch(item -> item.outputs().isEmpty())) {
            job.request()
                    .output()
                    .flatMap(output -> output.target().location(DataReference.PATH))
                    .filter(file -> Files.exists(Path.of(file)))
                    .ifPresent(file -> line("warning: no output: nothing was written to " + Text.quoted(file)
                            + ", and the file there is older"));
        }
    }

    private String kept(JobItem item, Path workspace) {
        boolean unpublished = item.outcome()
                .flatMap(JobOutcome::failure)
                .filter(failure -> failure.phase() == Phase.PUBLISH)
                .isPresent();
        return unpublished
                ? "not published, and kept until you remove it"
                        + (queued ? " or longshore retry-publish publishes it: " : ": ")
                        + Text.shown(workspace.resolve("output").toString())
                : "workspace: " + Text.shown(workspace.toString());
    }

    private void outcome(Job job, Duration took) {
        String after = " after " + Text.duration(took);
        Counters counters = job.counters();
        String items = isSingle(job.request())
                ? ""
                : ": " + counters.completed() + " of " + Text.count(counters.total(), "item") + " completed, "
                        + counters.failed() + " failed";
        if (job.state() == JobState.COMPLETED) {
            if (!quiet) {
                line("completed" + after + items);
            }
            return;
        }
        String word = job.state() == JobState.TIMED_OUT
                ? "timed out"
                : job.state() == JobState.CANCELED ? (interrupted ? "interrupted" : "canceled") : "failed";
        Optional<Failure> cause = job.outcome().flatMap(JobOutcome::failure);
        line(word
                + after
                + items
                + cause.map(c -> ": " + Text.shown(c.message())).orElse(""));
        if (isSingle(job.request())) {
            cause.ifPresent(this::stderr);
        }
    }

    private void outputs(Job job) {
        List<String> lines = new ArrayList<>();
        for (JobItem item : job.items()) {
            for (ItemOutput output : item.outputs()) {
                lines.add("output: " + where(job.request(), output) + " (" + Text.size(output.sizeBytes()) + ")");
            }
        }
        lines(lines, "output");
    }

    private void lines(List<String> lines, String noun) {
        lines.stream().limit(MOST_LINES).forEach(this::line);
        if (lines.size() > MOST_LINES) {
            line("and " + Text.count(lines.size() - MOST_LINES, "more " + noun));
        }
    }

    private static String where(JobRequest request, ItemOutput output) {
        DataReference target = request.output().orElseThrow().target();
        String name = Text.shown(output.name());
        return switch (target.type()) {
            case "file" -> name;
            case "data_asset" -> "asset " + Text.quoted(output.name()) + ", " + Text.shown(output.href());
            default -> Text.shown(output.href());
        };
    }

    private void phases(Job job) {
        Map<Phase, Duration> total = new EnumMap<>(Phase.class);
        for (JobItem item : job.items()) {
            item.durations().forEach((phase, duration) -> total.merge(phase, duration, Duration::plus));
        }
        List<String> parts = new ArrayList<>();
        total.forEach((phase, duration) -> {
            if (phase != Phase.DONE) {
                parts.add(name(phase) + " " + Text.duration(duration));
            }
        });
        if (!parts.isEmpty()) {
            line(String.join(", ", parts) + (isSingle(job.request()) ? "" : " (all items together)"));
        }
    }

    private static String name(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }
}
