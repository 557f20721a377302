package io.longshore.store.jdbc;

import io.longshore.spi.JobRecord;
import io.longshore.spi.Owner;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/** An engine in a process of its own: claims jobs when it is woken, and ends all of them or every other one. */
final class ClaimingProcess {
    private static final int ANY = Integer.MAX_VALUE;

    private ClaimingProcess() {}

    public static void main(String[] arguments) throws Exception {
        boolean endsAll = arguments[1].equals("all");
        long pid = ProcessHandle.current().pid();
        Owner self = new Owner(arguments[1], "machine", pid, "1");
        Semaphore wakes = new Semaphore(0);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (JdbcJobStore store = JdbcJobStore.inDirectory(Path.of(arguments[0]))) {
            store.onWake(wakes::release);
            store.keepAlive(self, Duration.ofHours(1));
            say("ready");
            in.readLine();
            Thread claiming = new Thread(() -> claim(store, self, endsAll, wakes));
            claiming.setDaemon(true); // ends with the process, in the middle of whatever it does
            claiming.start();
            while (in.readLine() != null) {
                // Asked to take over what dead processes held.
                for (JobRecord job : store.takeOver(self, ClaimingProcess::isDead)) {
                    end(store, job);
                    say("taken " + job.id());
                }
                say("done");
            }
        }
    }

    private static boolean isDead(Owner owner) {
        return ProcessHandle.of(owner.pid()).isEmpty();
    }

    private static void claim(JdbcJobStore store, Owner self, boolean endsAll, Semaphore wakes) {
        try {
            for (int count = 1; ; count++) {
                Optional<JobRecord> job = store.claim(self, ANY);
                while (job.isEmpty()) {
                    say("empty");
                    wakes.acquire();
                    wakes.drainPermits();
                    job = store.claim(self, ANY);
                }
                say("claimed " + job.get().id());
                if (endsAll || count % 2 == 0) {
                    end(store, job.get());
                }
            }
        } catch (IOException | InterruptedException e) {
            say("failed " + e);
        }
    }

    private static void end(JdbcJobStore store, JobRecord job) throws IOException {
        JobRecord running = Records.running(job);
        if (!store.update(running) || !store.update(Records.ended(running, Records.START))) {
            throw new IOException("somebody else changed job " + job.id());
        }
    }

    private static synchronized void say(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        System.out.write(bytes, 0, bytes.length);
        System.out.flush();
    }
}
