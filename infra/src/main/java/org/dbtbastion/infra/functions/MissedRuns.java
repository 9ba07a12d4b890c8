package org.dbtbastion.infra.functions;

import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.permissions.Reviewed;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.services.sqs.IQueue;
import software.amazon.awscdk.services.sqs.Queue;
import software.amazon.awscdk.services.sqs.QueueEncryption;
import software.constructs.Construct;

/**
 * The dead-letter queue of a bastion's schedules: what never reached its function lies here, with
 * the reason, for 14 days. What did reach it and failed there does not: Lambda retries that by
 * itself and counts it as an error.
 */
public final class MissedRuns extends Construct {

  private final Queue queue;

  /** Puts the queue into a construct. */
  public MissedRuns(Construct scope, String id, BastionName bastion) {
    super(scope, id);
    queue =
        Queue.Builder.create(this, "Queue")
            .queueName(bastion.missedRunsQueue())
            .encryption(QueueEncryption.SQS_MANAGED)
            .enforceSsl(true)
            // The longest that SQS keeps a message.
            .retentionPeriod(Duration.days(14))
            .build();
    Reviewed.pass(queue, "AwsSolutions-SQS3", "it is a dead-letter queue itself");
  }

  /** The queue. */
  public IQueue queue() {
    return queue;
  }
}
