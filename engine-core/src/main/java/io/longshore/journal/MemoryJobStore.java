package io.longshore.journal;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** Jobs in memory; they end with the host process. */
public final class MemoryJobStore implements JobStore {
    private static final class Entry {
        JobRecord job;
        final Deployment deployment;
        final long sequence;
        final List<ItemRecord> items;
        boolean claimed;

        Entry(JobRecord job, Deployment deployment, long sequence, List<ItemRecord> items) {
            this.job = job;
            this.deployment = deployment;
            this.sequence = sequence;
            this.items = new ArrayList<>(items);
        }
    }

    /** The queued jobs of one deployment, in the order of their turn, and how many of its jobs are claimed. */
    private static final class Deployment {
        final NavigableSet<Entry> queued = new TreeSet<>(Comparator.<Entry>comparingInt(entry -> -entry.job.priority())
                .thenComparingLong(entry -> entry.sequence));
        int claimed;
    }

    private final List<Runnable> wakes = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();
    // All guarded by lock.
    private final LinkedHashMap<JobId, Entry> jobs = new LinkedHashMap<>();
    private final Map<String, Entry> byKey = new HashMap<>();
    private final LinkedHashMap<String, Deployment> deployments = new LinkedHashMap<>(); // in the order of their turns
    private final ArrayDeque<Entry> ended = new ArrayDeque<>(); // in the order of their ends
    private long nextSequence;

    /** A store without jobs. */
    public MemoryJobStore() {}

    @Override
    public boolean isDurable() {
        return false;
    }

    @Override
    public JobRecord create(JobRecord job, List<ItemRecord> items) {
        synchronized (lock) {
            Entry earlier = job.key().map(byKey::get).orElse(null);
            if (earlier != null) {
                return earlier.job;
            }
            Deployment deployment = deployments.computeIfAbsent(job.deployment(), d -> new Deployment());
            Entry entry = new Entry(job, deployment, nextSequence++, items);
            jobs.put(job.id(), entry);
            job.key().ifPresent(key -> byKey.put(key, entry));
            deployment.queued.add(entry);
        }
        wake();
        return job;
    }

    @Override
    public Optional<JobRecord> find(JobId id) {
        synchronized (lock) {
            return Optional.ofNullable(jobs.get(id)).map(entry -> entry.job);
        }
    }

    @Override
    public List<ItemRecord> items(JobId id) {
        synchronized (lock) {
            Entry entry = jobs.get(id);
            return entry == null ? List.of() : List.copyOf(entry.items);
        }
    }

    @Override
    public List<JobRecord> list(int limit) {
        synchronized (lock) {
            List<JobRecord> all = new ArrayList<>(jobs.size());
            jobs.values().forEach(entry -> all.add(entry.job));
            Collections.reverse(all);
            return List.copyOf(all.subList(0, Math.min(limit, all.size())));
        }
    }

    @Override
    public Optional<JobRecord> claim(int limit) {
        synchronized (lock) {
            for (Map.Entry<String, Deployment> each : deployments.entrySet()) {
                Deployment deployment = each.getValue();
                if (deployment.claimed < limit && !deployment.queued.isEmpty()) {
                    Entry entry = deployment.queued.pollFirst();
                    entry.claimed = true;
                    deployment.claimed++;
                    deployments.remove(each.getKey()); // its next turn comes after the others'
                    deployments.put(each.getKey(), deployment);
                    return Optional.of(entry.job);
                }
            }
            return Optional.empty();
        }
    }

    @Override
    public boolean update(JobRecord next) {
        synchronized (lock) {
            Entry entry = jobs.get(next.id());
            if (entry == null || entry.job.version() + 1 != next.version()) {
                return false;
            }
            if (entry.job.state().isTerminal()) {
                throw new IllegalStateException("job " + next.id() + " has ended and never changes");
            }
            Deployment deployment = entry.deployment;
            if (next.state() != JobState.QUEUED && !entry.claimed) {
                deployment.queued.remove(entry);
            }
            entry.job = next;
            if (next.state().isTerminal()) {
                ended.add(entry);
                if (entry.claimed) {
                    entry.claimed = false;
                    deployment.claimed--;
                }
                if (deployment.claimed == 0 && deployment.queued.isEmpty()) {
                    deployments.remove(next.deployment());
                }
            }
        }
        if (next.state().isTerminal()) {
            wake();
        }
        return true;
    }

    @Override
    public boolean update(ItemRecord next) {
        synchronized (lock) {
            Entry entry = jobs.get(next.key().job());
            if (entry == null || next.key().number() >= entry.items.size()) {
                return false;
            }
            if (entry.items.get(next.key().number()).version() + 1 != next.version()) {
                return false;
            }
            entry.items.set(next.key().number(), next);
            return true;
        }
    }

    @Override
    public boolean add(List<ItemRecord> items) {
        synchronized (lock) {
            for (ItemRecord item : items) {
                Entry entry = jobs.get(item.key().job());
                if (entry == null || entry.job.state().isTerminal()) {
                    return false;
                }
                if (entry.items.size() != item.key().number()) {
                    throw new IllegalArgumentException("item numbers have a gap: " + item.key());
                }
                entry.items.add(item);
            }
            return true;
        }
    }

    @Override
    public List<JobId> prune(Instant before, int newest) {
        synchronized (lock) {
            List<JobId> pruned = new ArrayList<>();
            Iterator<Entry> oldestFirst = ended.iterator();
            while (oldestFirst.hasNext()) {
                Entry entry = oldestFirst.next();
                boolean old = entry.job.endedAt().map(at -> at.isBefore(before)).orElse(false);
                if (!old && (newest < 0 || ended.size() <= newest)) {
                    break;
                }
                oldestFirst.remove();
                jobs.remove(entry.job.id());
                entry.job.key().ifPresent(byKey::remove);
                pruned.add(entry.job.id());
            }
            return pruned;
        }
    }

    @Override
    public void onWake(Runnable wake) {
        wakes.add(wake);
    }

    @Override
    public void close() {}

    private void wake() {
        wakes.forEach(Runnable::run);
    }
}
