package org.dbtbastion.infra.monitoring;

import java.util.Map;
import java.util.Optional;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.sns.ITopic;
import software.amazon.awscdk.services.sns.Subscription;
import software.amazon.awscdk.services.sns.SubscriptionProtocol;
import software.amazon.awscdk.services.sns.Topic;
import software.constructs.Construct;

/** The SNS topic of the alarms of a bastion; nothing else may publish to it. */
final class AlarmTopic extends Construct {

  private final Topic topic;

  /**
   * Puts the topic into a construct.
   *
   * @param email who is told, once they have confirmed it; empty for nobody yet
   */
  AlarmTopic(Construct scope, String id, BastionName bastion, Optional<String> email) {
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
        Permission.allow("PublishAlarms", "sns:Publish")
            .on(topic.getTopicArn())
            .when(
                Map.of(
                    "ArnLike",
                    Map.of("aws:SourceArn", Arns.of(this).alarm(bastion.stack() + "-*")),
                    "StringEquals",
                    Map.of("aws:SourceAccount", Stack.of(this).getAccount())))
            .statement();
    publish.addServicePrincipal("cloudwatch.amazonaws.com");
    topic.addToResourcePolicy(publish);
    email.ifPresent(
        address ->
            Subscription.Builder.create(this, "Email")
                .topic(topic)
                .protocol(SubscriptionProtocol.EMAIL)
                .endpoint(address)
                .build());
  }

  ITopic topic() {
    return topic;
  }
}
