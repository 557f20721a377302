package io.longshore.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What one run cost.
 *
 * @param seconds wall time
 * @param cpuSeconds of all its threads and processes
 * @param jvmSeconds what of that the JVM that measures took
 * @param peakBytes the most memory that was resident in its largest process
 * @param outputBytes the size of the file that it made, or 0 if it made something else
 */
record Sample(double seconds, double cpuSeconds, double jvmSeconds, long peakBytes, long outputBytes) {
    /** A run whose CPU seconds are not told apart. */
    Sample(double seconds, double cpuSeconds, long peakBytes, long outputBytes) {
        this(seconds, cpuSeconds, 0, peakBytes, outputBytes);
    }

    static long sizeOf(Path output) throws IOException {
        return Files.isRegularFile(output) ? Files.size(output) : 0;
    }

    /** The same run, of which another time counts than the whole. */
    Sample withSeconds(double other) {
        return new Sample(other, cpuSeconds, jvmSeconds, peakBytes, outputBytes);
    }
}
