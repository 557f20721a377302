package io.longshore.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.longshore.api.Counters;
import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobId;
import io.longshore.api.JobItem;
import io.longshore.api.JobOutcome;
import io.longshore.api.JobRequest;
import io.longshore.api.Script;
import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code longshore submit}, {@code jobs}, {@code show}, {@code cancel}, {@code retry-publish}: the queue, without running it. */
final class QueueCommands {
    static final Supplier<Syntax> SUBMIT = () -> new Syntax(
                    "longshore submit",
                    List.of("JOB.json|- [--key K] [--timeout D] [--space DIR] [--script FILE [-- ARG...]]"),
                    "Puts the job that a document asks for, a WML deployment job or a Modzy submission, into the home's"
                            + " queue, and prints its id. A worker runs it: see longshore work.")
            .parameter("JOB.json", "A job document, or - for standard input.")
            .option("--script", "FILE", "The script: Python for .py, else what its #! line names.")
            .option("--key", "K", "A name of your own: submitting with it again gives the first job.")
            .option("--timeout", "D", "How long the job may take, such as 500ms, 3s, 2m or 1h.")
            .space()
            .footer("", "Arguments after -- reach the script as they are.");

    static final Supplier<Syntax> JOBS = () -> new Syntax(
                    "longshore jobs",
                    List.of("[--json] [--space DIR]"),
                    "Lists the jobs of the home's queue, newest first: id, state, when it was submitted, how many of its"
                            + " items completed, name and script.")
            .flag("--json", "Print an array of objects.")
            .rememberedSpace();

    static final Supplier<Syntax> SHOW =
            () -> new Syntax("longshore show", List.of("ID [--json] [--space DIR]"), "Shows a job as it is now.")
                    .job()
                    .flag("--json", "Print the status document in the form that the job was submitted in.");

    static final Supplier<Syntax> CANCEL = () -> new Syntax(
                    "longshore cancel",
                    List.of("ID [--space DIR]"),
                    "Asks for a job's end and waits for it: its script, and what that started, get a TERM, ten seconds,"
                            + " and a KILL. A job whose worker is gone is ended from here. One that has ended stays as"
                            + " it is.")
            .job();

    static final Supplier<Syntax> RETRY_PUBLISH = () -> new Syntax(
                    "longshore retry-publish",
                    List.of("ID [--space DIR]"),
                    "Publishes what a job's script wrote and could not be published, without running it again: puts a"
                            + " job for that into the queue, and prints its id. A worker runs it.")
            .job();

    private static final int MOST_ITEMS = 20;
    private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

    private QueueCommands() {}

