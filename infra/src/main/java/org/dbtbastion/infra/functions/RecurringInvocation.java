package org.dbtbastion.infra.functions;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dbtbastion.infra.permissions.Permission;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.scheduler.CfnSchedule;
import software.amazon.awscdk.services.sqs.IQueue;
import software.constructs.Construct;
import software.constructs.IDependable;

/** A schedule of EventBridge Scheduler that calls a function with the same request each time. */
public final class RecurringInvocation extends Construct {

  /**
   * What is called, and when.
   *
   * @param name the schedule's name, at most 64 characters
   * @param description what it is for
   * @param function what is called
   * @param interval how often: whole minutes
   * @param request the JSON that the function gets
   * @param missedRuns gets the calls that never reached the function
   */
  public record Props(
      String name,
      String description,
      IFunction function,
      Duration interval,
      String request,
      IQueue missedRuns) {

    public Props {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(description, "description");
      Objects.requireNonNull(function, "function");
      Objects.requireNonNull(interval, "interval");
      Objects.requireNonNull(request, "request");
      Objects.requireNonNull(missedRuns, "missedRuns");
    }

    private String expression() {
      long minutes = interval.toMinutes();
      return minutes == 1 ? "rate(1 minute)" : "rate(%d minutes)".formatted(minutes);
    }
  }

  private final CfnSchedule schedule;

  /** Puts the schedule into a construct. */
  public RecurringInvocation(Construct scope, String id, Props props) {
    super(scope, id);
    Role role =
        Permission.role(
            this,
            "Role",
            "Lets the schedule %s call its function".formatted(props.name()),
            // Without the condition, schedules of other accounts could be pointed at this role.
            ServicePrincipal.Builder.create("scheduler.amazonaws.com")
                .conditions(
                    Map.of(
                        "StringEquals", Map.of("aws:SourceAccount", Stack.of(this).getAccount())))
                .build(),
            List.of(
                Permission.allow("Invoke", "lambda:InvokeFunction")
                    .on(props.function().getFunctionArn()),
                Permission.allow("KeepMissedRuns", "sqs:SendMessage")
                    .on(props.missedRuns().getQueueArn())));
    schedule =
        CfnSchedule.Builder.create(this, "Schedule")
            .name(props.name())
            .description(props.description())
            .scheduleExpression(props.expression())
            .flexibleTimeWindow(
                CfnSchedule.FlexibleTimeWindowProperty.builder().mode("OFF").build())
            .target(
                CfnSchedule.TargetProperty.builder()
                    .arn(props.function().getFunctionArn())
                    .roleArn(role.getRoleArn())
                    .input(props.request())
                    .deadLetterConfig(
                        CfnSchedule.DeadLetterConfigProperty.builder()
                            .arn(props.missedRuns().getQueueArn())
                            .build())
                    // A call that is late is worth nothing: the next one comes.
                    .retryPolicy(
                        CfnSchedule.RetryPolicyProperty.builder()
                            .maximumEventAgeInSeconds(Math.max(60, props.interval().toSeconds()))
                            .maximumRetryAttempts(2)
                            .build())
                    .build())
            .build();
  }

  /**
   * Has these be there before the first call, which a new schedule makes at once. Source: the
   * EventBridge Scheduler user guide, "Rate-based schedules".
   */
  public void needs(IDependable... dependencies) {
    schedule.getNode().addDependency(dependencies);
  }

  /** The schedule's name, by reference: what uses it comes after the schedule. */
  public String name() {
    return schedule.getRef();
  }
}
