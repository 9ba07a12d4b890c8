package org.dbtbastion.local.benchmark.ground;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;

/**
 * How often something is measured.
 *
 * @param warmUp rounds that come first and do not count
 * @param most rounds that count
 * @param limit after which no further round begins; one always counts
 */
public record Rounds(int warmUp, int most, Duration limit) {

  /** One side of a comparison. */
  @FunctionalInterface
  public interface Side {

    /** Does it once, and returns the figure. */
    double measure() throws Exception;
  }

  /** Each side once: shows that it can be measured, and no more. */
  public Rounds once() {
    return new Rounds(0, 1, limit);
  }

  /** Measures one side alone. */
  public Series of(Unit unit, Side side) throws Exception {
    return alternate(unit, List.of(side)).getFirst();
  }

  /**
   * Measures the sides in turn, and turns their order round each time: so none is always the
   * second, and what else the machine does hits all of them alike.
   *
   * @return a series for each side, of equal length
   */
  public List<Series> alternate(Unit unit, List<Side> sides) throws Exception {
    long end = System.nanoTime() + limit.toNanos();
    List<List<Double>> values = sides.stream().<List<Double>>map(_ -> new ArrayList<>()).toList();
    for (int round = -warmUp; round < most; round++) {
      if (!values.getFirst().isEmpty() && System.nanoTime() - end >= 0) {
        break;
      }
      for (int i = 0; i < sides.size(); i++) {
        int side = round % 2 == 0 ? i : sides.size() - 1 - i;
        double value = sides.get(side).measure();
        if (round >= 0) {
          values.get(side).add(value);
        }
      }
    }
    return IntStream.range(0, sides.size())
        .mapToObj(side -> new Series(unit, values.get(side)))
        .toList();
  }
}
