package org.dbtbastion.infra.checks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.dbtbastion.action.Action;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.functions.Requests;

/**
 * What the schedules of the connection check send. One invocation checks every connection, up to
 * {@link #CONNECTIONS}; more are divided evenly among several schedules, so that Lambda runs them
 * in parallel. Where a login costs more than a check, it has a schedule of its own.
 */
final class CheckRequests {

  /** How many one invocation is sent: it checks them within half a minute where most are well. */
  static final int CONNECTIONS = 200;

  /**
   * A request that is sent again and again.
   *
   * @param json what is sent
   * @param interval how often
   * @param what describes it, for people
   */
  record Recurring(String json, Duration interval, String what) {}

  private CheckRequests() {}

  /** The requests, one for each schedule; those of the check's own interval come first. */
  static List<Recurring> of(CheckedConnections checked, Configuration.Checks checks) {
    List<String> often = new ArrayList<>();
    List<String> rarely = new ArrayList<>();
    for (Connection connection : checked.connections()) {
      boolean each =
          connection.authentication().isEmpty()
              || checks.loginInterval(checked.isServerless(connection)).equals(checks.interval());
      (each ? often : rarely).add(connection.name());
    }
    List<Recurring> requests = new ArrayList<>();
    if (rarely.isEmpty() && often.size() <= CONNECTIONS) {
      requests.add(
          new Recurring(Requests.of(Action.CHECK), checks.interval(), "Checks every connection"));
      return requests;
    }
    add(requests, often, true, checks.interval(), "Checks its share of the connections");
    add(requests, rarely, false, checks.interval(), "Checks connections up to TLS");
    add(requests, rarely, true, checks.loginInterval(true), "Checks connections with their login");
    return requests;
  }

  private static void add(
      List<Recurring> requests,
      List<String> connections,
      boolean login,
      Duration interval,
      String what) {
    shares(connections)
        .forEach(
            share -> requests.add(new Recurring(Requests.check(share, login), interval, what)));
  }

  private static List<List<String>> shares(List<String> connections) {
    int schedules = Math.ceilDiv(connections.size(), CONNECTIONS);
    Function<Integer, Integer> begin = i -> i * connections.size() / schedules;
    return IntStream.range(0, schedules)
        .mapToObj(i -> connections.subList(begin.apply(i), begin.apply(i + 1)))
        .toList();
  }
}
