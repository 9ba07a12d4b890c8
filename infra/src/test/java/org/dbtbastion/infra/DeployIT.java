package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dbtbastion.infra.sandbox.Account;
import org.dbtbastion.infra.sandbox.CdkCli;
import org.dbtbastion.infra.sandbox.UserData;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.autoscaling.AutoScalingClient;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.CloudFormationException;
import software.amazon.awssdk.services.cloudformation.model.Output;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceAttributeName;
import software.amazon.awssdk.services.ec2.model.InstanceStateName;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.DocumentKeyValuesFilter;
import software.amazon.awssdk.services.ssm.model.Parameter;

/**
 * The life of a stack with the real CDK command line, in an account that moto emulates. moto passes
 * over schedules and the outgoing rules of security groups, and does not release addresses.
 */
class DeployIT {

  private static final String STACK = "dbt-bastion-default";
  private static final String WAREHOUSE = "analytics.abc123.us-east-1.redshift.amazonaws.com";

  @TempDir private static Path folder;

  private static Account account;

  @BeforeAll
  static void startAccount() {
    account = Account.start(folder);
    account.createSecret("dbt", "not used here");
  }

  @AfterAll
  static void stopAccount() {
    account.close();
  }

  private static List<Instance> hosts(Ec2Client ec2) {
    return ec2
        .describeInstances(
            r ->
                r.filters(
                    Filter.builder().name("tag:dbt-bastion").values("default").build(),
                    Filter.builder().name("instance-state-name").values("running").build()))
        .reservations()
        .stream()
        .flatMap(reservation -> reservation.instances().stream())
        .toList();
  }

  private static String script(Ec2Client ec2, String instance) {
    return UserData.script(
        ec2.describeInstanceAttribute(
                r -> r.instanceId(instance).attribute(InstanceAttributeName.USER_DATA))
            .userData()
            .value());
  }

  @Test
  void deploysChangesNothingTheSecondTimeAndIsDestroyed() {
    CdkCli cdk = new CdkCli(Path.of(""), folder.resolve("cdk"), account.environment());
    Map<String, String> context =
        Map.of(
            "vpcId",
            account.vpcId(),
            "endpoint",
            WAREHOUSE,
            "database",
            "analytics",
            "securityGroup",
            account.securityGroupId(),
            "secret",
            account.secretArn(),
            "dbtRegion",
            "us1");
    try (Ec2Client ec2 = account.client(Ec2Client.builder());
        SsmClient ssm = account.client(SsmClient.builder());
        LambdaClient lambda = account.client(LambdaClient.builder());
        CloudFormationClient stacks = account.client(CloudFormationClient.builder());
        AutoScalingClient groups = account.client(AutoScalingClient.builder())) {
      cdk.bootstrap();
      cdk.deploy(context);

      Map<String, String> outputs = outputs(stacks);
      assertOneHostBootsItsFiles(ec2, outputs);
      assertFunctionsAreThere(lambda, outputs);
      assertParametersAndDocumentAreThere(ssm);
      assertWarehouseLetsTwoIn(ec2, account.securityGroupId());
      List<String> before = hosts(ec2).stream().map(Instance::instanceId).toList();

      assertThat(cdk.deploy(context)).contains("(no changes)");

      assertThat(hosts(ec2)).extracting(Instance::instanceId).isEqualTo(before);
      assertThat(outputs(stacks)).isEqualTo(outputs);

      cdk.destroy(context);

      assertThat(hosts(ec2)).isEmpty();
      assertThat(ec2.describeInstances(r -> r.instanceIds(before)).reservations())
          .flatExtracting(reservation -> reservation.instances())
          .extracting(instance -> instance.state().name())
          .containsOnly(InstanceStateName.TERMINATED);
      assertThat(groups.describeAutoScalingGroups().autoScalingGroups()).isEmpty();
      assertThat(lambda.listFunctions().functions()).isEmpty();
      assertThat(parameters(ssm)).isEmpty();
      assertThat(stackIsGone(stacks)).isTrue();
    }
  }

