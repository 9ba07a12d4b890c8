package org.dbtbastion.infra;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.check.Connection;
import org.dbtbastion.wire.ConnectionJson;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.sqs.IQueue;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;

/**
 * The function that proves that connections work, in the warehouse's VPC, and the schedule that
 * calls it. It reads only: who may check cannot let a key in.
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
   * @param elasticIp the IPv4 address that one host holds for dbt; empty where all hosts serve dbt
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
      Optional<String> elasticIp,
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
      Objects.requireNonNull(elasticIp, "elasticIp");
      connections = List.copyOf(connections);
      workgroupArns = Map.copyOf(workgroupArns);
      Objects.requireNonNull(interval, "interval");
      Objects.requireNonNull(missedRuns, "missedRuns");
    }
  }

  private final SecurityGroup securityGroup;
  private final BastionFunction function;
  private final RecurringInvocation schedule;

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
                List.of("check"),
                environment(props, apis),
                Duration.ofMinutes(5),
                permissions(bastion, logins),
                new BastionFunction.Network(props.vpc(), apis.subnets(), securityGroup),
                props.snapStart()));

    schedule =
        new RecurringInvocation(
            this,
            "Check",
            new RecurringInvocation.Props(
                bastion.stack() + "-check",
                "Checks every connection",
                function.invoked(),
                props.interval(),
                "{\"action\":\"check\"}",
                props.missedRuns()));
  }

  private static Map<String, String> environment(Props props, AwsApis apis) {
    Map<String, String> environment = new HashMap<>(apis.environment());
    environment.put("DBT_BASTION_SSH_USER", props.sshUser());
    environment.put("DBT_BASTION_SSH_PORT", Integer.toString(props.sshPort()));
    props.elasticIp().ifPresent(address -> environment.put("DBT_BASTION_PUBLIC_ADDRESS", address));
    return environment;
  }

  BastionFunction function() {
    return function;
  }

  /** What calls the function. */
  RecurringInvocation schedule() {
    return schedule;
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
    return permissions;
  }
}
