package io.longshore.it;

import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobRequest;
import io.longshore.api.LogStream;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.LongshoreEngine;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;

/** Runs a script that says args[1] bytes, in the home args[0]; prints how it ended, its last byte, and the CPU seconds. */
final class FloodMain {
    private FloodMain() {}

    public static void main(String[] args) throws Exception {
        long bytes = Long.parseLong(args[1]);
        try (Engine engine = LongshoreEngine.builder()
                .home(Path.of(args[0]))
                .discovery(false)
                .build()) {
            run(engine, 1); // what a first job costs is not what is asked for
            long before = cpuNanos();
            Job job = run(engine, bytes);
            long nanos = cpuNanos() - before;
            byte[] end = engine.readLog(job.id(), 0, LogStream.STDOUT, bytes - 1, 100)
                    .bytes();
            System.out.println(job.state() + " " + end.length + " " + nanos / 1e9);
        }
    }

    private static Job run(Engine engine, long bytes) throws InterruptedException {
        Script script = Script.ofCommand(
                        ScriptRef.of("flood"), List.of("head", "-c", Long.toString(bytes), "/dev/zero"))
                .build();
        return engine.await(engine.submit(JobRequest.builder(script).build()).id());
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
