package org.dbtbastion.local.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.local.sandbox.WarehouseAccount;
import org.dbtbastion.standins.account.ApiFront;
import org.dbtbastion.standins.account.Moto;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.RuleAction;
import software.amazon.awssdk.services.ec2.model.VpcEndpointType;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/**
 * What a preflight finds in an account in which one thing is wrong, and nothing else: broken in
 * moto, or, where moto cannot hold that state, in one field of its answer.
 */
class PreflightIT {

  private static final List<String> PROPERTIES =
      List.of("aws.endpointUrl", "aws.region", "aws.accessKeyId", "aws.secretAccessKey");
  private static final String BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version";
  private static final Set<Cause> PROVOKED = EnumSet.noneOf(Cause.class);

  @TempDir private static Path folder;
  private static WarehouseAccount account;
  private static ApiFront front;
  private static Ec2Client ec2;
  private static SsmClient ssm;

  private final List<Runnable> mends = new ArrayList<>();

  @BeforeAll
  static void start() {
    account =
        WarehouseAccount.start(folder.resolve("aws"), WarehouseAccount.Kind.WITH_NAT, "10.77");
    front = new ApiFront(account.moto().endpoint());
    account.createSecret("dbt_user", "unused");
    account.createCluster("analytics", "analytics.example", 5439, "analytics");
    ec2 = account.client(Ec2Client.builder());
    ssm = account.client(SsmClient.builder());
    bootstrapped("21");
    front.answer("GetServiceQuota", "{\"Quota\":{\"Value\":5.0}}");
    defaultKey("alias/aws/ebs");
    System.setProperty("aws.endpointUrl", front.endpoint().toString());
    System.setProperty("aws.region", Moto.REGION);
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
  }

  @AfterAll
  static void stop() {
    PROPERTIES.forEach(System::clearProperty);
    ec2.close();
    ssm.close();
    front.close();
    account.close();
    // Of a part of the tests this says nothing.
    if (PROVOKED.size() > 1) {
      assertThat(PROVOKED).as("each cause is provoked").isEqualTo(EnumSet.allOf(Cause.class));
    }
  }

  @AfterEach
  void mend() {
    mends.forEach(Runnable::run);
    front.reset();
  }

  private static void defaultKey(String key) {
    front.answer(
        "GetEbsDefaultKmsKeyId",
        "<GetEbsDefaultKmsKeyIdResponse><kmsKeyId>%s</kmsKeyId></GetEbsDefaultKmsKeyIdResponse>"
            .formatted(key));
  }

  private static void bootstrapped(String version) {
    ssm.putParameter(
        r -> r.name(BOOTSTRAP_VERSION).type(ParameterType.STRING).value(version).overwrite(true));
  }

  private static Map<String, Object> context() {
    Map<String, Object> context = new HashMap<>();
    context.put("endpoint", "analytics.abc123.us-east-1.redshift.amazonaws.com");
    context.put("vpcId", account.vpcId());
    context.put("securityGroup", account.securityGroupId());
    context.put("database", "analytics");
    context.put("secret", account.secretArn());
    context.put("dbtRegion", "us1");
    return context;
  }

  private static List<Finding> findings(Map<String, Object> context) {
    return findings(context, Moto.REGION);
  }