  private static void assertOneHostBootsItsFiles(Ec2Client ec2, Map<String, String> outputs) {
    assertThat(outputs)
        .containsEntry("WarehouseHost", WAREHOUSE)
        .containsEntry("WarehousePort", "5439")
        .containsEntry("WarehouseDatabase", "analytics")
        .containsEntry("TunnelPort", "22")
        .containsEntry("TunnelUser", "dbtcloud");
    assertThat(hosts(ec2))
        .singleElement()
        .satisfies(
            host -> {
              assertThat(host.instanceTypeAsString()).isEqualTo("t4g.nano");
              assertThat(script(ec2, host.instanceId()))
                  .isEqualTo(
                      new BootScript(
                              Synthesized.REGION,
                              new BastionName("default"),
                              "elastic-ip",
                              "dbtcloud",
                              22,
                              List.of(WAREHOUSE + ":5439"),
                              HostFiles.in(Path.of("bastion")))
                          .render());
            });
  }

  private static void assertFunctionsAreThere(LambdaClient lambda, Map<String, String> outputs) {
    FunctionConfiguration registry =
        lambda.getFunction(r -> r.functionName(outputs.get("KeyRegistryFunction"))).configuration();
    FunctionConfiguration check =
        lambda
            .getFunction(r -> r.functionName(outputs.get("ConnectionCheckFunction")))
            .configuration();

    assertThat(registry.functionName()).isEqualTo("dbt-bastion-default-key-registry");
    assertThat(registry.environment().variables())
        .isEqualTo(
            Map.of(
                "DBT_BASTION_NAME", "default",
                "DBT_BASTION_ACTIONS", "register-key,revoke-key,list-keys,renew-check-key",
                "DBT_BASTION_SYNC_DOCUMENT", "dbt-bastion-default-sync-keys"));
    assertThat(check.functionName()).isEqualTo("dbt-bastion-default-connection-check");
    assertThat(check.environment().variables())
        .isEqualTo(
            Map.of(
                "DBT_BASTION_PUBLIC_ADDRESS", outputs.get("TunnelHost"),
                "DBT_BASTION_NAME", "default",
                "DBT_BASTION_ACTIONS", "check",
                "DBT_BASTION_SSH_USER", "dbtcloud",
                "DBT_BASTION_SSH_PORT", "22"));
    assertThat(check.vpcConfig().subnetIds()).hasSize(1);
    assertThat(List.of(registry, check))
        .allSatisfy(
            function -> {
              assertThat(function.runtimeAsString()).isEqualTo("java25");
              assertThat(function.handler()).isEqualTo(FunctionZip.HANDLER);
            });
  }

  private static List<Parameter> parameters(SsmClient ssm) {
    return ssm.getParametersByPath(r -> r.path("/dbt-bastion").recursive(true)).parameters();
  }

  private static void assertParametersAndDocumentAreThere(SsmClient ssm) {
    Map<String, String> values =
        parameters(ssm).stream().collect(Collectors.toMap(Parameter::name, Parameter::value));
    assertThat(values)
        .containsOnlyKeys(
            "/dbt-bastion/default/connections/analytics", "/dbt-bastion/default/elastic-ip");
    assertThat(values.get("/dbt-bastion/default/elastic-ip")).startsWith("eipalloc-");
    assertThat(values.get("/dbt-bastion/default/connections/analytics"))
        .startsWith(
            "{\"host\":\"%s\",\"port\":5439,\"database\":\"analytics\",\"secret\":\"arn:"
                .formatted(WAREHOUSE));
    assertThat(
            ssm.listDocuments(
                    r ->
                        r.filters(
                            DocumentKeyValuesFilter.builder().key("Owner").values("Self").build()))
                .documentIdentifiers())
        .extracting(document -> document.name())
        .contains("dbt-bastion-default-sync-keys");
  }

  private static void assertWarehouseLetsTwoIn(Ec2Client ec2, String securityGroup) {
    List<IpPermission> permissions =
        ec2.describeSecurityGroups(r -> r.groupIds(securityGroup))
            .securityGroups()
            .getFirst()
            .ipPermissions();
    assertThat(permissions)
        .singleElement()
        .satisfies(
            permission -> {
              assertThat(permission.fromPort()).isEqualTo(5439);
              assertThat(permission.ipRanges()).isEmpty();
              assertThat(permission.userIdGroupPairs()).hasSize(2);
            });
  }

  private static Map<String, String> outputs(CloudFormationClient stacks) {
    return stacks.describeStacks(r -> r.stackName(STACK)).stacks().getFirst().outputs().stream()
        .collect(Collectors.toMap(Output::outputKey, Output::outputValue));
  }

  private static boolean stackIsGone(CloudFormationClient stacks) {
    try {
      return stacks.describeStacks(r -> r.stackName(STACK)).stacks().isEmpty();
    } catch (CloudFormationException e) {
      return e.getMessage().contains("does not exist");
    }
  }
}
