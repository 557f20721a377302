package io.longshore.benchmarks;

/**
 * What one run cost.
 *
 * @param seconds wall time
 * @param cpuSeconds of all its threads and processes
 * @param peakBytes the most memory that was resident in its largest process
 * @param outputBytes the size of what it made
 */
record Sample(double seconds, double cpuSeconds, long peakBytes, long outputBytes) {}
