package io.longshore.benchmarks;

import java.io.IOException;
import java.nio.file.Path;

/** Work in the JVM that measures, which is warm. */
final class Warm {
    private Warm() {}

    /** What is measured. */
    interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** A contestant that does it. */
    interface Body {
        Sample run(Path input, Path output) throws IOException, InterruptedException;
    }

    static Contestant named(String name, Body body) {
        return new Contestant() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Sample run(Path input, Path output) throws IOException {
                try {
                    return body.run(input, output);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        };
    }

    /** What some work costs this JVM and the processes that it starts, the detached ones too. */
    static Sample measure(Path output, Work work) throws IOException, InterruptedException {
        Memory.forgetPeak();
        double processes = CpuTime.ofProcesses();
        double jvm = CpuTime.ofJvm();
        long began = System.nanoTime();
        work.run();
        double seconds = (System.nanoTime() - began) / 1e9;
        double jvmSeconds = CpuTime.ofJvm() - jvm;
        double processSeconds = CpuTime.ofProcesses() - processes;
        return new Sample(seconds, jvmSeconds + processSeconds, jvmSeconds, Memory.peakBytes(), Sample.sizeOf(output));
    }
}
