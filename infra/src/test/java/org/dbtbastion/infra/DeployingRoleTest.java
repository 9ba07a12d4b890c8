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
import org.dbtbastion.infra.synthesis.ResourceTypes;
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

  private static final String STACK = "dbt-bastion-prod";

  /** What handlers need for properties that no template of ours has, by patterns of actions. */
  private static final Map<String, String> NOT_NEEDED =
      Map.ofEntries(
          entry("autoscaling:(At|De)tachLoadBalancers", "Classic Load Balancers"),
          entry("autoscaling:(Put|Delete)NotificationConfiguration", "notifications"),
          entry("autoscaling:(Start|Cancel)InstanceRefresh", "CloudFormation replaces hosts"),
          entry("codedeploy:.*", "gradual deployments of aliases"),
          entry("cognito-idp:.*", "authentication by listeners"),
          entry("ec2:AcceptAddressTransfer", "addresses of other accounts"),
          entry("(ec2|ssm):Get\\*", "images and templates other than those that are allowed"),
          entry("elasticfilesystem:.*|s3files:.*", "file systems of functions"),
          entry("elasticloadbalancing:(Der|R)egisterTargets", "the group registers its hosts"),
          entry("elasticloadbalancing:Modify(CapacityReservation|IpPools)", "reserved capacity"),
          entry("elasticloadbalancing:SetIpAddressType", "IPv6"),
          entry("firehose:.*", "delivery of logs"),
          entry("iam:(At|De)tach(Group|User)Policy", "policies of groups and users"),
          entry("iam:(Put|Delete)RolePermissionsBoundary", "permissions boundaries"),
          entry("kms:.*|logs:(A|Disa)ssociateKmsKey", "keys of customers"),
          entry("logs:(CreateLogDelivery|PutBearerTokenAuthentication)", "delivery of logs"),
          entry("logs:(Put|Delete)(IndexPolicy|ResourcePolicy)", "index and resource policies"),
          entry("logs:PutLogGroupDeletionProtection", "protection from deletion"),
          entry("managed-fleets:.*", "fleets that AWS manages"),
          entry("s3:REST.PUT.OBJECT", "no action of IAM"),
          entry("vpc-lattice:.*|vpce:.*", "VPC Lattice, endpoints in other regions"));

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

  /** By what CloudFormation publishes of them. */
  @Test
  void executionPolicySufficesForEveryTypeOfTheTemplates() {
    SortedSet<String> lacking = new TreeSet<>();
    for (String type : types()) {
      for (String action : ResourceTypes.permissions(type)) {
        if (NOT_NEEDED.keySet().stream().noneMatch(action::matches)
            && !allows(execution(), action, resource(type, action))) {
          lacking.add(action + " on " + resource(type, action) + " for " + type);
        }
      }
    }

    assertThat(lacking).isEmpty();
  }

  @Test
  void whatIsNotNeededIsAskedForByAHandlerAndNotAllowed() {
    assertThat(NOT_NEEDED.keySet())
        .allSatisfy(
            pattern ->
                assertThat(
                        types().stream().flatMap(type -> ResourceTypes.permissions(type).stream()))
                    .filteredOn(action -> action.matches(pattern))
                    .isNotEmpty()
                    .noneMatch(action -> allows(execution(), action, "*")));
  }

  private static SortedSet<String> types() {
    SortedSet<String> types = new TreeSet<>();
    for (Synthesized stack : Examples.all().values()) {
      stack
          .template()
          .get("Resources")
          .forEach(resource -> types.add(resource.get("Type").asText()));
    }
    return types;
  }

  /** What CloudFormation calls it, or what it refers to, in the largest example. */
  private static String resource(String type, String action) {
    String here = "us-east-1:123456789012:";
    return switch (action.substring(0, action.indexOf(':'))) {
      case "iam" -> "arn:aws:iam::123456789012:" + iam(action) + "/" + STACK + "-Any1A2B3C";
      case "lambda" -> "arn:aws:lambda:" + here + "function:" + STACK + "-key-registry";
      case "logs" ->
          action.startsWith("logs:Describe")
              ? "*"
              : "arn:aws:logs:" + here + "log-group:/aws/lambda/" + STACK + "-key-registry";
      case "s3" -> "arn:aws:s3:::cdk-hnb659fds-assets-123456789012-us-east-1/1a2b.zip";
      case "scheduler" -> "arn:aws:scheduler:" + here + "schedule/default/" + STACK + "-check";
      case "sns", "sqs" ->
          "arn:aws:%s:%s%s-Any1A2B3C"
              .formatted(action.substring(0, action.indexOf(':')), here, STACK);
      case "ssm" ->
          action.equals("ssm:DescribeParameters")
              ? "*"
              : "arn:aws:ssm:"
                  + here
                  + (type.equals("AWS::SSM::Document")
                      ? "document/" + STACK + "-sync-keys"
                      : type.equals("AWS::SSM::Parameter")
                          ? "parameter/dbt-bastion/prod/elastic-ip"
                          : "parameter/aws/service/ami-amazon-linux-latest/any");
      default -> "*";
    };
  }

  private static String iam(String action) {
    if (action.contains("InstanceProfile")) {
      return "instance-profile";
    }
    return action.matches("iam:(Create|Get|Delete|List|Set|Tag|Untag).*Polic.*")
            && !action.contains("Role")
        ? "policy"
        : action.contains("ServiceLinkedRole") ? "role/aws-service-role/any" : "role";
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
        .allSatisfy(action -> assertThat(allows(execution(), action, "*")).as(action).isFalse());
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

  /** Whether a statement allows it, whatever its conditions. {@code *} is any resource. */
  private static boolean allows(JsonNode policy, String action, String resource) {
    return StreamSupport.stream(policy.get("Statement").spliterator(), false)
        .anyMatch(
            statement ->
                several(statement.get("Action")).anyMatch(pattern -> matches(pattern, action))
                    && several(statement.get("Resource"))
                        .anyMatch(pattern -> resource.equals("*") || matches(pattern, resource)));
  }

  private static boolean matches(String pattern, String text) {
    return Pattern.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"), text);
  }

  private static Stream<String> several(JsonNode oneOrMore) {
    return oneOrMore.isArray()
        ? StreamSupport.stream(oneOrMore.spliterator(), false).map(JsonNode::asText)
        : Stream.of(oneOrMore.asText());
  }
}
