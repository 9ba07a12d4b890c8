package org.dbtbastion.local.benchmark;

/** What a line of the table should show. */
sealed interface Goal {

  /** As the table has it. */
  String text();

  boolean isMetBy(Line line);

  /** Not more than so many times the other side. */
  record RatioAtMost(double most) implements Goal {

    @Override
    public String text() {
      return "≤ %s ×".formatted(Unit.number(most));
    }

    @Override
    public boolean isMetBy(Line line) {
      return line.ratio().orElseThrow() <= most;
    }
  }

  /** Not less than so many times the other side. */
  record RatioAtLeast(double least) implements Goal {

    @Override
    public String text() {
      return "≥ %s ×".formatted(Unit.number(least));
    }

    @Override
    public boolean isMetBy(Line line) {
      return line.ratio().orElseThrow() >= least;
    }
  }

  /** In the median not more than this, in the line's unit. */
  record AtMost(Unit unit, double most) implements Goal {

    @Override
    public String text() {
      return "≤ " + unit.text(most);
    }

    @Override
    public boolean isMetBy(Line line) {
      return line.ours().median() <= most;
    }
  }
}
