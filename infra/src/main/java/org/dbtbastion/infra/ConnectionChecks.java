package org.dbtbastion.infra;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.wire.ConnectionJson;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.sqs.IQueue;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;

/**
 * The function that proves that connections work and says what to type into dbt, in the warehouse's
 * VPC, and the schedules that call it. It changes nothing but users that a connection has created
 * (autocreate): who may check cannot let a key in.
 */
final class ConnectionChecks extends Construct {

  /**
   * What is checked, and from where.
   *
   * @param bastion the bastion on the way
   * @param zip what the function runs
   * @param vpc the VPC to check from
   * @param sshUser whom the check logs in as on the bastion
   * @param sshPort where the bastion listens
   * @param tunnelHost the address or name that is typed into dbt
   * @param elasticIp the IPv4 address that one host holds for dbt; empty where all hosts serve dbt
   * @param targetGroup the ARN of the target group of the balancer in front; empty without one
   * @param sources who is let in over SSH
   * @param connections what is checked; their names differ
   * @param workgroupArns the ARNs of the workgroups among their warehouses, by their names
   * @param interval how often, in whole minutes
   * @param snapStart whether the function starts from a snapshot
   * @param missedRuns gets the scheduled checks that never reached the function
   */
  record Props(
      BastionName bastion,
      FunctionZip zip,
      IVpc vpc,
      String sshUser,
      int sshPort,
      String tunnelHost,
      Optional<String> elasticIp,
      Optional<String> targetGroup,
      List<Cidr> sources,
      List<Connection> connections,
      Map<String, String> workgroupArns,
      Duration interval,
      boolean snapStart,
      IQueue missedRuns) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(zip, "zip");
      Objects.requireNonNull(vpc, "vpc");
      Objects.requireNonNull(sshUser, "sshUser");
      Objects.requireNonNull(tunnelHost, "tunnelHost");
      Objects.requireNonNull(elasticIp, "elasticIp");
      Objects.requireNonNull(targetGroup, "targetGroup");
      sources = List.copyOf(sources);
      connections = List.copyOf(connections);
      workgroupArns = Map.copyOf(workgroupArns);
      Objects.requireNonNull(interval, "interval");
      Objects.requireNonNull(missedRuns, "missedRuns");
    }
  }

  // Lambda's longest, for tunnels that are held. A check without a hold ends long before, as each
  // of its stages has a limit of its own.
  private static final Duration TIMEOUT = Duration.ofMinutes(15);

  private final SecurityGroup securityGroup;
  private final BastionFunction function;
  private final List<RecurringInvocation> schedules = new ArrayList<>();

  ConnectionChecks(Construct scope, String id, Props props) {
    super(scope, id);
    BastionName bastion = props.bastion();
    for (Connection connection : props.connections()) {
      CfnParameter.Builder.create(this, "Connection-" + connection.name())
          .name(bastion.parameter("connections/" + connection.name()))
          .description("What the connection check logs in to as " + connection.name())
          .type("String")
          .value(ConnectionJson.of(connection).toString())
          .build();
    }

    securityGroup =
        SecurityGroup.Builder.create(this, "SecurityGroup")
            .vpc(props.vpc())
            .description("Connection check of the bastion " + bastion)
            .allowAllOutbound(false)
            .build();
    FragmentationNeeded.allowInto(securityGroup);
    LoginPermissions logins =
        new LoginPermissions(this, props.connections(), props.workgroupArns());
    AwsApis apis =
        new AwsApis(
            this,
            "AwsApis",
            new AwsApis.Props(
                bastion,
                props.vpc(),
                securityGroup,
                logins.needClusters(),
                logins.needWorkgroups()));

    function =
        new BastionFunction(
            this,
            "Function",
            new BastionFunction.Props(
                bastion,
                bastion.connectionCheckFunction(),
                "Proves that the warehouse is reached, directly and through the bastion",
                props.zip(),
                List.of("check", "dbt-settings"),
                environment(props, apis, securityGroup),
                TIMEOUT,
                permissions(bastion, logins),
                new BastionFunction.Network(props.vpc(), apis.subnets(), securityGroup),
                props.snapStart()));

    List<String> requests =
        CheckRequests.of(props.connections().stream().map(Connection::name).toList());
    for (int i = 0; i < requests.size(); i++) {
      schedules.add(
          new RecurringInvocation(
              this,
              i == 0 ? "Check" : "Check" + (i + 1),
              new RecurringInvocation.Props(
                  bastion.stack() + "-check" + (i == 0 ? "" : "-" + (i + 1)),
                  requests.size() == 1
                      ? "Checks every connection"
                      : "Checks its share of the connections",
                  function.invoked(),
                  props.interval(),
                  requests.get(i),
                  props.missedRuns())));
    }
  }

  private static Map<String, String> environment(
      Props props, AwsApis apis, SecurityGroup securityGroup) {
    Map<String, String> environment = new HashMap<>(apis.environment());
    environment.put("DBT_BASTION_SSH_USER", props.sshUser());
    environment.put("DBT_BASTION_SSH_PORT", Integer.toString(props.sshPort()));
    environment.put("DBT_BASTION_TUNNEL_HOST", props.tunnelHost());
    props.elasticIp().ifPresent(address -> environment.put("DBT_BASTION_PUBLIC_ADDRESS", address));
    // What the audit looks at, besides what it finds by these.
    props.targetGroup().ifPresent(arn -> environment.put("DBT_BASTION_TARGET_GROUP", arn));
    environment.put(
        "DBT_BASTION_SOURCES",
        props.sources().stream().map(Cidr::toString).collect(Collectors.joining(",")));
    environment.put("DBT_BASTION_SECURITY_GROUP", securityGroup.getSecurityGroupId());
    environment.put(
        "DBT_BASTION_SUBNETS",
        String.join(",", props.vpc().selectSubnets(apis.subnets()).getSubnetIds()));
    return environment;
  }

  BastionFunction function() {
    return function;
  }

  /** What calls the function; the names of others begin with that of the first. */
  List<RecurringInvocation> schedules() {
    return List.copyOf(schedules);
  }

  SecurityGroup securityGroup() {
    return securityGroup;
  }

  private List<Permission> permissions(BastionName bastion, LoginPermissions logins) {
    Arns arns = Arns.of(this);
    String connections = arns.parameter(bastion.parameter("connections"));
    List<Permission> permissions = new ArrayList<>();
    permissions.add(
        Permission.allow(
                "ReadConnections",
                "ssm:GetParameter",
                "ssm:GetParameters",
                "ssm:GetParametersByPath")
            .on(connections)
            .onAny(
                "one parameter for each connection, below the bastion's own path",
                connections + "/*"));
    String keys = arns.parameter(bastion.parameter("authorized-keys"));
    String lastSeen = arns.parameter(bastion.parameter("last-seen"));
    String oneForEachKey = "one parameter for each public key, below the bastion's own path";
    permissions.add(
        Permission.allow("ListKeys", "ssm:GetParametersByPath")
            .on(keys)
            .onAny(oneForEachKey, keys + "/*")
            .on(lastSeen)
            .onAny(oneForEachKey, lastSeen + "/*"));
    permissions.add(
        Permission.allow("ReadHostIdentityAndOwnKey", "ssm:GetParameter", "ssm:GetParameters")
            .onAny(
                "one for each type of key, not the private ones that lie there too",
                arns.parameter(bastion.parameter("host-keys/*.pub")))
            .on(arns.parameter(bastion.parameter("check-key"))));
    permissions.addAll(logins.permissions(Stack.of(this)));
    permissions.add(
        Permission.allow("FindHosts", "ec2:DescribeInstances")
            .onAny("IAM knows neither resources nor conditions for the action", "*"));
    permissions.addAll(auditPermissions(arns));
    return permissions;
  }

  /** Descriptions alone, of what lies on the way to the warehouse. */
  private static List<Permission> auditPermissions(Arns arns) {
    return List.of(
        Permission.allow(
                "AuditConfiguration",
                "ec2:DescribeAddresses",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeNetworkAcls",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "elasticloadbalancing:DescribeListenerAttributes",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
                "ssm:DescribeInstanceInformation")
            .onAny("IAM knows no resources for descriptions", "*"),
        Permission.allow("AuditVpcs", "ec2:DescribeVpcAttribute")
            .onAny("the warehouse may be in a VPC that is peered", arns.vpc("*")),
        Permission.allow("AuditPrefixLists", "ec2:GetManagedPrefixListEntries")
            .onAny("a rule or a route may name any", arns.anyPrefixList()),
        Permission.allow("AuditClusters", "redshift:DescribeClusters")
            .onAny("a cluster is found by its endpoint", arns.cluster("*")),
        Permission.allow("AuditWorkgroups", "redshift-serverless:GetWorkgroup")
            .onAny("AWS gives a workgroup an id that nobody knows before", arns.workgroup("*")));
  }
}
