package org.dbtbastion.infra;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.metrics.MetricNames;
import org.dbtbastion.report.Route;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.MetricOptions;
import software.amazon.awscdk.services.cloudwatch.Stats;
import software.amazon.awscdk.services.cloudwatch.TreatMissingData;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.logs.ILogGroup;
import software.amazon.awscdk.services.logs.MetricFilter;
import software.amazon.awscdk.services.sns.ITopic;
import software.amazon.awscdk.services.sqs.IQueue;
import software.constructs.Construct;

/**
 * Watches a bastion: alarms that say what is broken, what it means for dbt and what to do next, a
 * topic that they go to, and a dashboard.
 *
 * <p>Names are best given by reference: alarms are then made after what they watch, and do not find
 * broken what is not there yet. (Between the schedule and the first check's report they may.)
 */
final class Monitoring extends Construct {

  /**
   * A Network Load Balancer in front of the hosts, by the names that its metrics have.
   *
   * @param loadBalancer its full name, {@code net/NAME/ID}
   * @param targetGroup the full name of the hosts' target group, {@code targetgroup/NAME/ID}
   */
  record Balancer(String loadBalancer, String targetGroup) {

    Balancer {
      Objects.requireNonNull(loadBalancer, "loadBalancer");
      Objects.requireNonNull(targetGroup, "targetGroup");
    }
  }

