package org.dbtbastion.infra.monitoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.dbtbastion.metrics.MetricNames;
import org.dbtbastion.report.Route;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.AlarmStatusWidget;
import software.amazon.awscdk.services.cloudwatch.Dashboard;
import software.amazon.awscdk.services.cloudwatch.DashboardVariable;
import software.amazon.awscdk.services.cloudwatch.DefaultValue;
import software.amazon.awscdk.services.cloudwatch.GraphWidget;
import software.amazon.awscdk.services.cloudwatch.IAlarm;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.IWidget;
import software.amazon.awscdk.services.cloudwatch.LogQueryVisualizationType;
import software.amazon.awscdk.services.cloudwatch.LogQueryWidget;
import software.amazon.awscdk.services.cloudwatch.Metric;
import software.amazon.awscdk.services.cloudwatch.MetricOptions;
import software.amazon.awscdk.services.cloudwatch.Stats;
import software.amazon.awscdk.services.cloudwatch.TextWidget;
import software.amazon.awscdk.services.cloudwatch.Values;
import software.amazon.awscdk.services.cloudwatch.VariableInputType;
import software.amazon.awscdk.services.cloudwatch.VariableType;
import software.amazon.awscdk.services.cloudwatch.VariableValue;
import software.amazon.awscdk.services.cloudwatch.YAxisProps;
import software.constructs.Construct;

/**
 * The dashboard of a bastion. Apart from the alarms, it has as many widgets with fifty connections
 * as with one: searches find the connections, and a variable chooses the one whose stages are
 * shown.
 */
final class MonitoringDashboard {

  private static final int WIDTH = 24;
  private static final int HEIGHT = 6;

  // Of CloudWatch, in one widget of alarms.
  private static final int ALARMS = 100;

  private final Monitoring.Props props;
  private final BastionMetrics metrics;

  MonitoringDashboard(Monitoring.Props props) {
    this.props = props;
    metrics = new BastionMetrics(props.bastion());
  }

  /**
   * Puts it into a construct.
   *
   * @param checkAlarms the names of the alarms of connections and routes
   * @param otherAlarms the names of all others
   */
  void put(Construct scope, String id, List<String> checkAlarms, List<String> otherAlarms) {
    List<List<IWidget>> rows = new ArrayList<>();
    rows.add(List.of(help()));
    rows.addAll(alarms(scope, "Does dbt get through? Connections and routes", checkAlarms));
    rows.addAll(alarms(scope, "What else could be wrong", otherAlarms));
    rows.add(
        List.of(
            graph("Checks: 1 passed, 0 failed")
                .left(
                    List.of(
                        metrics.ofEveryRoute(
                            MetricNames.SUCCESS, Stats.MINIMUM, props.checks().interval())))
                .leftYAxis(YAxisProps.builder().min(0).max(1).showUnits(false).build())
                .build(),
            graph("Checks: time of all stages, the slowest host")
                .left(
                    List.of(
                        metrics.ofEveryRoute(
                            MetricNames.DURATION, Stats.MAXIMUM, props.checks().interval())))
                .leftYAxis(milliseconds())
                .build()));
    rows.add(Arrays.stream(Route.values()).map(this::stages).toList());
    rows.add(List.of(hosts(), tunnels(), keys()));
    rows.add(List.of(log(), lines()));
    rows.add(List.of(functionFailures(), functionDurations(), deliveries()));
    Dashboard.Builder.create(scope, id)
        .dashboardName(props.bastion().stack())
        .defaultInterval(BastionMetrics.cdk(Duration.ofHours(3)))
        .variables(List.of(connection()))
        .widgets(rows)
        .build();
  }

