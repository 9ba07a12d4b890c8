package org.dbtbastion.infra;

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
final class MissedRuns extends Construct {

  private final Queue queue;

  MissedRuns(Construct scope, String id, BastionName bastion) {
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

  IQueue queue() {
    return queue;
  }
}