  /**
   * What is watched, and who is told.
   *
   * @param bastion the bastion
   * @param connections the names of the connections that are checked; they differ
   * @param checkInterval how often: 1 to 1440 whole minutes
   * @param checkSchedule the name of the schedule that calls the check, or how the names of several
   *     begin
   * @param connectionCheck the function itself, not an alias: its metrics count all versions
   * @param keyRegistry the same of the other function
   * @param missedRuns the dead-letter queue of the schedules
   * @param hosts how many hosts there are to be
   * @param groupName the name of the hosts' Auto Scaling group, which must publish its metric
   *     GroupInServiceInstances
   * @param hostLog where hosts write their metrics and sshd's lines
   * @param balancer the balancer in front of the hosts, if there is one
   * @param alarmEmail who is told by e-mail; empty for nobody
   */
  record Props(
      BastionName bastion,
      List<String> connections,
      Duration checkInterval,
      String checkSchedule,
      IFunction connectionCheck,
      IFunction keyRegistry,
      IQueue missedRuns,
      int hosts,
      String groupName,
      ILogGroup hostLog,
      Optional<Balancer> balancer,
      Optional<String> alarmEmail) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      connections = List.copyOf(connections);
      if (connections.isEmpty() || new HashSet<>(connections).size() < connections.size()) {
        throw new IllegalArgumentException("not the names of connections: " + connections);
      }
      Objects.requireNonNull(checkInterval, "checkInterval");
      // A period of CloudWatch is a multiple of a minute. Three of them may be seven days at most,
      // and one day where they are shorter than an hour.
      if (!checkInterval.equals(Duration.ofMinutes(checkInterval.toMinutes()))
          || checkInterval.toMinutes() < 1
          || checkInterval.toMinutes() > Duration.ofDays(1).toMinutes()) {
        throw new IllegalArgumentException("not 1 to 1440 whole minutes: " + checkInterval);
      }
      if (tooRare(checkInterval, connections.size())) {
        throw new IllegalArgumentException(
            "checkInterval is an hour at most with more than %d connections: %s"
                .formatted(ALARMS_OF_THEIR_OWN, checkInterval));
      }
      Objects.requireNonNull(checkSchedule, "checkSchedule");
      Objects.requireNonNull(connectionCheck, "connectionCheck");
      Objects.requireNonNull(keyRegistry, "keyRegistry");
      Objects.requireNonNull(missedRuns, "missedRuns");
      Objects.requireNonNull(groupName, "groupName");
      Objects.requireNonNull(hostLog, "hostLog");
      Objects.requireNonNull(balancer, "balancer");
      Objects.requireNonNull(alarmEmail, "alarmEmail");
    }
  }

  /**
   * Whether checks are too rare for the alarms that watch many connections together: they look at
   * three checks.
   */
  static boolean tooRare(Duration checkInterval, int connections) {
    return connections > ALARMS_OF_THEIR_OWN
        && checkInterval.multipliedBy(3).compareTo(BastionMetrics.QUERIED) > 0;
  }

  /**
   * When an alarm goes off. There are three kinds, which differ in what missing data means.
   *
   * @param comparison how a period's value compares to the threshold when it is bad
   * @param threshold the threshold
   * @param bad how many of the last periods are bad
   * @param periods how many periods are looked at
   * @param missing what a period without data is
   */
  private record Condition(
      ComparisonOperator comparison,
      Number threshold,
      int bad,
      int periods,
      TreatMissingData missing) {

    /** What is counted as long as all is well: with fewer, or none, it is broken. */
    static Condition missing(int expected, int periods) {
      return new Condition(
          ComparisonOperator.LESS_THAN_THRESHOLD,
          expected,
          periods,
          periods,
          TreatMissingData.BREACHING);
    }

    /** What is counted when it happens: missing, it did not. */
    static Condition happened(int times) {
      return new Condition(
          ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          times,
          1,
          1,
          TreatMissingData.NOT_BREACHING);
    }

    /**
     * A state: what was last known holds until something else is known, because silence mends
     * nothing. That reports are missing is said by an alarm of its own.
     */
    static Condition state(ComparisonOperator comparison, Number threshold, int bad, int periods) {
      return new Condition(comparison, threshold, bad, periods, TreatMissingData.IGNORE);
    }
  }

  private static final Duration EVENTS = Duration.ofMinutes(5);

  /**
   * Twice in a row. Checks drift against periods: now and then one period has two checks and its
   * neighbour none, so that the two bad periods are looked for among three.
   */
  private static final Condition CHECK_FAILS =
      Condition.state(ComparisonOperator.LESS_THAN_THRESHOLD, 1, 2, 3);

  /** A stack has 500 resources at most, and each connection two alarms and a parameter. */
  static final int ALARMS_OF_THEIR_OWN = 100;

  // Hosts fetch the keys every minute.
  static final Duration SYNC_AGE_LIMIT = Duration.ofMinutes(5);

  // In percent: what is left is for jobs that start together.
  private static final int TUNNEL_LOAD_LIMIT = 80;

  private final Props props;
  private final BastionName bastion;
  private final BastionMetrics metrics;
  private final AlarmTopic topic;
  private final List<String> alarms = new ArrayList<>();

  Monitoring(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    bastion = props.bastion();
    metrics = new BastionMetrics(bastion);
    topic = new AlarmTopic(this, "Alarms", bastion, props.alarmEmail());
    for (LogPattern pattern : LogPattern.values()) {
      // No default of 0 for other lines: it would be data, and cost, where nothing happens.
      MetricFilter.Builder.create(this, pattern.metricName())
          .logGroup(props.hostLog())
          .filterPattern(pattern.filter())
          .metricNamespace(MetricNames.namespace(bastion.value()))
          .metricName(pattern.metricName())
          .metricValue("1")
          .build();
    }

    if (props.connections().size() > ALARMS_OF_THEIR_OWN) {
      for (Route route : Route.values()) {
        checksFail(route);
      }
    } else {
      for (String connection : props.connections()) {
        for (Route route : Route.values()) {
          checkFails(connection, route);
        }
      }
    }
    int checkAlarms = alarms.size();
    checksStopped();
    noHostInService();
    hostsSilent();
    props.balancer().ifPresent(this::noHealthyTarget);
    tunnelsNearLimit();
    keysNotDelivered();
    keysOutOfDate();
    runsMissed();
    functionFails(
        "connection-check",
        props.connectionCheck(),
        "connections were not checked. A check that finds a connection broken is not such an"
            + " error, unless it was asked for with failOnError");
    functionThrottled(
        "connection-check", props.connectionCheck(), "connections are checked late or not at all");
    functionFails(
        "key-registry",
        props.keyRegistry(),
        "no key was changed, or the check's own key was not renewed");
    functionThrottled("key-registry", props.keyRegistry(), "keys are not registered or revoked");
    for (LogPattern pattern : LogPattern.values()) {
      logged(pattern);
    }
    new MonitoringDashboard(props)
        .put(
            this,
            "Dashboard",
            alarms.subList(0, checkAlarms),
            alarms.subList(checkAlarms, alarms.size()));
  }

  /** What the alarms go to. */
  ITopic topic() {
    return topic.topic();
  }

  /** Which way a route is, for people. */
  static String meaning(Route route) {
    return switch (route) {
      case DIRECT -> "from the check's own subnet to the warehouse";
      case TUNNEL -> "through the bastion, as dbt goes";
    };
  }

  private void checkFails(String connection, Route route) {
    alarm(
        "check-%s-%s".formatted(connection, route.id()),
        metrics.checked(
            connection, route, MetricNames.SUCCESS, Stats.MINIMUM, props.checkInterval()),
        CHECK_FAILS,
        ("Two checks of the connection %1$s failed on the route %2$s, %3$s. %4$s Which stage, why"
                + " and what to do: scripts/check --name %5$s --connection %1$s --route %2$s")
            .formatted(connection, route.id(), meaning(route), consequence(route), bastion));
  }

  /** As {@link #checkFails}, of all connections, where one alarm for each would be too many. */
  private void checksFail(Route route) {
    alarm(
        "checks-" + route.id(),
        metrics.worst(route, MetricNames.SUCCESS, props.checkInterval()),
        CHECK_FAILS,
        ("Checks failed twice on the route %1$s, %2$s, of one connection or several. %3$s Which, at"
                + " which stage, why and what to do: scripts/check --name %4$s --route %1$s")
            .formatted(route.id(), meaning(route), consequence(route), bastion));
  }

  private static String consequence(Route route) {
    return switch (route) {
      case DIRECT -> "dbt's jobs most likely fail, too, whatever the bastion does.";
      case TUNNEL -> "dbt's jobs fail, or some of them if there are several hosts.";
    };
  }

  private void checksStopped() {
    alarm(
        "checks-stopped",
        metrics.metric(MetricNames.CHECKS, Stats.SUM, props.checkInterval()),
        Condition.missing(1, 3),
        ("No connection was checked for three intervals: dbt may be cut off without an alarm. Check"
                + " now: scripts/check --name %s; then see whether the schedules are there and"
                + " enabled: aws scheduler list-schedules --name-prefix %s")
            .formatted(bastion, props.checkSchedule()));
  }

  private void noHostInService() {
    alarm(
        "no-host-in-service",
        BastionMetrics.hostsInService(props.groupName()),
        Condition.state(ComparisonOperator.LESS_THAN_THRESHOLD, 1, 3, 3),
        ("The Auto Scaling group has no host in service: dbt cannot connect. A new host comes by"
                + " itself; if it does not, see why: aws autoscaling describe-scaling-activities"
                + " --max-items 5 --auto-scaling-group-name %s")
            .formatted(props.groupName()));
  }

  private void hostsSilent() {
    alarm(
        "hosts-silent",
        metrics.metric(MetricNames.TUNNELS, Stats.SAMPLE_COUNT, BastionMetrics.MINUTE),
        // In a single minute a host may have reported twice or not at all.
        Condition.missing(props.hosts(), 5),
        ("For five minutes fewer hosts have reported than there are to be: one is gone, hangs or does"
                + " not reach AWS, and dbt may be cut off. Check now: scripts/check --name %s --route tunnel; see what"
                + " hosts said last: aws logs tail %s --since 30m; replace them: aws autoscaling"
                + " start-instance-refresh --auto-scaling-group-name %s")
            .formatted(bastion, props.hostLog().getLogGroupName(), props.groupName()));
  }

  /** The balancer counts nothing at all where no target is registered. */
  private void noHealthyTarget(Balancer balancer) {
    alarm(
        "no-healthy-target",
        BastionMetrics.targets(balancer, "HealthyHostCount"),
        Condition.missing(1, 5),
        ("The load balancer has no healthy host to send dbt to: dbt cannot connect. See why: aws"
                + " elbv2 describe-target-health --target-group-arn %s; if it lists none: aws"
                + " autoscaling describe-scaling-activities --max-items 5"
                + " --auto-scaling-group-name %s; then check: scripts/check --name %s --route"
                + " tunnel")
            .formatted(
                Arns.of(this).targetGroup(balancer.targetGroup()), props.groupName(), bastion));
  }

  /** For some minutes: a burst of short jobs is no reason for a larger host. */
  private void tunnelsNearLimit() {
    alarm(
        "tunnels-near-limit",
        metrics.metric(MetricNames.TUNNEL_LOAD, Stats.MAXIMUM, BastionMetrics.MINUTE),
        Condition.state(
            ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, TUNNEL_LOAD_LIMIT, 5, 5),
        ("A host has had %d %% of the tunnels that it has memory for, for five minutes: at 100 %% it"
                + " turns new logins away, and the dbt jobs behind them fail. See which keys hold"
                + " them: aws ssm start-session --target INSTANCE, and there: sudo dbt-bastion"
                + " status; then deploy with larger hosts: -c instanceType=TYPE")
            .formatted(TUNNEL_LOAD_LIMIT));
  }

  private void keysNotDelivered() {
    alarm(
        "keys-not-delivered",
        metrics.metric(MetricNames.KEYS_NOT_DELIVERED, Stats.SUM, EVENTS),
        Condition.happened(1),
        ("A host did not take a registered or revoked key at once: until it fetches the keys by"
                + " itself, which it does every minute, it refuses the new key or lets in the"
                + " revoked one. See what it answered: aws ssm list-command-invocations --details"
                + " --filters key=DocumentName,value=%s")
            .formatted(bastion.syncDocument()));
  }

  private void keysOutOfDate() {
    alarm(
        "keys-out-of-date",
        metrics.metric(MetricNames.SYNC_AGE, Stats.MAXIMUM, BastionMetrics.MINUTE),
        Condition.state(
            ComparisonOperator.GREATER_THAN_THRESHOLD, SYNC_AGE_LIMIT.toSeconds(), 1, 1),
        ("A host has not fetched the keys for more than five minutes: it refuses new keys and lets"
                + " in revoked ones. See why: aws ssm start-session --target INSTANCE, and there:"
                + " journalctl -u dbt-bastion-sync; or replace it: aws autoscaling"
                + " start-instance-refresh --auto-scaling-group-name %s")
            .formatted(props.groupName()));
  }

  /** SQS counts an empty queue for some hours only, but one with messages always. */
  private void runsMissed() {
    alarm(
        "runs-missed",
        props.missedRuns().metricApproximateNumberOfMessagesVisible(every(EVENTS, Stats.MAXIMUM)),
        Condition.happened(1),
        ("A scheduled run never reached its function: a check, or the renewal of the check's key,"
                + " did not take place. See the message's ERROR_MESSAGE: aws sqs receive-message"
                + " --message-attribute-names All --queue-url \"$(aws sqs get-queue-url --queue-name"
                + " %s --query QueueUrl --output text)\"; once that is mended, empty the queue with"
                + " aws sqs purge-queue and the same --queue-url")
            .formatted(bastion.missedRunsQueue()));
  }

  private void functionFails(String name, IFunction function, String consequence) {
    alarm(
        name + "-errors",
        function.metricErrors(every(EVENTS, Stats.SUM)),
        Condition.happened(1),
        ("The function %1$s failed, or refused a request that makes no sense: %2$s. See what it"
                + " said: aws logs tail /aws/lambda/%1$s --since 30m")
            .formatted(function.getFunctionName(), consequence));
  }

  private void functionThrottled(String name, IFunction function, String consequence) {
    alarm(
        name + "-throttles",
        function.metricThrottles(every(EVENTS, Stats.SUM)),
        Condition.happened(1),
        ("Lambda turned calls of the function %s away, because the account runs as many functions"
                + " at a time as it may: %s. See the limit, and ask for a higher one: aws lambda"
                + " get-account-settings")
            .formatted(function.getFunctionName(), consequence));
  }

  private void logged(LogPattern pattern) {
    alarm(
        pattern.alarm(),
        metrics.metric(pattern.metricName(), Stats.SUM, pattern.window()),
        Condition.happened(pattern.threshold()),
        "%s %s The lines: aws logs tail %s --since 1h --filter-pattern '%s'"
            .formatted(
                pattern.meaning(),
                pattern.remedy(),
                props.hostLog().getLogGroupName(),
                pattern.filter().getLogPatternString()));
  }

  private static MetricOptions every(Duration period, String statistic) {
    return MetricOptions.builder().statistic(statistic).period(BastionMetrics.cdk(period)).build();
  }

  private void alarm(String name, IMetric metric, Condition condition, String description) {
    String fullName = bastion.stack() + "-" + name;
    Alarm alarm =
        Alarm.Builder.create(this, name)
            .alarmName(fullName)
            .alarmDescription(description)
            .metric(metric)
            .comparisonOperator(condition.comparison())
            .threshold(condition.threshold())
            .datapointsToAlarm(condition.bad())
            .evaluationPeriods(condition.periods())
            .treatMissingData(condition.missing())
            .build();
    SnsAction tell = new SnsAction(topic.topic());
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    alarms.add(fullName);
  }
}
