package org.dbtbastion.infra;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.readme.Readme;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The policies that README.md names suffice for what the stack consists of, as far as a template
 * tells.
 */
class DeployingRoleTest {

  /** What CloudFormation needs to make a resource of a type, and to remove it. */
  private static final Map<String, List<String>> NEEDED =
      Map.ofEntries(
          entry(
              "AWS::AutoScaling::AutoScalingGroup",
              List.of(
                  "autoscaling:CreateAutoScalingGroup",
                  "autoscaling:DeleteAutoScalingGroup",
                  "autoscaling:PutLifecycleHook",
                  "ec2:RunInstances",
                  "iam:PassRole")),
          entry(
              "AWS::CloudWatch::Alarm",
              List.of("cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms")),
          entry(
              "AWS::CloudWatch::Dashboard",
              List.of("cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards")),
          entry("AWS::EC2::EIP", List.of("ec2:AllocateAddress", "ec2:ReleaseAddress")),
          entry(
              "AWS::EC2::LaunchTemplate",
              List.of("ec2:CreateLaunchTemplate", "ec2:DeleteLaunchTemplate")),
          entry(
              "AWS::EC2::PrefixList",
              List.of("ec2:CreateManagedPrefixList", "ec2:DeleteManagedPrefixList")),
          entry(
              "AWS::EC2::SecurityGroup",
              List.of("ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup")),
          entry(
              "AWS::EC2::SecurityGroupEgress",
              List.of("ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress")),
          entry(
              "AWS::EC2::SecurityGroupIngress",
              List.of("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress")),
          entry(
              "AWS::EC2::VPCEndpoint", List.of("ec2:CreateVpcEndpoint", "ec2:DeleteVpcEndpoints")),
          entry(
              "AWS::ElasticLoadBalancingV2::Listener",
              List.of(
                  "elasticloadbalancing:CreateListener", "elasticloadbalancing:DeleteListener")),
          entry(
              "AWS::ElasticLoadBalancingV2::LoadBalancer",
              List.of(
                  "elasticloadbalancing:CreateLoadBalancer",
                  "elasticloadbalancing:DeleteLoadBalancer")),
          entry(
              "AWS::ElasticLoadBalancingV2::TargetGroup",
              List.of(
                  "elasticloadbalancing:CreateTargetGroup",
                  "elasticloadbalancing:DeleteTargetGroup")),
          entry(
              "AWS::IAM::InstanceProfile",
              List.of(
                  "iam:CreateInstanceProfile",
                  "iam:AddRoleToInstanceProfile",
                  "iam:DeleteInstanceProfile")),
          entry("AWS::IAM::ManagedPolicy", List.of("iam:CreatePolicy", "iam:DeletePolicy")),
          entry(
              "AWS::IAM::Role",
              List.of("iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRole", "iam:TagRole")),
          entry("AWS::Lambda::Alias", List.of("lambda:CreateAlias", "lambda:DeleteAlias")),
          entry(
              "AWS::Lambda::Function",
              List.of(
                  "lambda:CreateFunction",
                  "lambda:DeleteFunction",
                  "iam:PassRole",
                  "s3:GetObject",
                  "ec2:DescribeSubnets")),
          entry("AWS::Lambda::Version", List.of("lambda:PublishVersion")),
          entry(
              "AWS::Logs::LogGroup",
              List.of("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy")),
          entry(
              "AWS::Logs::MetricFilter",
              List.of("logs:PutMetricFilter", "logs:DeleteMetricFilter")),
          entry("AWS::SNS::Subscription", List.of("sns:Subscribe", "sns:Unsubscribe")),
          entry("AWS::SNS::Topic", List.of("sns:CreateTopic", "sns:DeleteTopic")),
          entry("AWS::SNS::TopicPolicy", List.of("sns:SetTopicAttributes")),
          entry("AWS::SQS::Queue", List.of("sqs:CreateQueue", "sqs:DeleteQueue")),
          entry("AWS::SQS::QueuePolicy", List.of("sqs:SetQueueAttributes")),
          entry("AWS::SSM::Document", List.of("ssm:CreateDocument", "ssm:DeleteDocument")),
          entry("AWS::SSM::Parameter", List.of("ssm:PutParameter", "ssm:DeleteParameter")),
          entry(
              "AWS::Scheduler::Schedule",
              List.of("scheduler:CreateSchedule", "scheduler:DeleteSchedule", "iam:PassRole")));

  private static final int POLICY_CHARACTERS = 6144;

  @TempDir private Path folder;

  static List<JsonNode> policies() {
    return List.of(
        Readme.in(Repository.infra()).block("What the deploying role needs", "json").parsed(),
        execution());
  }

  private static JsonNode execution() {
    try {
      return new ObjectMapper().readTree(Path.of("cloudformation-execution.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void executionPolicySufficesForEveryTypeOfTheTemplate() {
    SortedSet<String> types = new TreeSet<>();
    for (Synthesized stack : Examples.all().values()) {
      stack
          .template()
          .get("Resources")
          .forEach(resource -> types.add(resource.get("Type").asText()));
    }

    assertThat(NEEDED).as("say here what a type needs").containsOnlyKeys(types);
  }

  @Test
  void executionPolicyAllowsWhatTheTypesNeed() {
    assertThat(NEEDED.values().stream().flatMap(List::stream))
        .allSatisfy(action -> assertThat(allows(execution(), action)).as(action).isTrue());
  }

  @Test
  void executionPolicyReachesNoSecretAndNoOtherRole() {
    assertThat(
            Stream.of(
                "secretsmanager:GetSecretValue",
                "redshift:GetClusterCredentials",
                "iam:CreateUser",
                "s3:PutObject",
                "kms:Decrypt"))
        .allSatisfy(action -> assertThat(allows(execution(), action)).as(action).isFalse());
    assertThat(execution().get("Statement"))
        .filteredOn(
            statement -> several(statement.get("Action")).anyMatch(a -> a.startsWith("iam:")))
        .flatExtracting(statement -> several(statement.get("Resource")).toList())
        .allMatch(
            resource ->
                resource.contains("/dbt-bastion-") || resource.contains("/aws-service-role/"));
  }

  @ParameterizedTest
  @MethodSource("policies")
  void iamTakesThePolicy(JsonNode policy) throws IOException {
    // IAM does not count white space.
    assertThat(policy.toString()).hasSizeLessThanOrEqualTo(POLICY_CHARACTERS);
    ObjectNode template = new ObjectMapper().createObjectNode();
    template
        .withObject("/Resources/Policy")
        .put("Type", "AWS::IAM::ManagedPolicy")
        .withObject("/Properties")
        .set("PolicyDocument", policy);
    Path file = Files.writeString(folder.resolve("template.json"), template.toString());

    // It knows the names of all actions.
    Result lint = Command.of("cfn-lint", file.toString()).run();

    assertThat(lint.output() + lint.errors()).isEmpty();
  }

  private static boolean allows(JsonNode policy, String action) {
    return StreamSupport.stream(policy.get("Statement").spliterator(), false)
        .flatMap(statement -> several(statement.get("Action")))
        .anyMatch(
            pattern -> Pattern.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"), action));
  }

  private static Stream<String> several(JsonNode oneOrMore) {
    return oneOrMore.isArray()
        ? StreamSupport.stream(oneOrMore.spliterator(), false).map(JsonNode::asText)
        : Stream.of(oneOrMore.asText());
  }
}
