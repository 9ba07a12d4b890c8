package org.dbtbastion.local.benchmark.report;

import java.util.List;

/**
 * What a figure is made of.
 *
 * @param row the row that it belongs to
 * @param title what is taken apart
 * @param parts in the order in which they are shown; they need not add up
 */
public record Breakdown(String row, String title, List<Part> parts) {

  public Breakdown {
    parts = List.copyOf(parts);
  }

  /** One of the parts. */
  public record Part(String what, Unit unit, double value) {}
}
