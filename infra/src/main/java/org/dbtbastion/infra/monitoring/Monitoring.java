package org.dbtbastion.infra.monitoring;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.entrance.LoadBalancerNames;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.logs.ILogGroup;
import software.amazon.awscdk.services.sns.ITopic;
import software.amazon.awscdk.services.sqs.IQueue;
import software.constructs.Construct;

/**
 * Watches a bastion: alarms that say what is broken, what it means for dbt and what to do next, a
 * topic that they go to, and a dashboard.
 *
 * <p>Names are best given by reference: alarms are then created after what they watch, and do not
 * go off because it does not exist yet. (Between the schedule and the first check's report they
 * may.)
 */
public final class Monitoring extends Construct {

  /**
   * The checks that are watched.
   *
   * @param connections the names of the connections; they differ
   * @param interval how often each is checked: 1 to 1440 whole minutes
   * @param rareLogins how often they log in, where some do more rarely than they are checked
   * @param schedule the name of the schedule that calls the check, or how the names of several
   *     begin
   * @param function the function itself, not an alias: its metrics count all versions
   */
  public record Checks(
      List<String> connections,
      Duration interval,
      Optional<Duration> rareLogins,
      String schedule,
      IFunction function) {

    public Checks {
      connections = List.copyOf(connections);
      if (connections.isEmpty() || new HashSet<>(connections).size() < connections.size()) {
        throw new IllegalArgumentException("not the names of connections: " + connections);
      }
      Objects.requireNonNull(interval, "interval");
      // A period of CloudWatch is a multiple of a minute. Three of them may be seven days at most,
      // and one day where they are shorter than an hour.
      if (!Configuration.Checks.isInterval(interval)) {
        throw new IllegalArgumentException("not 1 to 1440 whole minutes: " + interval);
      }
      if (CheckAlarms.tooRare(interval, connections.size())) {
        throw new IllegalArgumentException(
            "checkInterval is an hour at most with more than %d connections: %s"
                .formatted(CheckAlarms.ALARMS_OF_THEIR_OWN, interval));
      }
      Objects.requireNonNull(rareLogins, "rareLogins");
      Objects.requireNonNull(schedule, "schedule");
      Objects.requireNonNull(function, "function");
    }
  }

  /**
   * The hosts that are watched.
   *
   * @param count how many there are to be
   * @param groupName the name of their Auto Scaling group, which must publish its metric
   *     GroupInServiceInstances
   * @param log where hosts write their metrics and sshd's lines
   * @param balancer the balancer in front of them, if there is one
   */
  public record Hosts(
      int count, String groupName, ILogGroup log, Optional<LoadBalancerNames> balancer) {

    public Hosts {
      Objects.requireNonNull(groupName, "groupName");
      Objects.requireNonNull(log, "log");
      Objects.requireNonNull(balancer, "balancer");
    }
  }

  /**
   * What is watched, and who is told.
   *
   * @param bastion the bastion
   * @param checks its checks
   * @param hosts its hosts
   * @param keyRegistry the function that registers keys: itself, not an alias
   * @param missedRuns the dead-letter queue of the schedules
   * @param alarmEmail who is told by e-mail; empty for nobody
   */
  public record Props(
      BastionName bastion,
      Checks checks,
      Hosts hosts,
      IFunction keyRegistry,
      IQueue missedRuns,
      Optional<String> alarmEmail) {

    public Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(checks, "checks");
      Objects.requireNonNull(hosts, "hosts");
      Objects.requireNonNull(keyRegistry, "keyRegistry");
      Objects.requireNonNull(missedRuns, "missedRuns");
      Objects.requireNonNull(alarmEmail, "alarmEmail");
    }
  }

  private final AlarmTopic topic;

  /** Puts the monitoring into a construct. */
  public Monitoring(Construct scope, String id, Props props) {
    super(scope, id);
    BastionName bastion = props.bastion();
    topic = new AlarmTopic(this, "Alarms", bastion, props.alarmEmail());
    LogAlarms log = new LogAlarms(bastion, props.hosts().log());
    log.addFilters(this);

    Alarms alarms = new Alarms(this, bastion, topic.topic());
    CheckAlarms checks = new CheckAlarms(alarms, bastion, props.checks());
    checks.addChecksFail();
    checks.addLoginsFail();
    List<String> ofChecks = alarms.names();
    checks.addChecksStopped();
    new HostAlarms(alarms, bastion, props.hosts(), Arns.of(this)).add();
    new FunctionAlarms(alarms, bastion).add(props);
    log.add(alarms);

    List<String> all = alarms.names();
    new MonitoringDashboard(props)
        .put(this, "Dashboard", ofChecks, all.subList(ofChecks.size(), all.size()));
  }

  /** What is wrong with checking so many connections that rarely; empty if nothing is. */
  public static Optional<ConfigurationProblem> tooRare(Duration checkInterval, int connections) {
    return CheckAlarms.tooRare(checkInterval, connections)
        ? Optional.of(
            new ConfigurationProblem(
                "checkInterval",
                checkInterval.toString(),
                "an hour at most with more than %d connections"
                    .formatted(CheckAlarms.ALARMS_OF_THEIR_OWN),
                "write PT1H, or give some of the connections a bastion of their own"))
        : Optional.empty();
  }

  /** The topic that the alarms go to. */
  public ITopic topic() {
    return topic.topic();
  }
}
