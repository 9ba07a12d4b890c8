package org.dbtbastion.local.benchmark;

import java.util.List;

/** What a row has measured. */
record Findings(List<Line> lines, List<Breakdown> breakdowns) {

  Findings {
    lines = List.copyOf(lines);
    breakdowns = List.copyOf(breakdowns);
  }

  static Findings of(Line... lines) {
    return new Findings(List.of(lines), List.of());
  }
}
