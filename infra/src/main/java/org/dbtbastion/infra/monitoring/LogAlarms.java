package org.dbtbastion.infra.monitoring;

import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.metrics.MetricNames;
import software.amazon.awscdk.services.cloudwatch.Stats;
import software.amazon.awscdk.services.logs.ILogGroup;
import software.amazon.awscdk.services.logs.MetricFilter;
import software.constructs.Construct;

/** The alarms about what sshd logs, and the filters that count its lines. */
final class LogAlarms {

  private final BastionName bastion;
  private final ILogGroup log;

  LogAlarms(BastionName bastion, ILogGroup log) {
    this.bastion = bastion;
    this.log = log;
  }

  /** Puts the filters into a construct. */
  void addFilters(Construct scope) {
    for (LogPattern pattern : LogPattern.values()) {
      // No default of 0 for other lines: it would be data, and cost, where nothing happens.
      MetricFilter.Builder.create(scope, pattern.metricName())
          .logGroup(log)
          .filterPattern(pattern.filter())
          .metricNamespace(MetricNames.namespace(bastion.value()))
          .metricName(pattern.metricName())
          .metricValue("1")
          .build();
    }
  }

  /** Adds an alarm for each kind of line. */
  void add(Alarms alarms) {
    BastionMetrics metrics = new BastionMetrics(bastion);
    for (LogPattern pattern : LogPattern.values()) {
      alarms.add(
          pattern.alarm(),
          metrics.metric(pattern.metricName(), Stats.SUM, pattern.window()),
          AlarmCondition.happened(pattern.threshold()),
          "%s %s The lines: aws logs tail %s --since 1h --filter-pattern '%s'"
              .formatted(
                  pattern.meaning(),
                  pattern.remedy(),
                  log.getLogGroupName(),
                  pattern.filter().getLogPatternString()));
    }
  }
}
