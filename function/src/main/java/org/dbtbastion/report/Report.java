package org.dbtbastion.report;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The outcome of a check.
 *
 * @param results one for each connection, route and bastion host
 * @param logins one for each bastion host, where many logins at once were asked for
 */
public record Report(Duration took, List<RouteResult> results, List<LoginsResult> logins) {

  public Report {
    Objects.requireNonNull(took, "took");
    results = List.copyOf(results);
    logins = List.copyOf(logins);
  }

  public Report(Duration took, List<RouteResult> results) {
    this(took, results, List.of());
  }

  /** Whether something was checked, no stage of it failed, and no login was dropped. */
  public boolean ok() {
    return !results.isEmpty()
        && results.stream().allMatch(RouteResult::ok)
        && logins.stream().allMatch(LoginsResult::ok);
  }
}
