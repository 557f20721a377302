package io.longshore.journal;

import io.longshore.api.JobId;
import io.longshore.api.JobState;
import io.longshore.spi.ItemRecord;
import io.longshore.spi.JobRecord;
import io.longshore.spi.JobStore;
import io.longshore.spi.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Jobs in memory; they end with the host process. Leases do not run out, as all owners are in this process. */
public final class MemoryJobStore implements JobStore {
    private static final class Entry {
        JobRecord job;
        final Deployment deployment;
        final long sequence;
        final List<ItemRecord> items;
        boolean claimed; // counted against its deployment's limit

        @Nullable
        Owner owner;

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
    private final NavigableSet<Entry> limited = // the queued jobs that have deadlines
            new TreeSet<>(Comparator.comparing(MemoryJobStore::deadline).thenComparingLong(entry -> entry.sequence));
    private final Set<Entry> claimed = new LinkedHashSet<>(); // in the order of their first claims
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
            if (job.deadline().isPresent()) {
                limited.add(entry);
            }
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
    public void keepAlive(Owner owner, Duration lease) {}

    @Override
    public Optional<JobRecord> claim(Owner owner, int limit) {
        synchronized (lock) {
            for (Map.Entry<String, Deployment> each : deployments.entrySet()) {
                Deployment deployment = each.getValue();
                if (deployment.claimed < limit && !deployment.queued.isEmpty()) {
                    deployments.remove(each.getKey()); // its next turn comes after the others'
                    deployments.put(each.getKey(), deployment);
                    return Optional.of(claim(deployment.queued.first(), owner));
                }
            }
            return Optional.empty();
        }
    }

    @Override
    public Optional<JobRecord> claim(Owner owner, JobId id, Predicate<Owner> gone) {
        synchronized (lock) {
            Entry entry = jobs.get(id);
            return entry == null || entry.job.state().isTerminal() || !isFree(entry, owner, gone)
                    ? Optional.empty()
                    : Optional.of(claim(entry, owner));
        }
    }

    private static boolean isFree(Entry entry, Owner claimant, Predicate<Owner> gone) {
        Owner holder = entry.owner;
        return holder == null || (!holder.equals(claimant) && gone.test(holder));
    }

    private static Instant deadline(Entry entry) {
        return entry.job.deadline().orElseThrow();
    }

    private void leaveQueue(Entry entry) {
        entry.deployment.queued.remove(entry);
        if (entry.job.deadline().isPresent()) {
            limited.remove(entry);
        }
    }

    private JobRecord claim(Entry entry, Owner owner) {
        leaveQueue(entry);
        if (!entry.claimed) {
            entry.claimed = true;
            entry.deployment.claimed++;
            claimed.add(entry);
        }
        entry.owner = owner;
        entry.job = entry.job.inEpoch(entry.job.epoch() + 1);
        return entry.job;
    }

    @Override
    public List<JobRecord> takeOver(Owner owner, Predicate<Owner> gone) {
        synchronized (lock) {
            List<JobRecord> taken = new ArrayList<>();
            for (Entry entry : claimed) {
                if (isFree(entry, owner, gone)) {
                    taken.add(claim(entry, owner));
                }
            }
            return taken;
        }
    }

    @Override
    public void release(Owner owner) {
        synchronized (lock) {
            for (Entry entry : claimed) {
                if (owner.equals(entry.owner)) {
                    entry.owner = null;
                }
            }
        }
        wake();
    }

    @Override
    public boolean holds(JobId id, long epoch) {
        synchronized (lock) {
            Entry entry = jobs.get(id);
            return entry != null && entry.job.epoch() == epoch;
        }
    }

    @Override
    public boolean requestCancel(JobId id) {
        synchronized (lock) {
            Entry entry = jobs.get(id);
            if (entry == null || entry.job.state().isTerminal()) {
                return false;
            }
            entry.job = entry.job.withCancelRequested();
        }
        wake();
        return true;
    }

    @Override
    public List<JobId> cancelRequests(Owner owner) {
        synchronized (lock) {
            return claimed.stream()
                    .filter(entry -> owner.equals(entry.owner) && entry.job.cancelRequested())
                    .map(entry -> entry.job.id())
                    .toList();
        }
    }

    @Override
    public List<JobId> overdue(Instant now, int limit) {
        synchronized (lock) {
            return limited.stream()
                    .takeWhile(entry -> !deadline(entry).isAfter(now))
                    .limit(limit)
                    .map(entry -> entry.job.id())
                    .toList();
        }
    }

    @Override
    public boolean update(JobRecord next) {
        synchronized (lock) {
            Entry entry = jobs.get(next.id());
            if (entry == null
                    || entry.job.version() + 1 != next.version()
                    || entry.job.epoch() != next.epoch()
                    || entry.job.state().isTerminal()) {
                return false;
            }
            Deployment deployment = entry.deployment;
            if (next.state() != JobState.QUEUED && !entry.claimed) {
                leaveQueue(entry);
            }
            entry.job = entry.job.cancelRequested() ? next.withCancelRequested() : next;
            if (next.state().isTerminal()) {
                ended.add(entry);
                if (entry.claimed) {
                    entry.claimed = false;
                    entry.owner = null;
                    claimed.remove(entry);
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
    public boolean update(ItemRecord next, long epoch) {
        synchronized (lock) {
            Entry entry = jobs.get(next.key().job());
            if (entry == null || entry.job.epoch() != epoch || next.key().number() >= entry.items.size()) {
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
    public boolean add(List<ItemRecord> items, long epoch) {
        synchronized (lock) {
            for (ItemRecord item : items) {
                Entry entry = jobs.get(item.key().job());
                if (entry == null
                        || entry.job.epoch() != epoch
                        || entry.job.state().isTerminal()) {
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
