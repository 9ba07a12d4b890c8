package org.dbtbastion.local.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.standins.account.CloudControl;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.redshift.Passwords;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.client.builder.SdkSyncClientBuilder;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.Tenancy;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.GetFunctionConfigurationResponse;
import software.amazon.awssdk.services.redshift.RedshiftClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/**
 * A stand-in for the AWS account of a user who has a warehouse and no bastion yet: moto with a VPC,
 * the warehouse's security group and the secret with its password, for the CDK command line to
 * deploy into. Nothing in it carries packets or runs; hosts and functions are started beside it.
 * Safe for use by several threads once it is started.
 *
 * @see org.dbtbastion.standins.account.AwsAccount the account in which a deployment is assumed,
 *     without CloudFormation
 */
public final class WarehouseAccount implements AutoCloseable {

  /**
   * Loopback addresses: an instance's private address, as the emulated EC2 gives it out, is one at
   * which a program on this machine can really listen.
   */
  private static final String LOOPBACK = "127.77";

  private final Moto moto;
  private final CloudControl cloudControl = CloudControl.start();
  private final Kind kind;
  private final String network;
  private String vpcId;
  private String securityGroupId;
  private String secretArn;

  /** What the VPC is like. */
  public enum Kind {
    /** One zone; a NAT gateway is the way out of its private subnet. */
    WITH_NAT,
    /** Two zones, of which nothing but the public subnets has a way out. */
    WITHOUT_NAT
  }

  private WarehouseAccount(Moto moto, Kind kind, String network) {
    this.moto = moto;
    this.network = network;
    this.kind = kind;
  }

  /** Starts the account, with its log in the folder. */
  public static WarehouseAccount start(Path folder, Kind kind) {
    return start(folder, kind, LOOPBACK);
  }

  /**
   * Starts the account. What is in it at first has the same ids each time.
   *
   * @param folder where its log goes
   * @param network the first two numbers of the VPC's addresses
   */
  public static WarehouseAccount start(Path folder, Kind kind, String network) {
    WarehouseAccount account = new WarehouseAccount(Moto.start(folder), kind, network);
    account.moto.seed(1);
    account.buildNetwork();
    return account;
  }

