package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.infra.synthesis.Lookups;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.dbtbastion.standins.account.UserData;
import org.junit.jupiter.api.Test;

class BastionStackTest {

  // CloudFormation knows no tags for these.
  private static final Set<String> UNTAGGED =
      Set.of(
          "AWS::CloudWatch::Dashboard",
          "AWS::EC2::SecurityGroupEgress",
          "AWS::EC2::SecurityGroupIngress",
          "AWS::IAM::InstanceProfile",
          "AWS::IAM::ManagedPolicy",
          "AWS::Lambda::Alias",
          "AWS::Lambda::Version",
          "AWS::Logs::MetricFilter",
          "AWS::SNS::Subscription",
          "AWS::SNS::TopicPolicy",
          "AWS::SQS::QueuePolicy",
          "AWS::SSM::Parameter",
          "AWS::Scheduler::Schedule");

  private static Map<String, String> outputs(Synthesized stack) {
    Map<String, String> outputs = new TreeMap<>();
    stack
        .template()
        .get("Outputs")
        .properties()
        .forEach(
            output -> {
              JsonNode value = output.getValue().get("Value");
              outputs.put(output.getKey(), value.isTextual() ? value.asText() : value.toString());
            });
    return outputs;
  }

  @Test
  void outputsAreWhatToTypeIntoDbt() {
    assertThat(outputs(Synthesized.least()))
        .containsEntry("WarehouseHost", "analytics.abc123.us-east-1.redshift.amazonaws.com")
        .containsEntry("WarehousePort", "5439")
        .containsEntry("WarehouseDatabase", "analytics")
        .containsEntry("TunnelHost", "{\"Ref\":\"ElasticIpAddress9A824FD0\"}")
        .containsEntry("TunnelPort", "22")
        .containsEntry("TunnelUser", "dbtcloud")
        .containsOnlyKeys(
            "WarehouseHost",
            "WarehousePort",
            "WarehouseDatabase",
            "TunnelHost",
            "TunnelPort",
            "TunnelUser",
            "TunnelAddresses",
            "AllowedAddresses",
            "KeyRegistryFunction",
            "ConnectionCheckFunction",
            "CheckPolicyArn",
            "RegisterKeysPolicyArn",
            "AlarmTopic",
            "RegisterKeyCommand");
    assertThat(outputs(Synthesized.least()).get("RegisterKeyCommand"))
        .isEqualTo("scripts/register-key --name default --label LABEL 'ssh-rsa AAAA...'");
  }

