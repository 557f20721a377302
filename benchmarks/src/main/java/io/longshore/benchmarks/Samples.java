package io.longshore.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** What the contestants of one case cost, in each of its rounds. */
final class Samples {
    private final Map<String, List<Sample>> samples = new LinkedHashMap<>();

    void add(String contestant, Sample sample) {
        samples.computeIfAbsent(contestant, name -> new ArrayList<>()).add(sample);
    }

    Set<String> contestants() {
        return samples.keySet();
    }

    List<Sample> of(String contestant) {
        return Objects.requireNonNull(samples.get(contestant), contestant);
    }

    double median(String contestant, ToDoubleFunction<Sample> measure) {
        List<Sample> all = of(contestant);
        return median(all.size(), i -> measure.applyAsDouble(all.get(i)));
    }

    /** The median, over the rounds, of what one had to what another had in the same round. */
    double ratio(String one, String other, ToDoubleFunction<Sample> measure) {
        List<Sample> ones = of(one);
        List<Sample> others = of(other);
        return median(ones.size(), i -> measure.applyAsDouble(ones.get(i)) / measure.applyAsDouble(others.get(i)));
    }

    /** The median, over the rounds, of how much more one had than another had in the same round. */
    double difference(String one, String other, ToDoubleFunction<Sample> measure) {
        List<Sample> ones = of(one);
        List<Sample> others = of(other);
        return median(ones.size(), i -> measure.applyAsDouble(ones.get(i)) - measure.applyAsDouble(others.get(i)));
    }

    private static double median(int count, IntToDoubleFunction values) {
        double[] sorted = IntStream.range(0, count).mapToDouble(values).sorted().toArray();
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    }
}