  private static List<Finding> findings(Map<String, Object> context, String region) {
    try {
      return Preflight.run(Configuration.read(context, region), region).findings();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** That this is the only thing that is found, and so every other is left alone. */
  private static void assertFinds(Cause cause, String resource, String remedy) {
    assertFinds(context(), cause, resource, remedy);
  }

  private static void assertFinds(
      Map<String, Object> context, Cause cause, String resource, String remedy) {
    PROVOKED.add(cause);
    List<Finding> found = findings(context);
    assertThat(found).isNotEmpty().extracting(Finding::cause).containsOnly(cause);
    assertThat(found).extracting(Finding::resource).contains(resource);
    assertThat(found.getFirst().remedy()).contains(remedy);
  }

  private static Map<String, Object> with(String key, Object value) {
    Map<String, Object> context = context();
    context.put(key, value);
    return context;
  }

  @Test
  void nothingIsFoundInAnAccountThatIsReady() {
    assertThat(findings(context())).isEmpty();
  }

  @Test
  void whoAsksIsUnknown() {
    front.deny("GetCallerIdentity");

    assertFinds(Cause.NO_CREDENTIALS, Moto.REGION, "aws sso login");
  }

  @Test
  void theCdkWasNeverUsed() {
    ssm.deleteParameter(r -> r.name(BOOTSTRAP_VERSION));
    mends.add(() -> bootstrapped("21"));

    assertFinds(
        Cause.BOOTSTRAP_MISSING,
        "aws://123456789012/us-east-1",
        "cdk bootstrap aws://123456789012/us-east-1");
  }

  @Test
  void theBootstrapIsOld() {
    bootstrapped("5");
    mends.add(() -> bootstrapped("21"));

    assertFinds(Cause.BOOTSTRAP_OLD, "aws://123456789012/us-east-1", "cdk bootstrap");
  }

  @Test
  void aRoleMayNotBeAssumed() {
    front.deny("AssumeRole");

    assertFinds(
        Cause.BOOTSTRAP_ROLE_REFUSED,
        "arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-us-east-1",
        "sts:AssumeRole");
  }

  private void makeStack() {
    try (CloudFormationClient stacks = account.client(CloudFormationClient.builder())) {
      stacks.createStack(
          r ->
              r.stackName("dbt-bastion-default")
                  .templateBody("{\"Resources\":{\"T\":{\"Type\":\"AWS::SNS::Topic\"}}}"));
    }
    mends.add(
        () -> {
          try (CloudFormationClient stacks = account.client(CloudFormationClient.builder())) {
            stacks.deleteStack(r -> r.stackName("dbt-bastion-default"));
          }
        });
  }

  @Test
  void aStackThatIsThereIsUpdated() {
    makeStack();

    assertThat(findings(context())).isEmpty();
  }

  @Test
  void theStackIsBeingChanged() {
    makeStack();
    front.change("DescribeStacks", "//StackStatus", "UPDATE_IN_PROGRESS");

    assertFinds(Cause.STACK_BUSY, "dbt-bastion-default", "describe-stack-events");
  }

  @Test
  void theStackCanOnlyBeDeleted() {
    makeStack();
    front.change("DescribeStacks", "//StackStatus", "ROLLBACK_COMPLETE");

    assertFinds(Cause.STACK_BROKEN, "dbt-bastion-default", "scripts/destroy --name default");
  }

  @Test
  void aLogGroupIsLeftOver() {
    String name = "/dbt-bastion/default/hosts";
    try (CloudWatchLogsClient logs = account.client(CloudWatchLogsClient.builder())) {
      logs.createLogGroup(r -> r.logGroupName(name));
      logs.createLogGroup(r -> r.logGroupName(name + "-of-another"));
    }
    mends.add(
        () -> {
          try (CloudWatchLogsClient logs = account.client(CloudWatchLogsClient.builder())) {
            logs.deleteLogGroup(r -> r.logGroupName(name));
          }
        });

    assertFinds(Cause.NAME_TAKEN, name, "aws logs delete-log-group --log-group-name " + name);
  }

  @Test
  void thereIsNoSuchWarehouse() {
    assertFinds(
        with("endpoint", "other.abc123.us-east-1.redshift.amazonaws.com"),
        Cause.WAREHOUSE_NOT_FOUND,
        "other",
        "aws redshift describe-clusters");
  }

  @Test
  void theWarehouseIsPaused() {
    front.change("DescribeClusters", "//ClusterStatus", "paused");

    assertFinds(
        Cause.WAREHOUSE_NOT_AVAILABLE,
        "analytics",
        "aws redshift resume-cluster --cluster-identifier analytics");
  }

  @Test
  void theWarehouseIsPublic() {
    front.change("DescribeClusters", "//PubliclyAccessible", "true");

    assertFinds(
        Cause.WAREHOUSE_PUBLIC, "analytics", "--no-publicly-accessible --cluster-identifier");
  }

  @Test
  void theSecretIsNotThere() {
    String arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-Ab12Cd";

    assertFinds(with("secret", arn), Cause.SECRET_MISSING, arn, "list-secrets");
  }

  @Test
  void theSecretIsToBeDeleted() {
    String arn = secret("deleted", "{}");
    try (SecretsManagerClient secrets = account.client(SecretsManagerClient.builder())) {
      secrets.deleteSecret(r -> r.secretId(arn));
    }

    assertFinds(with("secret", arn), Cause.SECRET_MISSING, arn, "restore-secret");
  }

  @Test
  void theSecretHasNoValue() {
    String arn = secret("empty", null);

    assertFinds(with("secret", arn), Cause.SECRET_WITHOUT_VALUE, arn, "put-secret-value");
  }

  private static String secret(String name, String value) {
    try (SecretsManagerClient secrets = account.client(SecretsManagerClient.builder())) {
      return secrets.createSecret(r -> r.name(name).secretString(value)).arn();
    }
  }

  @Test
  void noSubnetLeadsToAnInternetGateway() {
    front.change("DescribeRouteTables", "//gatewayId[starts-with(., 'igw-')]", "vgw-1");

    assertFinds(Cause.NO_PUBLIC_SUBNET, account.vpcId(), "-c hostSubnets=SUBNET");
  }

  @Test
  void aSubnetOfTheHostsIsFull() {
    front.change("DescribeSubnets", "//availableIpAddressCount", "1");

    PROVOKED.add(Cause.SUBNET_FULL);
    assertThat(findings(context()))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Cause.SUBNET_FULL);
              assertThat(finding.resource()).isEqualTo(publicSubnet());
              assertThat(finding.detail()).isEqualTo("1 addresses are free, and hosts need 2");
            });
  }

  private static String publicSubnet() {
    return ec2.describeRouteTables(r -> r.filters(inVpc())).routeTables().stream()
        .filter(
            table ->
                table.routes().stream()
                    .anyMatch(route -> String.valueOf(route.gatewayId()).startsWith("igw-")))
        .flatMap(table -> table.associations().stream())
        .map(association -> association.subnetId())
        .filter(id -> id != null)
        .findFirst()
        .orElseThrow();
  }

  private static Filter inVpc() {
    return Filter.builder().name("vpc-id").values(account.vpcId()).build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNetworkAclDeniesDbtOrTheAnswers(boolean egress) {
    String acl =
        ec2.describeNetworkAcls(r -> r.filters(inVpc())).networkAcls().getFirst().networkAclId();
    ec2.createNetworkAclEntry(
        r ->
            r.networkAclId(acl)
                .ruleNumber(50)
                .egress(egress)
                .protocol("6")
                .portRange(p -> p.from(egress ? 30_000 : 22).to(egress ? 40_000 : 22))
                .cidrBlock("52.45.144.63/32")
                .ruleAction(RuleAction.DENY));
    mends.add(
        () -> ec2.deleteNetworkAclEntry(r -> r.networkAclId(acl).ruleNumber(50).egress(egress)));

    assertFinds(
        Cause.NETWORK_ACL_DENIES,
        acl,
        "--network-acl-id %s %s --protocol tcp".formatted(acl, egress ? "--egress" : "--ingress"));
  }

  @Test
  void theVpcResolvesNoNames() {
    ec2.modifyVpcAttribute(
        r -> r.vpcId(account.vpcId()).enableDnsSupport(value -> value.value(false)));
    mends.add(
        () ->
            ec2.modifyVpcAttribute(
                r -> r.vpcId(account.vpcId()).enableDnsSupport(value -> value.value(true))));

    assertFinds(Cause.DNS_SUPPORT_OFF, account.vpcId(), "--enable-dns-support");
  }

  @Test
  void anEndpointWithPrivateDnsLetsNobodyIn() {
    String group =
        ec2.createSecurityGroup(
                r -> r.groupName("closed").description("closed").vpcId(account.vpcId()))
            .groupId();
    String endpoint = endpoint("ssm", group);
    endpoint("athena", group);

    assertFinds(Cause.PRIVATE_DNS_ENDPOINT, endpoint, "-c endpointSecurityGroups=" + group);
    assertThat(findings(with("endpointSecurityGroups", group))).isEmpty();

    ec2.authorizeSecurityGroupIngress(
        r -> r.groupId(group).ipProtocol("tcp").fromPort(443).toPort(443).cidrIp("10.77.0.0/16"));
    assertThat(findings(context())).as("the group lets the VPC in").isEmpty();
  }

  private String endpoint(String service, String group) {
    String id =
        ec2.createVpcEndpoint(
                r ->
                    r.vpcId(account.vpcId())
                        .vpcEndpointType(VpcEndpointType.INTERFACE)
                        .serviceName("com.amazonaws.us-east-1." + service)
                        .privateDnsEnabled(true)
                        .subnetIds(publicSubnet())
                        .securityGroupIds(group))
            .vpcEndpoint()
            .vpcEndpointId();
    mends.add(() -> ec2.deleteVpcEndpoints(r -> r.vpcEndpointIds(id)));
    return id;
  }

  @Test
  void noElasticIpIsLeft() {
    List<String> allocated = new ArrayList<>();
    while (ec2.describeAddresses().addresses().size() < 5) {
      allocated.add(ec2.allocateAddress().allocationId());
    }
    mends.add(() -> allocated.forEach(id -> ec2.releaseAddress(r -> r.allocationId(id))));

    assertFinds(Cause.ADDRESS_QUOTA, Moto.REGION, "--quota-code L-0263D0A3 --desired-value 6");
    makeStack();
    assertThat(findings(context())).as("of a stack that has its address").isEmpty();
  }

  @Test
  void aZoneDoesNotHaveTheInstanceType() {
    assertFinds(
        with("instanceType", "t9g.nano"),
        Cause.INSTANCE_TYPE_NOT_OFFERED,
        "t9g.nano",
        "-c instanceType=TYPE");
  }

  @Test
  void autoScalingMayNotUseTheDefaultKey() {
    try (KmsClient kms = account.client(KmsClient.builder())) {
      String key = kms.createKey(r -> {}).keyMetadata().arn();
      defaultKey(key);
      mends.add(() -> defaultKey("alias/aws/ebs"));

      assertFinds(Cause.EBS_KEY_REFUSES, key, "aws kms create-grant --key-id %s".formatted(key));

      kms.createGrant(
          r ->
              r.keyId(key)
                  .granteePrincipal(
                      "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com"
                          + "/AWSServiceRoleForAutoScaling")
                  .operationsWithStrings("Decrypt"));
      assertThat(findings(context())).as("with a grant").isEmpty();
    }
  }

  @Test
  void theRegionHasNoSnapStart() {
    Map<String, Object> context = with("snapStart", "true");
    PROVOKED.add(Cause.SNAP_START_MISSING);

    assertThat(findings(context, "ap-east-2"))
        .extracting(Finding::cause)
        .contains(Cause.SNAP_START_MISSING);
    assertThat(findings(context)).isEmpty();
  }

  @Test
  void whatMayNotBeReadIsAFindingAndNoFailure() throws InterruptedException {
    front.deny("DescribeVpcEndpoints");

    assertFinds(
        Cause.UNREADABLE,
        "ec2:DescribeVpcEndpoints",
        "Allow the action ec2:DescribeVpcEndpoints to whoever deploys");
    assertThat(Preflight.run(Configuration.read(context(), Moto.REGION), Moto.REGION).ok())
        .isTrue();
  }
}
