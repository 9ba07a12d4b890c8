package org.dbtbastion.local.benchmark.report;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A line of the table.
 *
 * @param row the row that it belongs to
 * @param what was measured
 * @param ours what came of it here
 * @param beside what it is compared with; empty if with nothing
 * @param goal what it should show; empty if that is not said
 */
public record Line(
    String row, String what, Series ours, Optional<Beside> beside, Optional<Goal> goal) {

  /**
   * The other side of a comparison.
   *
   * @param what it is
   * @param series what came of it
   * @param inPairs whether each of its runs was one of a pair with one of ours
   */
  public record Beside(String what, Series series, boolean inPairs) {}

  /** Of a row, of which this was measured, beside nothing and without a goal. */
  public static Line of(String row, String what, Series ours) {
    return new Line(row, what, ours, Optional.empty(), Optional.empty());
  }

  /** Beside what was measured in turn with it, in pairs. */
  public Line beside(String other, Series theirs) {
    return new Line(row, what, ours, Optional.of(new Beside(other, theirs, true)), goal);
  }

  /** Beside what was measured before it, or not at all. */
  public Line besideEarlier(String other, Series theirs) {
    return new Line(row, what, ours, Optional.of(new Beside(other, theirs, false)), goal);
  }

  /** With what it should show. */
  public Line goal(Goal wanted) {
    return new Line(row, what, ours, beside, Optional.of(wanted));
  }

  /** How many times as much as the other side. */
  public OptionalDouble ratio() {
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
  public Optional<Boolean> met() {
    return goal.map(wanted -> wanted.isMetBy(ours.median(), ratio()));
  }
}
