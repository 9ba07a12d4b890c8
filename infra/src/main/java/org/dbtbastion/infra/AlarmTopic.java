package org.dbtbastion.infra;

import java.util.List;
import java.util.Map;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.sns.ITopic;
import software.amazon.awscdk.services.sns.Subscription;
import software.amazon.awscdk.services.sns.SubscriptionProtocol;
import software.amazon.awscdk.services.sns.Topic;
import software.constructs.Construct;

/** Where the alarms of a bastion go, and nobody else's messages. */
final class AlarmTopic extends Construct {

  private final Topic topic;

  /**
   * @param email who is told, once they have confirmed it; null for nobody yet
   */
  AlarmTopic(Construct scope, String id, BastionName bastion, String email) {
    super(scope, id);
    // Not encrypted with a key: CloudWatch may not use the key that AWS manages for SNS, and what
    // alarms say is no secret.
    topic =
        Topic.Builder.create(this, "Topic")
            .topicName(bastion.stack() + "-alarms")
            .displayName(bastion.stack())
            .enforceSsl(true)
            .build();
    // A topic that has a policy has no longer the default one, which let the account publish.
    PolicyStatement publish =
        Statements.allow(
            "PublishAlarms",
            List.of("sns:Publish"),
            Map.of(
                "ArnLike",
                Map.of("aws:SourceArn", Arns.of(this).alarm(bastion.stack() + "-*")),
                "StringEquals",
                Map.of("aws:SourceAccount", Stack.of(this).getAccount())),
            topic.getTopicArn());
    publish.addServicePrincipal("cloudwatch.amazonaws.com");
    topic.addToResourcePolicy(publish);
    if (email != null) {
      Subscription.Builder.create(this, "Email")
          .topic(topic)
          .protocol(SubscriptionProtocol.EMAIL)
          .endpoint(email)
          .build();
    }
  }

  ITopic topic() {
    return topic;
  }
}
