package org.dbtbastion.local.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.local.sandbox.CdkCli;
import org.dbtbastion.local.sandbox.WarehouseAccount;
import org.dbtbastion.standins.account.UserData;
import org.dbtbastion.standins.process.Repository;
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
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancer;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerTypeEnum;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.DocumentKeyValuesFilter;
import software.amazon.awssdk.services.ssm.model.Parameter;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * The life of a stack with the real CDK command line, in an account that moto emulates. moto passes
 * over schedules and the outgoing rules of security groups, and does not release addresses or
 * remove target groups.
 */
class DeployIT {

  private static final String STACK = "dbt-bastion-default";

  private static final String KEY =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINsLNnic1IUTtEI9CRGqv4xPwZaJalzIwB7y0rJpDUei";
  private static final String KEY_SHA256 =
      ((PublicKey.Parsed.Accepted) PublicKey.parse(KEY)).key().sha256Hex();

  @TempDir private Path folder;

  private record Clients(
      Ec2Client ec2,
      SsmClient ssm,
      LambdaClient lambda,
      CloudFormationClient stacks,
      AutoScalingClient groups,
      ElasticLoadBalancingV2Client balancers)
      implements AutoCloseable {

    static Clients of(WarehouseAccount account) {
      return new Clients(
          account.client(Ec2Client.builder()),
          account.client(SsmClient.builder()),
          account.client(LambdaClient.builder()),
          account.client(CloudFormationClient.builder()),
          account.client(AutoScalingClient.builder()),
          account.client(ElasticLoadBalancingV2Client.builder()));
    }

    @Override
    public void close() {
      List.of(ec2, ssm, lambda, stacks, groups, balancers).forEach(SdkAutoCloseable::close);
    }

    List<Instance> hosts() {
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

    Map<String, String> outputs() {
      return stacks.describeStacks(r -> r.stackName(STACK)).stacks().getFirst().outputs().stream()
          .collect(Collectors.toMap(Output::outputKey, Output::outputValue));
    }

    String userData(String instance) {
      return UserData.script(
          ec2.describeInstanceAttribute(
                  r -> r.instanceId(instance).attribute(InstanceAttributeName.USER_DATA))
              .userData()
              .value());
    }

    Map<String, String> parameters() {
      return ssm
          .getParametersByPath(r -> r.path("/dbt-bastion").recursive(true))
          .parameters()
          .stream()
          .collect(Collectors.toMap(Parameter::name, Parameter::value));
    }
  }

  /** Deploys, asserts, deploys again, compares and destroys. */
  private void live(
      WarehouseAccount account,
      Map<String, String> context,
      BiConsumer<Clients, Map<String, String>> deployed) {
    CdkCli cdk = new CdkCli(Repository.infra(), folder.resolve("cdk"), account.environment());
    try (Clients clients = Clients.of(account)) {
      cdk.bootstrap();
      cdk.deploy(context);

      assertThat(folder.resolve("cdk/cdk.context.json"))
          .content()
          .contains("\"cc-api-provider:", "\"vpc-provider:", "VpcSecurityGroupIds");
      Map<String, String> outputs = clients.outputs();
      deployed.accept(clients, outputs);
      List<String> before = clients.hosts().stream().map(Instance::instanceId).toList();

      assertThat(cdk.deploy(context)).contains("(no changes)");
      cdk.assertNoDifference(context);

      assertThat(clients.hosts()).extracting(Instance::instanceId).isEqualTo(before);
      assertThat(clients.outputs()).isEqualTo(outputs);

      cdk.destroy(context);

      assertNothingIsLeft(clients, before);
    }
  }

  private static void assertNothingIsLeft(Clients clients, List<String> hosts) {
    assertThat(clients.hosts()).isEmpty();
    assertThat(clients.ec2.describeInstances(r -> r.instanceIds(hosts)).reservations())
        .flatExtracting(reservation -> reservation.instances())
        .extracting(instance -> instance.state().name())
        .containsOnly(InstanceStateName.TERMINATED);
    assertThat(clients.groups.describeAutoScalingGroups().autoScalingGroups()).isEmpty();
    assertThat(clients.balancers.describeLoadBalancers().loadBalancers()).isEmpty();
    assertThat(clients.lambda.listFunctions().functions()).isEmpty();
    assertThat(clients.parameters()).isEmpty();
    assertThat(stackIsGone(clients.stacks)).isTrue();
  }

  @Test
  void aHostWithAnElasticIp() {
    String endpoint = "analytics.abc123.us-east-1.redshift.amazonaws.com";
    try (WarehouseAccount account =
        WarehouseAccount.start(folder, WarehouseAccount.Kind.WITH_NAT)) {
      account.createSecret("dbt", "not used here");
      account.createCluster("analytics", endpoint, 5439, "prod");

      live(
          account,
          Map.of("redshift", "analytics", "secret", account.secretArn()),
          (clients, outputs) -> {
            assertThat(outputs)
                .containsEntry("WarehouseHost", endpoint)
                .containsEntry("WarehousePort", "5439")
                .containsEntry("WarehouseDatabase", "prod")
                .containsEntry("TunnelPort", "22")
                .containsEntry("TunnelUser", "dbtcloud");
            assertThat(clients.hosts())
                .singleElement()
                .satisfies(
                    host -> {
                      assertThat(host.instanceTypeAsString()).isEqualTo("t4g.nano");
                      assertThat(clients.userData(host.instanceId()))
                          .isEqualTo(launchTemplatesScript())
                          .contains(endpoint + ":5439");
                    });
            assertFunctionsAreThere(
                clients.lambda,
                outputs,
                Map.of("DBT_BASTION_PUBLIC_ADDRESS", outputs.get("TunnelHost")),
                1);
            assertThat(clients.parameters())
                .containsOnlyKeys(
                    "/dbt-bastion/default/connections/analytics", "/dbt-bastion/default/elastic-ip")
                .containsEntry(
                    "/dbt-bastion/default/connections/analytics",
                    ("{\"host\":\"%s\",\"port\":5439,\"database\":\"prod\","
                            + "\"authentication\":{\"method\":\"database\",\"secret\":\"%s\"}}")
                        .formatted(endpoint, account.secretArn()));
            assertThat(clients.parameters().get("/dbt-bastion/default/elastic-ip"))
                .startsWith("eipalloc-");
            assertDocumentIsThere(clients.ssm);
            assertWarehouseLetsTwoIn(clients.ec2, account.securityGroupId());
          });
    }
  }

  @Test
  void severalHostsBehindABalancerInAVpcWithoutNat() {
    try (WarehouseAccount account =
        WarehouseAccount.start(folder, WarehouseAccount.Kind.WITHOUT_NAT)) {
      account.createCluster("analytics", "a.example.com", 5439, "dev");
      account.createCluster("finance", "f.example.com", 5439, "dev");

      live(
          account,
          Map.of(
              "redshift",
              "analytics,finance",
              "database",
              "finance=ledger",
              "connections",
              "[{\"name\": \"reach\", \"redshift\": \"analytics\"},"
                  + " {\"name\": \"prod\", \"redshift\": \"finance\", \"schemas\": [\"dbt\"],"
                  + " \"authentication\": {\"method\": \"iam_role\"}}]",
              "addressMode",
              "network-load-balancer",
              "publicKeys",
              "prod=" + KEY),
          (clients, outputs) -> {
            assertThat(outputs)
                .containsEntry("WarehouseHost", "a.example.com")
                .containsEntry("Warehouse2Host", "f.example.com")
                .containsEntry("Warehouse2Database", "ledger");
            LoadBalancer balancer =
                clients.balancers.describeLoadBalancers().loadBalancers().getFirst();
            assertThat(outputs.get("TunnelHost")).isEqualTo(balancer.dnsName());
            assertThat(balancer.type()).isEqualTo(LoadBalancerTypeEnum.NETWORK);
            assertThat(balancer.availabilityZones()).hasSize(2);
            assertThat(outputs.get("TunnelAddresses").split(",")).hasSize(2);
            assertThat(clients.hosts())
                .hasSize(2)
                .allSatisfy(
                    host ->
                        assertThat(clients.userData(host.instanceId()))
                            .isEqualTo(launchTemplatesScript())
                            .contains("a.example.com:5439", "f.example.com:5439"));
            assertThat(
                    clients
                        .groups
                        .describeAutoScalingGroups()
                        .autoScalingGroups()
                        .getFirst()
                        .targetGroupARNs())
                .hasSize(1);
            Map<String, String> endpoints = new HashMap<>();
            for (String service : List.of("SSM", "SECRETS_MANAGER", "EC2", "REDSHIFT")) {
              endpoints.put("AWS_ENDPOINT_URL_" + service, null);
            }
            endpoints.put("DBT_BASTION_TARGET_GROUP", "arn:aws:elasticloadbalancing:");
            assertFunctionsAreThere(clients.lambda, outputs, endpoints, 2);
            assertThat(clients.parameters())
                .containsOnlyKeys(
                    "/dbt-bastion/default/connections/reach",
                    "/dbt-bastion/default/connections/prod",
                    "/dbt-bastion/default/target-group",
                    "/dbt-bastion/default/authorized-keys/" + KEY_SHA256)
                .containsEntry(
                    "/dbt-bastion/default/connections/prod",
                    "{\"host\":\"f.example.com\",\"port\":5439,\"database\":\"ledger\","
                        + "\"authentication\":{\"method\":\"iam_role\",\"clusterId\":\"finance\"},"
                        + "\"schemas\":[\"dbt\"]}");
            assertDocumentIsThere(clients.ssm);
            assertWarehouseLetsTwoIn(clients.ec2, account.securityGroupId());
          });
    }
  }

  /** What the template that was deployed lets hosts run. */
  private String launchTemplatesScript() {
    try {
      JsonNode resources =
          new ObjectMapper()
              .readTree(folder.resolve("cdk/cdk.out/" + STACK + ".template.json").toFile())
              .get("Resources");
      return resources
          .valueStream()
          .filter(resource -> resource.get("Type").asText().equals("AWS::EC2::LaunchTemplate"))
          .map(template -> template.at("/Properties/LaunchTemplateData/UserData").asText())
          .map(UserData::script)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param more further variables of the connection check; null for a value that nobody knows
   * @param subnets how many it stands in
   */
  private static void assertFunctionsAreThere(
      LambdaClient lambda, Map<String, String> outputs, Map<String, String> more, int subnets) {
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
    Map<String, String> variables = new HashMap<>(check.environment().variables());
    assertThat(variables.remove("DBT_BASTION_TUNNEL_HOST")).isEqualTo(outputs.get("TunnelHost"));
    more.forEach(
        (name, value) ->
            assertThat(variables.remove(name)).startsWith(value == null ? "https://" : value));
    assertThat(variables.remove("DBT_BASTION_SECURITY_GROUP")).startsWith("sg-");
    assertThat(variables.remove("DBT_BASTION_SUBNETS").split(","))
        .containsExactlyInAnyOrderElementsOf(check.vpcConfig().subnetIds());
    assertThat(variables)
        .isEqualTo(
            Map.of(
                "DBT_BASTION_NAME",
                "default",
                "DBT_BASTION_ACTIONS",
                "check,dbt-settings",
                "DBT_BASTION_SOURCES",
                outputs.get("AllowedAddresses"),
                "DBT_BASTION_SSH_USER",
                "dbtcloud",
                "DBT_BASTION_SSH_PORT",
                "22"));
    assertThat(check.vpcConfig().subnetIds()).hasSize(subnets);
    assertThat(List.of(registry, check))
        .allSatisfy(
            function -> {
              assertThat(function.runtimeAsString()).isEqualTo("java25");
              assertThat(function.handler())
                  .isEqualTo(
                      "io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest");
            });
  }

  private static void assertDocumentIsThere(SsmClient ssm) {
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

  private static boolean stackIsGone(CloudFormationClient stacks) {
    try {
      return stacks.describeStacks(r -> r.stackName(STACK)).stacks().isEmpty();
    } catch (CloudFormationException e) {
      return e.getMessage().contains("does not exist");
    }
  }
}
