package org.dbtbastion.infra.monitoring;

import org.dbtbastion.infra.configuration.BastionName;
import software.amazon.awscdk.services.cloudwatch.Stats;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.sqs.IQueue;

/** The alarms about functions, and about the schedules that call them. */
final class FunctionAlarms {

  private final Alarms alarms;
  private final BastionName bastion;

  FunctionAlarms(Alarms alarms, BastionName bastion) {
    this.alarms = alarms;
    this.bastion = bastion;
  }

  /** Adds them all. */
  void add(Monitoring.Props props) {
    IFunction check = props.checks().function();
    runsMissed(props.missedRuns());
    functionFails(
        "connection-check",
        check,
        "connections were not checked. A check that finds a connection broken is not such an"
            + " error, unless it was asked for with failOnError");
    functionThrottled("connection-check", check, "connections are checked late or not at all");
    functionFails(
        "key-registry",
        props.keyRegistry(),
        "no key was changed, or the check's own key was not renewed");
    functionThrottled("key-registry", props.keyRegistry(), "keys are not registered or revoked");
  }

  /** SQS counts an empty queue for some hours only, but one with messages always. */
  private void runsMissed(IQueue missedRuns) {
    alarms.add(
        "runs-missed",
        missedRuns.metricApproximateNumberOfMessagesVisible(BastionMetrics.events(Stats.MAXIMUM)),
        AlarmCondition.happened(1),
        ("A scheduled run never reached its function: a check, or the renewal of the check's key,"
                + " did not take place. See the message's ERROR_MESSAGE: aws sqs receive-message"
                + " --message-attribute-names All --queue-url \"$(aws sqs get-queue-url --queue-name"
                + " %s --query QueueUrl --output text)\"; once that is mended, empty the queue with"
                + " aws sqs purge-queue and the same --queue-url")
            .formatted(bastion.missedRunsQueue()));
  }

  private void functionFails(String name, IFunction function, String consequence) {
    alarms.add(
        name + "-errors",
        function.metricErrors(BastionMetrics.events(Stats.SUM)),
        AlarmCondition.happened(1),
        ("The function %1$s failed, or refused a request that makes no sense: %2$s. See what it"
                + " said: aws logs tail /aws/lambda/%1$s --since 30m")
            .formatted(function.getFunctionName(), consequence));
  }

  private void functionThrottled(String name, IFunction function, String consequence) {
    alarms.add(
        name + "-throttles",
        function.metricThrottles(BastionMetrics.events(Stats.SUM)),
        AlarmCondition.happened(1),
        ("Lambda turned calls of the function %s away, because the account runs as many functions"
                + " at a time as it may: %s. See the limit, and ask for a higher one: aws lambda"
                + " get-account-settings")
            .formatted(function.getFunctionName(), consequence));
  }
}