    static int submit(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = SUBMIT.get();
        Optional<JobArguments> parsed = JobArguments.parse(caller, syntax, arguments);
        if (parsed.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        Syntax.Given given = parsed.get().given();
        Optional<Duration> timeout = parsed.get().timeout();
        Optional<Script> script = parsed.get().script();
        String document = parsed.get().document(given.requireParameter(0));
        Home home = Home.open(caller);
        LocalSpace space = home.space(caller, given.option("--space"));
        try (JobQueue queue = JobQueue.open(caller, home, space)) {
            JobRequest.Builder request = JobArguments.request(queue.engine(), document, script, timeout).toBuilder();
            given.option("--key").ifPresent(request::key);
            Job job = queue.submit(space, request.build());
            caller.out().line(job.id().value());
        }
        return Main.COMPLETED;
    }

    // ---- jobs

    static int jobs(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = JOBS.get();
        Optional<Syntax.Given> given = syntax.parse(arguments);
        if (given.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        try (JobQueue queue = JobQueue.open(caller, Home.open(caller))) {
            List<Job> jobs = queue.engine().list();
            caller.out().text(given.get().flag("--json") ? json(jobs) : table(jobs));
        }
        return Main.COMPLETED;
    }

    static String state(Job job) {
        return job.state().name().toLowerCase(Locale.ROOT);
    }

    private static String json(List<Job> jobs) {
        ArrayNode array = new ObjectMapper().createArrayNode();
        for (Job job : jobs) {
            ObjectNode object = array.addObject();
            object.put("id", job.id().value());
            object.put("state", state(job));
            object.put("name", job.request().name().orElse(null));
            object.put("deployment", job.script().ref().id());
            object.put("version", job.script().ref().version().orElse(null));
            object.put("created_at", job.createdAt().toString());
            object.put("running_at", job.runningAt().map(Instant::toString).orElse(null));
            object.put("ended_at", job.endedAt().map(Instant::toString).orElse(null));
            Counters counters = job.counters();
            object.put("total", counters.total());
            object.put("pending", counters.pending());
            object.put("completed", counters.completed());
            object.put("failed", counters.failed());
        }
        return array.toPrettyString() + "\n";
    }

    private static String table(List<Job> jobs) {
        List<String> counters = jobs.stream().map(QueueCommands::counted).toList();
        int width = counters.stream().mapToInt(String::length).max().orElse(0);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < jobs.size(); i++) {
            Job job = jobs.get(i);
            lines.append(job.id())
                    .append(String.format("  %-9s  ", state(job)))
                    .append(job.createdAt().truncatedTo(ChronoUnit.SECONDS))
                    .append("  ")
                    .append(counters.get(i))
                    .append(" ".repeat(width - counters.get(i).length() + 2))
                    .append(named(job))
                    .append('\n');
        }
        return lines.toString();
    }

    private static String counted(Job job) {
        Counters counters = job.counters();
        return counters.completed() + "/" + counters.total()
                + (counters.failed() == 0 ? "" : ", " + counters.failed() + " failed");
    }

    private static String named(Job job) {
        String script = Text.shown(job.script().ref().toString());
        return job.request()
                .name()
                .map(name -> Text.shown(name) + " (" + script + ")")
                .orElse(script);
    }

    // ---- show

    static int show(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = SHOW.get();
        Optional<Syntax.Given> given = syntax.parse(arguments);
        if (given.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        String id = given.get().requireParameter(0);
        try (JobQueue queue = JobQueue.open(caller, Home.open(caller))) {
            Job job = queue.require(id);
            if (given.get().flag("--json")) {
                caller.out().line(queue.engine().document(job.id()));
            } else {
                show(caller.out(), queue.engine(), job);
            }
        }
        return Main.COMPLETED;
    }

    private static void show(Output out, Engine engine, Job job) {
        out.line("job " + job.id() + ": " + named(job));
        out.line(state(job) + ", submitted " + job.createdAt().truncatedTo(ChronoUnit.SECONDS)
                + job.runningAt()
                        .map(at -> ", running since " + at.truncatedTo(ChronoUnit.SECONDS))
                        .filter(said -> job.endedAt().isEmpty())
                        .orElse("")
                + job.endedAt()
                        .map(at -> ", ended " + at.truncatedTo(ChronoUnit.SECONDS))
                        .orElse(""));
        if (job.items().size() > 1) {
            job.items().stream().limit(MOST_ITEMS).forEach(item -> out.line(shown(item)));
            if (job.items().size() > MOST_ITEMS) {
                out.line("and " + Text.count(job.items().size() - MOST_ITEMS, "more item"));
            }
        }
        if (job.endedAt().isPresent()) {
            new JobView(out).end(job, JobView.workspaces(engine, job));
        }
    }

    /** How long a job that has ended ran, its time in the queue left out. */
    static Duration took(Job job) {
        return Duration.between(
                job.runningAt().orElse(job.createdAt()), job.endedAt().orElseThrow());
    }

    private static String shown(JobItem item) {
        String state = item.outcome()
                .map(outcome -> outcome instanceof JobOutcome.Completed ? "completed" : "failed")
                .orElseGet(() -> item.phase().name().toLowerCase(Locale.ROOT));
        return "item " + item.number() + " " + Text.quoted(item.key()) + ": " + state;
    }

    // ---- cancel

    static int cancel(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = CANCEL.get();
        Optional<Syntax.Given> given = syntax.parse(arguments);
        if (given.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        String id = given.get().requireParameter(0);
        try (JobQueue queue = JobQueue.open(caller, Home.open(caller))) {
            Job job = queue.require(id);
            if (job.state().isTerminal()) {
                caller.err().line("job " + id + " had ended before: " + state(job));
            } else {
                caller.err().line("job " + id + " has ended: " + state(end(queue.engine(), job.id())));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody else interrupts this thread but who wants it to end
            return Main.INTERRUPTED;
        } catch (NoSuchElementException e) {
            caller.err().line("job " + id + " has ended, and is not kept any more");
        }
        return Main.COMPLETED;
    }

    /** Asks again and again: its worker may be gone by then, or think that somebody else ends it. */
    private static Job end(Engine engine, JobId id) throws InterruptedException {
        Job job = engine.cancel(id);
        while (!job.state().isTerminal()) {
            job = engine.await(id, ASK_AGAIN);
            if (!job.state().isTerminal()) {
                job = engine.cancel(id);
            }
        }
        return job;
    }

    // ---- retry-publish

    static int retryPublish(Caller caller, List<String> arguments) throws IOException {
        Syntax syntax = RETRY_PUBLISH.get();
        Optional<Syntax.Given> given = syntax.parse(arguments);
        if (given.isEmpty()) {
            caller.out().text(syntax.help());
            return Main.COMPLETED;
        }
        try (JobQueue queue = JobQueue.open(caller, Home.open(caller))) {
            Job job = queue.require(given.get().requireParameter(0));
            caller.out().line(queue.engine().retryPublish(job.id()).id().value());
        } catch (IllegalStateException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        }
        return Main.COMPLETED;
    }
}
