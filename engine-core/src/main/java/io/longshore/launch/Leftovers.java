package io.longshore.launch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The second net, for scripts without a living supervisor: what carries the cookie, what is below that, and what shares
 * a session with it. What emptied its environment, left its session and lost its parent is found only as long as the
 * supervisor lives.
 */
final class Leftovers {
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final Duration KILL_TIME = Duration.ofSeconds(5);

    private final Cookie cookie;
    private final Optional<ProcessId> supervisor;
    private final Set<ProcessId> known = new HashSet<>(); // what was found once, whatever becomes of its parent

    /**
     * The leftovers of a launch.
     *
     * @param cookie what marks them
     * @param supervisor its supervisor, as far as it was recorded
     * @param script its script, as far as it was recorded
     */
    Leftovers(Cookie cookie, Optional<ProcessId> supervisor, Optional<ProcessId> script) {
        this.cookie = cookie;
        this.supervisor = supervisor;
        supervisor.ifPresent(known::add);
        script.ifPresent(known::add);
    }

    /** Whether a script of this launch runs; a supervisor alone has not started it yet. */
    static boolean isStarted(Cookie cookie) throws IOException {
        return new Leftovers(cookie, Optional.empty(), Optional.empty())
                .find().stream().anyMatch(process -> !process.isSupervisor());
    }

    /**
     * Asks them to end, waits, forces.
     *
     * @param killAt when to force, by {@link System#nanoTime}; looked at again and again
     * @return the processes that could not be ended, as {@code pid name}
     */
    List<String> end(LongSupplier killAt) throws IOException {
        for (Member process : find()) {
            if (!process.isSupervisor()) {
                process.stat().id().terminate();
            }
        }
        long forcedAt = 0;
        boolean forced = false;
        while (true) {
            List<Member> left = find();
            if (left.isEmpty()) {
                return List.of();
            }
            if (forced && System.nanoTime() - forcedAt > KILL_TIME.toNanos()) {
                return left.stream()
                        .map(process -> process.stat().describe())
                        .sorted()
                        .toList();
            }
            // The supervisor last, as it holds the others together.
            boolean onlySupervisor = left.stream().allMatch(Member::isSupervisor);
            if (onlySupervisor || System.nanoTime() - killAt.getAsLong() >= 0) {
                for (Member process : left) {
                    if (onlySupervisor || !process.isSupervisor()) {
                        process.stat().id().kill();
                    }
                }
                if (!forced) {
                    forced = true;
                    forcedAt = System.nanoTime();
                }
            }
            try {
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while what a script left was being ended");
            }
        }
    }

    /** What is left now, the dead left out. */
    private List<Member> find() throws IOException {
        Map<Long, List<Member>> children = new HashMap<>();
        Map<Long, List<Member>> sessions = new HashMap<>();
        Deque<Member> next = new ArrayDeque<>();
        for (ProcessStat stat : ProcessStat.all()) {
            boolean isSupervisor = supervisor.filter(stat.id()::equals).isPresent()
                    || stat.name().equals(cookie.supervisor());
            Member process = new Member(stat, isSupervisor);
            children.computeIfAbsent(stat.parent(), k -> new ArrayList<>()).add(process);
            sessions.computeIfAbsent(stat.session(), k -> new ArrayList<>()).add(process);
            if (isSupervisor || known.contains(stat.id()) || stat.environment().contains(cookie.ofScript())) {
                next.add(process);
            }
        }
        long ownSession = ProcessStat.of(ProcessHandle.current().pid())
                .map(ProcessStat::session)
                .orElse(0L);
        Set<ProcessId> seen = new HashSet<>();
        List<Member> found = new ArrayList<>();
        while (!next.isEmpty()) {
            Member process = next.poll();
            if (!seen.add(process.stat().id())) {
                continue;
            }
            if (!process.stat().isDead()) {
                found.add(process);
                known.add(process.stat().id());
            }
            next.addAll(children.getOrDefault(process.stat().id().pid(), List.of()));
            // A script has a session of its own. A supervisor that has not detached yet is still in its host's, and a
            // session that is ours too is none of a script, whatever a file says.
            if (!process.isSupervisor() && process.stat().session() != ownSession) {
                next.addAll(sessions.getOrDefault(process.stat().session(), List.of()));
            }
        }
        return found;
    }

    private record Member(ProcessStat stat, boolean isSupervisor) {}
}
