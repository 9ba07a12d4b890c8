package org.dbtbastion.local.benchmark.report;

import java.util.List;

/**
 * What a row has measured.
 *
 * @param lines of the table
 * @param breakdowns what the figures are made of
 */
public record Findings(List<Line> lines, List<Breakdown> breakdowns) {

  public Findings {
    lines = List.copyOf(lines);
    breakdowns = List.copyOf(breakdowns);
  }

  /** Lines that are not taken apart. */
  public static Findings of(Line... lines) {
    return new Findings(List.of(lines), List.of());
  }
}