  @Test
  void whatFitsNeitherTheRegionNorTheVpcIsRefusedAtOnce() {
    Map<String, Object> configuration =
        SampleContext.with("secret", SampleContext.SECRET.replace("us-east-1", "eu-west-1"));

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> Synthesized.synthesize(configuration, Lookups.inVpcOf("Isolated")))
        .satisfies(
            refusal ->
                assertThat(refusal.problems())
                    .extracting(ConfigurationProblem::subject, ConfigurationProblem::value)
                    .containsExactly(
                        tuple("secret", configuration.get("secret")),
                        tuple("vpcId", configuration.get("vpcId"))))
        .withMessageContaining("allowed: a secret in the stack's region, us-east-1")
        .withMessageContaining("--region eu-west-1 --add-replica-regions Region=us-east-1")
        .withMessageContaining("fix: add a subnet with a default route to an internet gateway");
  }

  @Test
  void everythingCarriesTheTagOfTheBastion() {
    Synthesized.least()
        .template()
        .get("Resources")
        .properties()
        .forEach(
            resource -> {
              JsonNode value = resource.getValue();
              if (UNTAGGED.contains(value.get("Type").asText())) {
                return;
              }
              JsonNode tags =
                  value.at("/Properties/Tags").isMissingNode()
                      ? value.at("/Properties/TagSpecifications/0/Tags")
                      : value.at("/Properties/Tags");
              assertThat(tags)
                  .as(resource.getKey())
                  .anySatisfy(
                      tag -> {
                        assertThat(tag.get("Key").asText()).isEqualTo("dbt-bastion");
                        assertThat(tag.get("Value").asText()).isEqualTo("default");
                      });
            });
  }

  @Test
  void anyResourceOfTheAccountIsNamedOnlyWhereIamKnowsNoNarrower() {
    Set<String> actions = new TreeSet<>();
    Synthesized.least()
        .template()
        .findValues("Statement")
        .forEach(
            statements ->
                statements.forEach(
                    statement -> {
                      if (statement.path("Resource").toString().equals("\"*\"")
                          && statement.path("Effect").asText().equals("Allow")
                          && !statement.has("Condition")) {
                        JsonNode action = statement.get("Action");
                        if (action.isArray()) {
                          action.forEach(one -> actions.add(one.asText()));
                        } else {
                          actions.add(action.asText());
                        }
                      }
                    }));

    assertThat(actions)
        .containsExactlyInAnyOrder(
            "autoscaling:DescribeAutoScalingGroups",
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeAddresses",
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstances",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
            "ec2messages:AcknowledgeMessage",
            "ec2messages:DeleteMessage",
            "ec2messages:FailMessage",
            "ec2messages:GetEndpoint",
            "ec2messages:GetMessages",
            "ec2messages:SendReply",
            "elasticloadbalancing:DescribeListenerAttributes",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "ssm:DescribeInstanceInformation",
            "ssm:GetCommandInvocation",
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel");
  }

  @Test
  void whatIsConfiguredReachesEveryPart() {
    Map<String, Object> configuration = new HashMap<>(SampleContext.LEAST);
    configuration.putAll(
        Map.of(
            "name", "finance",
            "port", 5440,
            "cidrs", "203.0.113.0/28",
            "sshPort", 2222,
            "sshUser", "tunnel",
            "checkInterval", 1,
            "instanceType", "t3.micro"));
    configuration.remove("dbtRegion");

    Synthesized stack = Synthesized.synthesize(configuration);

    assertThat(stack.rules("Ingress", "HostSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 2222-2222 DbtAddressesList",
            "tcp 2222-2222 ConnectionChecksSecurityGroup",
            "icmp 3-4 0.0.0.0/0");
    assertThat(stack.rules("Egress", "HostSecurityGroup")).anyMatch(r -> r.startsWith("tcp 5440"));
    JsonNode host =
        stack.properties("AWS::EC2::LaunchTemplate", "HostTemplate").get("LaunchTemplateData");
    assertThat(host.get("ImageId").asText()).endsWith("-x86_64");
    assertThat(host.get("InstanceType").asText()).isEqualTo("t3.micro");
    assertThat(UserData.script(host.get("UserData").asText()))
        .contains("BASTION_NAME='finance'")
        .contains("BASTION_USER='tunnel'")
        .contains("BASTION_SSH_PORT=2222")
        .contains(":5440'");
    assertThat(
            stack
                .properties("AWS::Lambda::Function", "ConnectionChecksFunction")
                .at("/Environment/Variables")
                .toString())
        .contains("\"DBT_BASTION_SSH_PORT\":\"2222\"", "\"DBT_BASTION_SSH_USER\":\"tunnel\"");
    assertThat(
            stack
                .properties("AWS::Scheduler::Schedule", "ConnectionChecks")
                .get("ScheduleExpression")
                .asText())
        .isEqualTo("rate(1 minute)");
    assertThat(outputs(stack))
        .containsEntry("TunnelPort", "2222")
        .containsEntry("TunnelUser", "tunnel")
        .containsEntry("WarehousePort", "5440");
    assertThat(stack.properties("AWS::EC2::PrefixList", "DbtAddresses").get("Entries").toString())
        .isEqualTo("[{\"Cidr\":\"203.0.113.0/28\",\"Description\":\"dbt\"}]");
  }
}
