package org.dbtbastion.infra.monitoring;

import java.time.Duration;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.metrics.MetricNames;
import org.dbtbastion.report.Route;
import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.Stats;

/** The alarms about connections. */
final class CheckAlarms {

  /**
   * With more connections there is one alarm for each route: a stack has 500 resources at most, and
   * each connection has a parameter and two alarms.
   */
  static final int ALARMS_OF_THEIR_OWN = 100;

  // Twice in a row. Checks drift against periods: now and then one period has two checks and its
  // neighbour none, so that the two bad periods are looked for among three.
  private static final AlarmCondition CHECK_FAILS =
      AlarmCondition.state(ComparisonOperator.LESS_THAN_THRESHOLD, 1, 2, 3);

  private final Alarms alarms;
  private final BastionName bastion;
  private final BastionMetrics metrics;
  private final Monitoring.Checks checks;

  CheckAlarms(Alarms alarms, BastionName bastion, Monitoring.Checks checks) {
    this.alarms = alarms;
    this.bastion = bastion;
    metrics = new BastionMetrics(bastion);
    this.checks = checks;
  }

  /**
   * Whether checks are too rare for the alarms that watch many connections together: they look at
   * three checks.
   */
  static boolean tooRare(Duration interval, int connections) {
    return connections > ALARMS_OF_THEIR_OWN
        && interval.multipliedBy(3).compareTo(BastionMetrics.QUERIED) > 0;
  }

  /** What a route leads through, for people. */
  static String meaning(Route route) {
    return switch (route) {
      case DIRECT -> "from the check's own subnet to the warehouse";
      case TUNNEL -> "through the bastion, as dbt goes";
    };
  }

  /** Adds an alarm for each connection and route, or for each route where that is too many. */
  void addChecksFail() {
    if (checks.connections().size() > ALARMS_OF_THEIR_OWN) {
      for (Route route : Route.values()) {
        checksFail(route);
      }
    } else {
      for (String connection : checks.connections()) {
        for (Route route : Route.values()) {
          checkFails(connection, route);
        }
      }
    }
  }

  private void checkFails(String connection, Route route) {
    alarms.add(
        "check-%s-%s".formatted(connection, route.id()),
        metrics.checked(connection, route, MetricNames.SUCCESS, Stats.MINIMUM, checks.interval()),
        CHECK_FAILS,
        ("Two checks of the connection %1$s failed on the route %2$s, %3$s. %4$s Which stage, why"
                + " and what to do: scripts/check --name %5$s --connection %1$s --route %2$s")
            .formatted(connection, route.id(), meaning(route), consequence(route), bastion));
  }

  /** As {@link #checkFails}, of all connections, where one alarm for each would be too many. */
  private void checksFail(Route route) {
    alarms.add(
        "checks-" + route.id(),
        metrics.worst(route, MetricNames.SUCCESS, checks.interval()),
        CHECK_FAILS,
        ("Checks failed twice on the route %1$s, %2$s, of one connection or several. %3$s Which, at"
                + " which stage, why and what to do: scripts/check --name %4$s --route %1$s")
            .formatted(route.id(), meaning(route), consequence(route), bastion));
  }

  /** The alarm about logins that are too rare for the alarms about checks. */
  void addLoginsFail() {
    checks.rareLogins().ifPresent(this::loginsFail);
  }

  private void loginsFail(Duration interval) {
    alarms.add(
        "logins",
        metrics.metric(MetricNames.LOGINS_FAILED, Stats.MAXIMUM, interval),
        AlarmCondition.state(ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, 1, 1, 1),
        ("A check that logs in failed at the login, or at what comes before or after it: dbt's jobs"
                + " most likely fail, too. Which connection, why and what to do: scripts/check --name"
                + " %s")
            .formatted(bastion));
  }

  private static String consequence(Route route) {
    return switch (route) {
      case DIRECT -> "dbt's jobs most likely fail, too, whatever the bastion does.";
      case TUNNEL -> "dbt's jobs fail, or some of them if there are several hosts.";
    };
  }

  /** Adds the alarm that nothing is checked at all. */
  void addChecksStopped() {
    alarms.add(
        "checks-stopped",
        metrics.metric(MetricNames.CHECKS, Stats.SUM, checks.interval()),
        AlarmCondition.missing(1, 3),
        ("No connection was checked for three intervals: dbt may be cut off without an alarm. Check"
                + " now: scripts/check --name %s; then see whether the schedules are there and"
                + " enabled: aws scheduler list-schedules --name-prefix %s")
            .formatted(bastion, checks.schedule()));
  }
}
