package org.dbtbastion.infra.monitoring;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.entrance.LoadBalancerNames;
import org.dbtbastion.metrics.MetricNames;
import org.dbtbastion.report.Route;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.MathExpression;
import software.amazon.awscdk.services.cloudwatch.Metric;
import software.amazon.awscdk.services.cloudwatch.MetricOptions;
import software.amazon.awscdk.services.cloudwatch.SearchExpression;

/**
 * The metrics of one bastion, for alarms and graphs.
 *
 * @param bastion whose metrics they are
 */
record BastionMetrics(BastionName bastion) {

  /** The period in which hosts, and AWS's own services, report. */
  static final Duration MINUTE = Duration.ofMinutes(1);

  /** The period over which events are added up. */
  static final Duration EVENTS = Duration.ofMinutes(5);

  /**
   * How far back alarms on queries look. Source: the CloudWatch user guide, "Limits that apply to
   * alarms based on Metrics Insights queries".
   */
  static final Duration QUERIED = Duration.ofHours(3);

  BastionMetrics {
    Objects.requireNonNull(bastion, "bastion");
  }

  static software.amazon.awscdk.Duration cdk(Duration duration) {
    return software.amazon.awscdk.Duration.seconds(duration.toSeconds());
  }

  /** How a metric of an AWS service counts events. */
  static MetricOptions events(String statistic) {
    return MetricOptions.builder().statistic(statistic).period(cdk(EVENTS)).build();
  }

  /** A metric without dimensions. */
  Metric metric(String name, String statistic, Duration period) {
    return metric(MetricNames.namespace(bastion.value()), name, Map.of(), statistic, period);
  }

  /** A metric of the connection check, for one connection and route. */
  Metric checked(String connection, Route route, String name, String statistic, Duration period) {
    return metric(
        MetricNames.namespace(bastion.value()),
        name,
        Map.of(
            MetricNames.CONNECTION,
            MetricNames.dimensionValue(connection),
            MetricNames.ROUTE,
            route.id()),
        statistic,
        period);
  }

  /**
   * The worst of all connections on a route, however many there are: by a query, of which an alarm
   * sees the last {@link #QUERIED}.
   */
  IMetric worst(Route route, String name, Duration period) {
    return MathExpression.Builder.create()
        .expression(
            "SELECT MIN(%s) FROM SCHEMA(\"%s\", %s, %s) WHERE %s = '%s'"
                .formatted(
                    name,
                    MetricNames.namespace(bastion.value()),
                    MetricNames.CONNECTION,
                    MetricNames.ROUTE,
                    MetricNames.ROUTE,
                    route.id()))
        .period(cdk(period))
        .build();
  }

  /** A metric of the connection check for every connection and route, however many there are. */
  IMetric ofEveryRoute(String name, String statistic, Duration period) {
    return SearchExpression.Builder.create()
        .expression(
            "SEARCH('{\"%s\",%s,%s} MetricName=\"%s\"', '%s', %d)"
                .formatted(
                    MetricNames.namespace(bastion.value()),
                    MetricNames.CONNECTION,
                    MetricNames.ROUTE,
                    name,
                    statistic,
                    period.toSeconds()))
        .label(
            "${PROP('Dim.%s')} ${PROP('Dim.%s')}"
                .formatted(MetricNames.CONNECTION, MetricNames.ROUTE))
        .period(cdk(period))
        .build();
  }

  /**
   * What hosts report once a minute, added up over the hosts. A graph of a longer time has longer
   * periods, in which every host reports several times.
   *
   * @param statistic {@code Sum}, or {@code SampleCount} for the number of hosts
   */
  IMetric everyMinute(String name, String statistic, String label) {
    return MathExpression.Builder.create()
        .expression("reported * 60 / PERIOD(reported)")
        .usingMetrics(Map.of("reported", metric(name, statistic, MINUTE)))
        .label(label)
        .period(cdk(MINUTE))
        .build();
  }

  /** How many hosts an Auto Scaling group has in service. */
  static Metric hostsInService(String group) {
    return metric(
        "AWS/AutoScaling",
        "GroupInServiceInstances",
        Map.of("AutoScalingGroupName", group),
        "Minimum",
        MINUTE);
  }

  /**
   * How many targets of a balancer are healthy, or are not.
   *
   * @param name {@code HealthyHostCount} or {@code UnHealthyHostCount}
   */
  static Metric targets(LoadBalancerNames balancer, String name) {
    return metric(
        "AWS/NetworkELB",
        name,
        Map.of("LoadBalancer", balancer.loadBalancer(), "TargetGroup", balancer.targetGroup()),
        "Maximum",
        MINUTE);
  }

  private static Metric metric(
      String namespace,
      String name,
      Map<String, String> dimensions,
      String statistic,
      Duration period) {
    return Metric.Builder.create()
        .namespace(namespace)
        .metricName(name)
        .dimensionsMap(dimensions)
        .statistic(statistic)
        .period(cdk(period))
        .build();
  }
}
