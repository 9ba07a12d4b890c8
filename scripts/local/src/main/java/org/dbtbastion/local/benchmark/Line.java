package org.dbtbastion.local.benchmark;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A line of the table.
 *
 * @param row the row that it belongs to
 * @param what was measured
 * @param beside what it is compared with; empty if with nothing
 */
record Line(String row, String what, Series ours, Optional<Beside> beside, Optional<Goal> goal) {

  /**
   * The other side of a comparison.
   *
   * @param inPairs whether each of its runs was one of a pair with one of ours
   */
  record Beside(String what, Series series, boolean inPairs) {}

  static Line of(Row row, String what, Series ours) {
    return new Line(row.id(), what, ours, Optional.empty(), Optional.empty());
  }

  /** Beside what was measured in turn with it, in pairs. */
  Line beside(String other, Series theirs) {
    return new Line(row, what, ours, Optional.of(new Beside(other, theirs, true)), goal);
  }

  /** Beside what was measured before it, or not at all. */
  Line besideEarlier(String other, Series theirs) {
    return new Line(row, what, ours, Optional.of(new Beside(other, theirs, false)), goal);
  }

  Line goal(Goal wanted) {
    return new Line(row, what, ours, beside, Optional.of(wanted));
  }

  /** How many times as much as the other side. */
  OptionalDouble ratio() {
    return beside
        // Shares may be nothing.
        .filter(other -> other.series().unit() != Unit.PERCENT)
        .map(
            other ->
                OptionalDouble.of(
                    other.inPairs()
                        ? ours.ratioInPairs(other.series())
                        : ours.ratioOfMedians(other.series())))
        .orElse(OptionalDouble.empty());
  }

  /** Whether the goal is met; empty if there is none. */
  Optional<Boolean> met() {
    return goal.map(wanted -> wanted.isMetBy(this));
  }
}