  private IWidget help() {
    return TextWidget.Builder.create()
        .width(WIDTH)
        .height(5)
        .markdown(
            """
            **Read it from the top.** Every alarm below says in its description what is broken, what it means for dbt and what to do next.
            - A `direct` alarm: the check does not get from its own subnet to the warehouse. Look at the warehouse, its security group and its secret before you look at the bastion.
            - A `tunnel` alarm alone: the warehouse is well, and the bastion is not. dbt's jobs fail.
            - Then run `scripts/check --name %1$s`: it names the stage, the cause and the fix. Which connection's stages are shown below, you choose at the top of this page.
            - dbt is refused, and all is green: register the key that dbt shows, `scripts/register-key --name %1$s --label LABEL KEY`, and see what sshd logged, below.
            """
                .formatted(props.bastion()))
        .build();
  }

  private static List<List<IWidget>> alarms(Construct scope, String title, List<String> alarms) {
    List<List<IWidget>> rows = new ArrayList<>();
    for (int from = 0; from < alarms.size(); from += ALARMS) {
      List<IAlarm> some =
          alarms.subList(from, Math.min(from + ALARMS, alarms.size())).stream()
              // By name: a dashboard that asks for attributes of alarms has to wait for them all.
              .map(name -> Alarm.fromAlarmName(scope, "Shown-" + name, name))
              .toList();
      rows.add(
          List.of(
              AlarmStatusWidget.Builder.create()
                  .title(title)
                  .alarms(some)
                  .width(WIDTH)
                  // About six stand side by side; the widget scrolls.
                  .height(Math.min(2 * HEIGHT, 2 + some.size() / 6))
                  .build()));
    }
    return rows;
  }

  /** Replaces the dimension's value wherever a metric has it: in the two graphs of stages. */
  private DashboardVariable connection() {
    return DashboardVariable.Builder.create()
        .type(VariableType.PROPERTY)
        .value(MetricNames.CONNECTION)
        .id("connection")
        .label("Connection")
        .inputType(VariableInputType.SELECT)
        .values(
            Values.fromValues(
                props.checks().connections().stream()
                    .map(name -> VariableValue.builder().label(name).value(name).build())
                    .toArray(VariableValue[]::new)))
        .defaultValue(DefaultValue.value(props.checks().connections().getFirst()))
        .visible(true)
        .build();
  }

  private IWidget stages(Route route) {
    return graph("Stages, %s: %s".formatted(route.id(), CheckAlarms.meaning(route)))
        .left(
            route.stages().stream()
                .map(
                    stage ->
                        called(
                            stage.id(),
                            metrics.checked(
                                props.checks().connections().getFirst(),
                                route,
                                MetricNames.stageDuration(stage.id()),
                                Stats.AVERAGE,
                                props.checks().interval())))
                .toList())
        .stacked(true)
        .leftYAxis(milliseconds())
        .build();
  }

  private IWidget hosts() {
    List<IMetric> counts =
        new ArrayList<>(
            List.of(
                called("in service", BastionMetrics.hostsInService(props.hosts().groupName())),
                metrics.everyMinute(MetricNames.TUNNELS, Stats.SAMPLE_COUNT, "reporting")));
    props
        .hosts()
        .balancer()
        .ifPresent(
            balancer -> {
              counts.add(
                  called("healthy targets", BastionMetrics.targets(balancer, "HealthyHostCount")));
              counts.add(
                  called(
                      "unhealthy targets", BastionMetrics.targets(balancer, "UnHealthyHostCount")));
            });
    return third("Hosts").left(counts).leftYAxis(fromZero()).build();
  }

  private IWidget tunnels() {
    return third("Live tunnels, all hosts, and the fullest host")
        .left(List.of(metrics.everyMinute(MetricNames.TUNNELS, Stats.SUM, "tunnels")))
        .leftYAxis(fromZero())
        .right(List.of(host(MetricNames.TUNNEL_LOAD, "% of what memory holds")))
        .rightYAxis(YAxisProps.builder().min(0).max(100).showUnits(false).build())
        .build();
  }

