package org.dbtbastion.infra.checks;

import java.util.List;
import java.util.stream.IntStream;
import org.dbtbastion.action.Action;
import org.dbtbastion.infra.functions.Requests;

/**
 * What the schedules of the connection check send. One invocation checks every connection, up to
 * {@link #CONNECTIONS}; more are divided evenly among several schedules, so that Lambda runs them
 * in parallel.
 */
final class CheckRequests {

  /** How many one invocation is sent: it checks them within half a minute where most are well. */
  static final int CONNECTIONS = 200;

  private CheckRequests() {}

  /**
   * The requests, one for each schedule.
   *
   * @param connections the names of all connections
   */
  static List<String> of(List<String> connections) {
    if (connections.size() <= CONNECTIONS) {
      return List.of(Requests.of(Action.CHECK));
    }
    int schedules = Math.ceilDiv(connections.size(), CONNECTIONS);
    return IntStream.range(0, schedules)
        .mapToObj(
            i ->
                connections.subList(
                    i * connections.size() / schedules, (i + 1) * connections.size() / schedules))
        .map(Requests::check)
        .toList();
  }
}
