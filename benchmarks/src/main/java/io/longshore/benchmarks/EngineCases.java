package io.longshore.benchmarks;

import java.util.List;

/** What the engine itself costs. */
final class EngineCases {
    private EngineCases() {}

    static List<Case> all() {
        return List.of(
                new TrivialJobsCase(),
                new StartCase(),
                new LogCase(),
                new ColdRunCase(),
                new QueueCase(false),
                new QueueCase(true),
                new SleepingScriptsCase(),
                new HistoryCase());
    }
}
