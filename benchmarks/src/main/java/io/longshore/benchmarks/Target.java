package io.longshore.benchmarks;

import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.function.ToDoubleFunction;

/**
 * What is asked of a contestant, or what bounds it.
 *
 * @param contestant the one
 * @param asked in words
 * @param measure what is measured for it
 * @param isMet whether that is enough; empty for a bound, which is only told
 * @param unit what stands behind the number
 */
record Target(
        String contestant,
        String asked,
        ToDoubleFunction<Samples> measure,
        Optional<DoublePredicate> isMet,
        String unit) {
    Target(String contestant, String asked, ToDoubleFunction<Samples> measure, DoublePredicate isMet, String unit) {
        this(contestant, asked, measure, Optional.of(isMet), unit);
    }

    /** The most, or the least, that can be hoped for. */
    static Target limit(String contestant, String of, ToDoubleFunction<Samples> measure, String unit) {
        return new Target(contestant, "limit, %s: %s".formatted(contestant, of), measure, Optional.empty(), unit);
    }

    /** So many times as fast as a peer. */
    static Target faster(String contestant, String peer, double least) {
        return new Target(
                contestant,
                "%s ≥ %s × as fast as %s".formatted(contestant, least, peer),
                samples -> samples.ratio(peer, contestant, Sample::seconds),
                measured -> measured >= least,
                "×");
    }

    /** At most so many times as large a result as a peer's. */
    static Target smaller(String contestant, String peer, double most) {
        return new Target(
                contestant,
                "%s ≤ %s × as large as %s".formatted(contestant, most, peer),
                samples -> samples.ratio(contestant, peer, Sample::outputBytes),
                measured -> measured <= most,
                "×");
    }

    /** How large, beside a peer's result, the smallest is that can be hoped for. */
    static Target smallest(String contestant, String peer) {
        return limit(
                contestant,
                "size beside " + peer,
                samples -> samples.ratio(contestant, peer, Sample::outputBytes),
                "×");
    }

    /** At most so much more memory than a peer. */
    static Target moreMemory(String contestant, String peer, int mostMegabytes) {
        return new Target(
                contestant,
                "%s ≤ %d MB more memory than %s".formatted(contestant, mostMegabytes, peer),
                samples ->
                        (samples.median(contestant, Sample::peakBytes) - samples.median(peer, Sample::peakBytes)) / 1e6,
                measured -> measured <= mostMegabytes,
                " MB");
    }

    /** At most so much memory. */
    static Target memory(String contestant, int mostMegabytes) {
        return new Target(
                contestant,
                "%s ≤ %d MB of memory".formatted(contestant, mostMegabytes),
                samples -> samples.median(contestant, Sample::peakBytes) / 1e6,
                measured -> measured <= mostMegabytes,
                " MB");
    }

    /** At most so much more than a peer, of what is measured, for each of so many pieces of work. */
    static Target more(
            String contestant,
            String peer,
            String of,
            ToDoubleFunction<Sample> measure,
            int pieces,
            double mostMillis) {
        return new Target(
                contestant,
                "%s ≤ %s ms more %s than %s".formatted(contestant, mostMillis, of, peer),
                samples -> samples.difference(contestant, peer, measure) * 1e3 / pieces,
                measured -> measured <= mostMillis,
                " ms");
    }

    /** Whether it is met, with what was measured; a part of the work says nothing of that. */
    String verdict(Samples samples, boolean isTrial) {
        double measured = measure.applyAsDouble(samples);
        String verdict = isMet.map(met -> isTrial ? "not judged: " : met.test(measured) ? "met: " : "**missed**: ")
                .orElse("");
        return verdict + number(measured) + unit;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.3f" : "%.1f", value);
    }
}
