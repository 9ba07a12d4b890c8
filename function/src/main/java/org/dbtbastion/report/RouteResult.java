package org.dbtbastion.report;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The outcome of one connection on one route, through one bastion host where the route has one.
 *
 * @param host the bastion host's id; empty on the direct route, and where no host was found
 * @param stages every stage of the route, in order
 */
public record RouteResult(
    String connection, Route route, Optional<String> host, List<StageResult> stages) {

  public RouteResult {
    Objects.requireNonNull(connection, "connection");
    Objects.requireNonNull(route, "route");
    Objects.requireNonNull(host, "host");
    stages = List.copyOf(stages);
  }

  /** Whether no stage failed. */
  public boolean ok() {
    return stages.stream().noneMatch(StageResult::failed);
  }
}