  private IWidget keys() {
    return third("Keys, and seconds since they were fetched")
        .left(List.of(host(MetricNames.KEYS, "let in"), host(MetricNames.SKIPPED_KEYS, "no keys")))
        .leftYAxis(fromZero())
        .right(List.of(host(MetricNames.SYNC_AGE, "seconds since")))
        .rightYAxis(fromZero())
        .build();
  }

  private IMetric host(String name, String label) {
    return called(label, metrics.metric(name, Stats.MAXIMUM, BastionMetrics.MINUTE));
  }

  private IWidget log() {
    return third("What sshd logged: lines")
        .left(
            Arrays.stream(LogPattern.values())
                .map(
                    pattern ->
                        called(
                            pattern.metricName(),
                            metrics.metric(pattern.metricName(), Stats.SUM, BastionMetrics.EVENTS)))
                .toList())
        .leftYAxis(fromZero())
        .build();
  }

  private IWidget lines() {
    return LogQueryWidget.Builder.create()
        .title("What sshd logged: the last lines")
        .logGroupNames(List.of(props.hosts().log().getLogGroupName()))
        .queryLines(
            List.of(
                "fields @timestamp, @logStream, @message",
                Arrays.stream(LogPattern.values())
                    .flatMap(pattern -> pattern.terms().stream())
                    .map("@message like \"%s\""::formatted)
                    .collect(Collectors.joining(" or ", "filter ", "")),
                "sort @timestamp desc",
                "limit 50"))
        .view(LogQueryVisualizationType.TABLE)
        .width(WIDTH * 2 / 3)
        .height(HEIGHT)
        .build();
  }

  private IWidget functionFailures() {
    return third("Functions: calls that failed or were turned away")
        .left(
            List.of(
                props.checks().function().metricErrors(options(Stats.SUM, "check: errors")),
                props.checks().function().metricThrottles(options(Stats.SUM, "check: throttles")),
                props.keyRegistry().metricErrors(options(Stats.SUM, "registry: errors")),
                props.keyRegistry().metricThrottles(options(Stats.SUM, "registry: throttles"))))
        .leftYAxis(fromZero())
        .build();
  }

  private IWidget functionDurations() {
    return third("Functions: the longest call, and cold starts")
        .left(
            List.of(
                props.checks().function().metricDuration(options(Stats.MAXIMUM, "check")),
                props.keyRegistry().metricDuration(options(Stats.MAXIMUM, "registry"))))
        .leftYAxis(milliseconds())
        .right(
            List.of(
                called(
                    "cold starts",
                    metrics.metric(MetricNames.COLD_START, Stats.SUM, BastionMetrics.EVENTS))))
        .rightYAxis(fromZero())
        .build();
  }

  private IWidget deliveries() {
    return third("What did not arrive")
        .left(
            List.of(
                props
                    .missedRuns()
                    .metricApproximateNumberOfMessagesVisible(
                        options(Stats.MAXIMUM, "scheduled runs")),
                called(
                    "keys at hosts",
                    metrics.metric(
                        MetricNames.KEYS_NOT_DELIVERED, Stats.SUM, BastionMetrics.EVENTS))))
        .leftYAxis(fromZero())
        .build();
  }

  private static IMetric called(String label, Metric metric) {
    return metric.with(MetricOptions.builder().label(label).build());
  }

  private static MetricOptions options(String statistic, String label) {
    return MetricOptions.builder()
        .statistic(statistic)
        .period(BastionMetrics.cdk(BastionMetrics.EVENTS))
        .label(label)
        .build();
  }

  private static GraphWidget.Builder graph(String title) {
    return GraphWidget.Builder.create().title(title).width(WIDTH / 2).height(HEIGHT);
  }

  private static GraphWidget.Builder third(String title) {
    return graph(title).width(WIDTH / 3);
  }

  private static YAxisProps fromZero() {
    return YAxisProps.builder().min(0).showUnits(false).build();
  }

  private static YAxisProps milliseconds() {
    return YAxisProps.builder().min(0).label("ms").showUnits(false).build();
  }
}
