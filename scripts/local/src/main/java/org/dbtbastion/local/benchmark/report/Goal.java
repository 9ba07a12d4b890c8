package org.dbtbastion.local.benchmark.report;

import java.util.OptionalDouble;

/** What a line of the table should show. */
public sealed interface Goal {

  /** As the table has it. */
  String text();

  /**
   * Whether it is met.
   *
   * @param median of the line's own side, in the line's unit
   * @param ratio to the other side; there is one where the goal is about it
   */
  boolean isMetBy(double median, OptionalDouble ratio);

  /** Not more than so many times the other side. */
  record RatioAtMost(double most) implements Goal {

    @Override
    public String text() {
      return "≤ %s ×".formatted(Unit.number(most));
    }

    @Override
    public boolean isMetBy(double median, OptionalDouble ratio) {
      return ratio.orElseThrow() <= most;
    }
  }

  /** Not less than so many times the other side. */
  record RatioAtLeast(double least) implements Goal {

    @Override
    public String text() {
      return "≥ %s ×".formatted(Unit.number(least));
    }

    @Override
    public boolean isMetBy(double median, OptionalDouble ratio) {
      return ratio.orElseThrow() >= least;
    }
  }

  /** In the median not more than this, in the line's unit. */
  record AtMost(Unit unit, double most) implements Goal {

    @Override
    public String text() {
      return "≤ " + unit.text(most);
    }

    @Override
    public boolean isMetBy(double median, OptionalDouble ratio) {
      return median <= most;
    }
  }
}