  /** What makes the AWS CLI, SDKs and CDK talk to this account. */
  public Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(moto.environment());
    environment.put("AWS_ENDPOINT_URL_CLOUDCONTROL", cloudControl.endpoint().toString());
    return environment;
  }

  /** From now on there is a provisioned cluster of this name behind the security group. */
  public void createCluster(String name, String host, int port, String database) {
    cloudControl.put(
        "AWS::Redshift::Cluster",
        name,
        Map.of(
            "ClusterIdentifier",
            name,
            "DBName",
            database,
            "Endpoint",
            Map.of("Address", host, "Port", Integer.toString(port)),
            "VpcSecurityGroupIds",
            List.of(securityGroupId)));
    try (RedshiftClient redshift = client(RedshiftClient.builder())) {
      redshift.createCluster(
          request ->
              request
                  .clusterIdentifier(name)
                  .dbName(database)
                  .nodeType("ra3.large")
                  .masterUsername("admin")
                  .masterUserPassword(Passwords.random())
                  .vpcSecurityGroupIds(securityGroupId)
                  .publiclyAccessible(false));
    }
  }

  /** The part of the account that is moto's own. */
  public Moto moto() {
    return moto;
  }

  /** The VPC's id. */
  public String vpcId() {
    return vpcId;
  }

  /** The warehouse's security group. */
  public String securityGroupId() {
    return securityGroupId;
  }

  /** The secret with the password of the warehouse's user. */
  public String secretArn() {
    return secretArn;
  }

  /** Makes the secret with the password of the warehouse's user. */
  public void createSecret(String user, String password) {
    secretArn = createSecretOf("dbt/analytics", secret(user, password));
  }

  /** Makes a secret of any text, and returns its ARN. */
  String createSecretOf(String name, String text) {
    try (SecretsManagerClient secrets = client(SecretsManagerClient.builder())) {
      return secrets.createSecret(request -> request.name(name).secretString(text)).arn();
    }
  }

  /** Puts another text into a secret. */
  void storeSecret(String arn, String text) {
    try (SecretsManagerClient secrets = client(SecretsManagerClient.builder())) {
      secrets.putSecretValue(request -> request.secretId(arn).secretString(text));
    }
  }

  /** Marks a secret for deletion, as the console does. */
  void deleteSecret(String arn) {
    try (SecretsManagerClient secrets = client(SecretsManagerClient.builder())) {
      secrets.deleteSecret(request -> request.secretId(arn));
    }
  }

  /** Takes back {@link #deleteSecret}. */
  void restoreSecret(String arn) {
    try (SecretsManagerClient secrets = client(SecretsManagerClient.builder())) {
      secrets.restoreSecret(request -> request.secretId(arn));
    }
  }

  /** Puts another password into the secret. */
  void storePassword(String user, String password) {
    storeSecret(secretArn, secret(user, password));
  }

  private static String secret(String user, String password) {
    return "{\"username\":\"%s\",\"password\":\"%s\"}".formatted(user, password);
  }

  /** A client that talks to this account, whatever the environment of this JVM says. */
  public <B extends SdkSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C client(B builder) {
    return moto.client(builder);
  }

  /**
   * A deployed function as Lambda is to run it: the stack's settings, but for where AWS is.
   *
   * @param zip what it runs
   * @param environment variables on top of the function's own and this account's
   */
  public FunctionSettings function(
      String name,
      Path zip,
      Map<String, String> environment,
      int maximumConcurrency,
      List<String> jvmOptions) {
    try (LambdaClient lambda = client(LambdaClient.builder())) {
      GetFunctionConfigurationResponse deployed =
          lambda.getFunctionConfiguration(request -> request.functionName(name));
      Map<String, String> variables = new HashMap<>(deployed.environment().variables());
      variables.putAll(environment());
      variables.putAll(environment);
      return new FunctionSettings(
          name,
          zip,
          deployed.handler(),
          variables,
          deployed.memorySize(),
          Duration.ofSeconds(deployed.timeout()),
          maximumConcurrency,
          jvmOptions);
    }
  }

  /** The ARN of the role of a deployed function. */
  String functionRole(String name) {
    try (LambdaClient lambda = client(LambdaClient.builder())) {
      return lambda.getFunctionConfiguration(request -> request.functionName(name)).role();
    }
  }

  /** What a security group lets in, which is nothing from now on. */
  List<IpPermission> closeSecurityGroup(String id) {
    try (Ec2Client ec2 = client(Ec2Client.builder())) {
      List<IpPermission> rules =
          ec2.describeSecurityGroups(request -> request.groupIds(id))
              .securityGroups()
              .getFirst()
              .ipPermissions();
      ec2.revokeSecurityGroupIngress(request -> request.groupId(id).ipPermissions(rules));
      return rules;
    }
  }

  /** Has a security group let this in again. */
  void openSecurityGroup(String id, List<IpPermission> rules) {
    try (Ec2Client ec2 = client(Ec2Client.builder())) {
      ec2.authorizeSecurityGroupIngress(request -> request.groupId(id).ipPermissions(rules));
    }
  }

  private void buildNetwork() {
    try (Ec2Client ec2 = client(Ec2Client.builder())) {
      vpcId =
          ec2.createVpc(
                  request ->
                      request.cidrBlock(network + ".0.0/16").instanceTenancy(Tenancy.DEFAULT))
              .vpc()
              .vpcId();
      String gateway = ec2.createInternetGateway().internetGateway().internetGatewayId();
      ec2.attachInternetGateway(request -> request.internetGatewayId(gateway).vpcId(vpcId));
      String publicSubnet = createPublicSubnet(ec2, 0, "a", gateway);
      switch (kind) {
        case WITH_NAT -> createPrivateSubnet(ec2, 1, "a", publicSubnet);
        case WITHOUT_NAT -> {
          createPublicSubnet(ec2, 1, "b", gateway);
          createRouteTable(ec2, createSubnet(ec2, 2, "a"));
          createRouteTable(ec2, createSubnet(ec2, 3, "b"));
        }
      }

      securityGroupId =
          ec2.createSecurityGroup(
                  request ->
                      request.groupName("redshift").description("Amazon Redshift").vpcId(vpcId))
              .groupId();
    }
    cloudControl.put("AWS::EC2::SecurityGroup", securityGroupId, Map.of("VpcId", vpcId));
  }

  private String createPublicSubnet(Ec2Client ec2, int number, String zone, String gateway) {
    String subnet = createSubnet(ec2, number, zone);
    String routes = createRouteTable(ec2, subnet);
    ec2.createRoute(
        request ->
            request.routeTableId(routes).destinationCidrBlock("0.0.0.0/0").gatewayId(gateway));
    return subnet;
  }

  private void createPrivateSubnet(Ec2Client ec2, int number, String zone, String publicSubnet) {
    String allocation = ec2.allocateAddress(request -> request.domain("vpc")).allocationId();
    String nat =
        ec2.createNatGateway(request -> request.subnetId(publicSubnet).allocationId(allocation))
            .natGateway()
            .natGatewayId();
    String routes = createRouteTable(ec2, createSubnet(ec2, number, zone));
    ec2.createRoute(
        request ->
            request.routeTableId(routes).destinationCidrBlock("0.0.0.0/0").natGatewayId(nat));
  }

  private String createSubnet(Ec2Client ec2, int number, String zone) {
    return ec2.createSubnet(
            request ->
                request
                    .vpcId(vpcId)
                    .cidrBlock("%s.%d.0/24".formatted(network, number))
                    .availabilityZone(Moto.REGION + zone))
        .subnet()
        .subnetId();
  }

  private String createRouteTable(Ec2Client ec2, String subnet) {
    String table =
        ec2.createRouteTable(request -> request.vpcId(vpcId)).routeTable().routeTableId();
    ec2.associateRouteTable(request -> request.routeTableId(table).subnetId(subnet));
    return table;
  }

  @Override
  public void close() {
    cloudControl.close();
    moto.close();
  }
}
