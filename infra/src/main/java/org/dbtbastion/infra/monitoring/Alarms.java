package org.dbtbastion.infra.monitoring;

import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.infra.configuration.BastionName;
import software.amazon.awscdk.services.cloudwatch.Alarm;
import software.amazon.awscdk.services.cloudwatch.IMetric;
import software.amazon.awscdk.services.cloudwatch.actions.SnsAction;
import software.amazon.awscdk.services.sns.ITopic;
import software.constructs.Construct;

/** The alarms of a bastion, which all go to one topic. */
final class Alarms {

  private final Construct scope;
  private final BastionName bastion;
  private final SnsAction tell;
  private final List<String> names = new ArrayList<>();

  Alarms(Construct scope, BastionName bastion, ITopic topic) {
    this.scope = scope;
    this.bastion = bastion;
    tell = new SnsAction(topic);
  }

  /**
   * Adds an alarm.
   *
   * @param name what it is called, after the bastion's name
   * @param description what is broken, what it means for dbt and what to do next
   */
  void add(String name, IMetric metric, AlarmCondition condition, String description) {
    String fullName = bastion.stack() + "-" + name;
    Alarm alarm =
        Alarm.Builder.create(scope, name)
            .alarmName(fullName)
            .alarmDescription(description)
            .metric(metric)
            .comparisonOperator(condition.comparison())
            .threshold(condition.threshold())
            .datapointsToAlarm(condition.bad())
            .evaluationPeriods(condition.periods())
            .treatMissingData(condition.missing())
            .build();
    alarm.addAlarmAction(tell);
    alarm.addOkAction(tell);
    names.add(fullName);
  }

  /** The names of those that were added so far, in their order. */
  List<String> names() {
    return List.copyOf(names);
  }
}
