package org.dbtbastion.local.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.infra.configuration.AddressMode;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.configuration.Configuration;
import software.amazon.awssdk.services.cloudformation.model.CloudFormationException;
import software.amazon.awssdk.services.cloudformation.model.Stack;
import software.amazon.awssdk.services.ssm.model.ParameterNotFoundException;
import software.amazon.awssdk.services.sts.model.StsException;

/** What the account and the region say: the CDK's bootstrap, the stack, names, quotas. */
final class AccountChecks {

  /** What templates with modern bootstrap roles need, lookups included. */
  private static final int LEAST_BOOTSTRAP = 8;

  private static final String QUALIFIER = "hnb659fds";
  private static final String BOOTSTRAP_VERSION = "/cdk-bootstrap/" + QUALIFIER + "/version";

  // Source: the Lambda developer guide, "Lambda SnapStart", supported Regions.
  private static final Set<String> WITHOUT_SNAP_START = Set.of("ap-southeast-6", "ap-east-2");

  // "EC2-VPC Elastic IPs".
  private static final String ADDRESSES_QUOTA = "L-0263D0A3";

  private final Apis apis;
  private final Configuration configuration;
  private final String account;
  private final String region;

  AccountChecks(Apis apis, Configuration configuration, String account, String region) {
    this.apis = apis;
    this.configuration = configuration;
    this.account = account;
    this.region = region;
  }

  void askAll(Questions questions) {
    questions.ask("ssm:GetParameter", this::bootstrap);
    for (String role : List.of("deploy", "file-publishing", "lookup")) {
      questions.ask("sts:AssumeRole", () -> role(role));
    }
    questions.ask("cloudformation:DescribeStacks", this::stack);
    questions.ask("servicequotas:GetServiceQuota", this::addresses);
    if (configuration.snapStart() && WITHOUT_SNAP_START.contains(region)) {
      questions.ask(
          "",
          () ->
              List.of(
                  new Finding(
                      Cause.SNAP_START_MISSING,
                      region,
                      "Lambda refuses functions with SnapStart there",
                      "leave out -c snapStart=true")));
    }
  }

  private String bootstrapCommand() {
    return "infra/node_modules/.bin/cdk bootstrap aws://%s/%s".formatted(account, region);
  }

  private List<Finding> bootstrap() {
    String version;
    try {
      version = apis.ssm.getParameter(r -> r.name(BOOTSTRAP_VERSION)).parameter().value();
    } catch (ParameterNotFoundException _) {
      return List.of(
          new Finding(
              Cause.BOOTSTRAP_MISSING,
              "aws://%s/%s".formatted(account, region),
              "there is no parameter " + BOOTSTRAP_VERSION,
              bootstrapCommand()));
    }
    return version.matches("\\d{1,9}") && Integer.parseInt(version) >= LEAST_BOOTSTRAP
        ? List.of()
        : List.of(
            new Finding(
                Cause.BOOTSTRAP_OLD,
                "aws://%s/%s".formatted(account, region),
                "its version is %s, and %d is needed".formatted(version, LEAST_BOOTSTRAP),
                bootstrapCommand()));
  }

  private List<Finding> role(String purpose) {
    String arn =
        "arn:aws:iam::%1$s:role/cdk-%2$s-%3$s-role-%1$s-%4$s"
            .formatted(account, QUALIFIER, purpose, region);
    try {
      apis.sts.assumeRole(r -> r.roleArn(arn).roleSessionName("preflight"));
      return List.of();
    } catch (StsException e) {
      if (e.statusCode() != 403 && e.statusCode() != 404) {
        throw e;
      }
      return List.of(
          new Finding(
              Cause.BOOTSTRAP_ROLE_REFUSED,
              arn,
              "the CDK cannot assume it, and cannot deploy",
              "allow sts:AssumeRole on it to whoever deploys: \"What the deploying role needs\" in"
                  + " infra/README.md"));
    }
  }

  private Optional<Stack> described() {
    try {
      return apis
          .cloudFormation
          .describeStacks(r -> r.stackName(configuration.name().stack()))
          .stacks()
          .stream()
          .findFirst();
    } catch (CloudFormationException e) {
      if (String.valueOf(e.getMessage()).contains("does not exist")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private List<Finding> stack() {
    Optional<Stack> stack = described();
    String name = configuration.name().stack();
    if (stack.isEmpty()) {
      return taken();
    }
    String status = stack.get().stackStatusAsString();
    if (status.endsWith("_IN_PROGRESS")) {
      return List.of(
          new Finding(
              Cause.STACK_BUSY,
              name,
              "it is " + status + ": CloudFormation takes one change at a time",
              "aws cloudformation describe-stack-events --stack-name " + name));
    }
    return status.matches("ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED")
        ? List.of(
            new Finding(
                Cause.STACK_BROKEN,
                name,
                "it is " + status + ": CloudFormation can only delete it",
                "scripts/destroy --name " + configuration.name()))
        : List.of();
  }

  /** What has a fixed name, and stays when a stack is deleted by halves or by hand. */
  private List<Finding> taken() {
    List<Finding> found = new ArrayList<>();
    BastionName name = configuration.name();
    for (String log :
        List.of(
            name.hostLog(),
            "/aws/lambda/" + name.keyRegistryFunction(),
            "/aws/lambda/" + name.connectionCheckFunction())) {
      if (apis.logs.describeLogGroups(r -> r.logGroupNamePrefix(log)).logGroups().stream()
          .anyMatch(group -> group.logGroupName().equals(log))) {
        found.add(
            new Finding(
                Cause.NAME_TAKEN,
                log,
                "a log group of this name is there, and CloudFormation makes no second one",
                "aws logs delete-log-group --log-group-name " + log));
      }
    }
    return found;
  }

  private List<Finding> addresses() {
    if (described().isPresent()) {
      return List.of();
    }
    int needed =
        configuration.hosts().addressMode() == AddressMode.ELASTIC_IP
            ? 1
            : configuration.hosts().count();
    int used = apis.ec2.describeAddresses().addresses().size();
    int allowed =
        apis.quotas
            .getServiceQuota(r -> r.serviceCode("ec2").quotaCode(ADDRESSES_QUOTA))
            .quota()
            .value()
            .intValue();
    return used + needed <= allowed
        ? List.of()
        : List.of(
            new Finding(
                Cause.ADDRESS_QUOTA,
                region,
                "%d of %d Elastic IPs are used, and the bastion needs %d"
                    .formatted(used, allowed, needed),
                "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code"
                    + " %s --desired-value %d".formatted(ADDRESSES_QUOTA, used + needed)));
  }
}
