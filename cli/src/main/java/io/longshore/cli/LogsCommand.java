package io.longshore.cli;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.LogPart;
import io.longshore.api.LogStream;
import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** {@code longshore logs}: what the script of one item wrote, byte for byte, whoever runs it. */
final class LogsCommand {
    static final Supplier<Syntax> LOGS = () -> new Syntax(
                    "longshore logs",
                    List.of("[-f] ID [--stderr] [--item N] [--space DIR]"),
                    "Prints what the script of a job wrote to its standard output, and nothing else; of a script that"
                            + " ran again, its newest run. Where the middle of a long log was left out, standard error"
                            + " says so.")
            .job()
            .flag("-f, --follow", "Go on as it writes, until the job ends.")
            .flag("--stderr", "Its standard error instead.")
            .option("--item", "N", "The item, by its number from 0; a job of several has no other way.");

    private static final int READ_BYTES = 64 * 1024;
    private static final int LOOK_MILLIS = 100;

    private final Engine engine;
    private final Output out;
    private final Output err;
    private final JobId id;
    private final int item;
    private final LogStream stream;

    private int attempt;
    private long offset;

    private LogsCommand(Engine engine, Output out, Output err, JobId id, int item, LogStream stream) {
        this.engine = engine;
        this.out = out;
        this.err = err;
        this.id = id;
        this.item = item;
        this.stream = stream;
    }

    static int logs(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = LOGS.get();
        Optional<Syntax.Given> parsed = syntax.parse(arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        Syntax.Given given = parsed.get();
        String id = given.requireParameter(0);
        try (JobQueue queue = JobQueue.open(caller, Home.open(caller))) {
            Job job = queue.require(id);
            LogsCommand logs = new LogsCommand(
                    queue.engine(),
                    caller.out(),
                    caller.err(),
                    job.id(),
                    item(job, given.option("--item")),
                    given.flag("--stderr") ? LogStream.STDERR : LogStream.STDOUT);
            if (given.flag("--follow")) {
                logs.follow();
            } else {
                logs.show();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody else interrupts this thread but who wants it to end
        } catch (NoSuchElementException e) {
            // the job was one too many just now, and its logs are gone with it
        }
        return Main.COMPLETED;
    }

    private static int item(Job job, Optional<String> given) {
        boolean listed = !job.items().isEmpty() || job.state().isTerminal(); // else a folder's, which nobody knows yet
        int items = job.items().size();
        if (given.isEmpty()) {
            if (items != 1 && (items > 1 || !job.state().isTerminal())) {
                throw new RefusedException(
                        "--item is missing: the job has several" + (listed ? ", numbered 0 to " + (items - 1) : ""));
            }
            return 0;
        }
        String text = given.get();
        int item = text.matches("\\d{1,9}") ? Integer.parseInt(text) : -1;
        if (item < 0 || (listed && item >= items)) {
            throw new RefusedException("--item is no number of an item"
                    + (listed ? ", of which there are " + items + ", from 0" : "") + ": " + Text.quoted(text));
        }
        return item;
    }

    private void follow() throws IOException, InterruptedException {
        CompletableFuture<Job> end = engine.whenEnded(id);
        boolean read = true;
        while (read) {
            boolean over = end.isDone(); // before the look, which then is at all there is
            read = show() && !over;
            try {
                Job unused = end.get(over || !read ? 0 : LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // it goes on
            } catch (ExecutionException e) {
                throw new IllegalStateException("job " + id + " has no end", e);
            }
        }
    }

    /** Prints what is new; says whether anybody reads it. */
    private boolean show() throws IOException {
        Job job = engine.find(id).orElseThrow();
        if (item >= job.items().size()) {
            return true;
        }
        if (attempt != job.items().get(item).attempts()) {
            attempt = job.items().get(item).attempts();
            offset = 0;
        }
        while (true) {
            LogPart part = engine.readLog(id, item, stream, offset, READ_BYTES);
            if (part.offset() > offset) {
                err.line(Text.leftOut(part.offset() - offset));
            }
            offset = part.nextOffset();
            if (part.isEmpty()) {
                return true;
            }
            if (!out.bytes(part.bytes(), part.bytes().length)) {
                return false;
            }
        }
    }
}
