package io.longshore.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/** What the engine does, warm, in the JVM that measures. */
record InThisJvm(String name, Work work) implements Contestant {
    /** What is measured. */
    interface Work {
        void run(Path input, Path output) throws IOException;
    }

    @Override
    public Sample run(Path input, Path output) throws IOException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        Memory.forgetPeak();
        long cpu = system.getProcessCpuTime();
        long began = System.nanoTime();
        work.run(input, output);
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpuSeconds = (system.getProcessCpuTime() - cpu) / 1e9;
        return new Sample(seconds, cpuSeconds, Memory.peakBytes(), Sample.sizeOf(output));
    }
}
