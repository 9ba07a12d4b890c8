package org.dbtbastion.check;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** What came of a check: one result for each connection, route and bastion host. */
public record Report(Duration took, List<RouteResult> results) {

  public Report {
    Objects.requireNonNull(took, "took");
    results = List.copyOf(results);
  }

  /** Whether something was checked, and no stage of it failed. */
  public boolean ok() {
    return !results.isEmpty() && results.stream().allMatch(RouteResult::ok);
  }
}
