package org.dbtbastion.local.benchmark.report;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What came of several runs of the same.
 *
 * @param values in the order of the runs, at least one
 */
public record Series(Unit unit, List<Double> values) {

  public Series {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
  }

  /** Of figures in the unit. */
  public static Series of(Unit unit, Double... values) {
    return new Series(unit, List.of(values));
  }

  /** Of times; the unit is one of time. */
  public static Series of(Unit unit, List<Duration> times) {
    return new Series(unit, times.stream().map(unit::of).toList());
  }

  /** The one in the middle, or the mean of the two. */
  public double median() {
    return median(values);
  }

  /** The smallest. */
  public double least() {
    return values.stream().min(Double::compare).orElseThrow();
  }

  /** The largest. */
  public double most() {
    return values.stream().max(Double::compare).orElseThrow();
  }

  /**
   * How many times as much as the other, which ran in pairs with it: the median of the pairs'
   * ratios, as what else the machine did then is in both of a pair.
   */
  public double ratioInPairs(Series other) {
    return median(
        IntStream.range(0, values.size())
            .mapToObj(run -> values.get(run) / other.values.get(run))
            .toList());
  }

  /** How many times as much as the other, by the medians. */
  public double ratioOfMedians(Series other) {
    return median() / other.median();
  }

  /** How much more than the other, which ran in pairs with it. */
  public Series less(Series other) {
    return new Series(
        unit,
        IntStream.range(0, values.size())
            .mapToObj(run -> values.get(run) - other.values.get(run))
            .toList());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The median with its unit; behind it the least and the most, and the number of runs. */
  public String text() {
    if (values.size() == 1) {
      return unit.text(median());
    }
    return "%s (%s–%s, n = %d)"
        .formatted(unit.text(median()), Unit.number(least()), Unit.number(most()), values.size());
  }
}
