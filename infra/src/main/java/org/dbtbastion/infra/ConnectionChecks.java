package org.dbtbastion.infra;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.Peer;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.iam.PolicyStatement;
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
   * @param subnets where in it; they need a way to the AWS APIs
   * @param sshUser whom the check logs in as on the bastion
   * @param sshPort where the bastion listens
   * @param publicAddress the IPv4 address that dbt connects to
   * @param connections what is checked; their names differ
   * @param interval how often, in whole minutes
   * @param snapStart whether the function starts from a snapshot
   * @param missedRuns gets the scheduled checks that never reached the function
   */
  record Props(
      BastionName bastion,
      FunctionZip zip,
      IVpc vpc,
      SubnetSelection subnets,
      String sshUser,
      int sshPort,
      String publicAddress,
      List<Connection> connections,
      Duration interval,
      boolean snapStart,
      IQueue missedRuns) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(zip, "zip");
      Objects.requireNonNull(vpc, "vpc");
      Objects.requireNonNull(subnets, "subnets");
      Objects.requireNonNull(sshUser, "sshUser");
      Objects.requireNonNull(publicAddress, "publicAddress");
      connections = List.copyOf(connections);
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
          .value(connection.json())
          .build();
    }

    securityGroup =
        SecurityGroup.Builder.create(this, "SecurityGroup")
            .vpc(props.vpc())
            .description("Connection check of the bastion " + bastion)
            .allowAllOutbound(false)
            .build();
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "AWS APIs");
    FragmentationNeeded.allowInto(securityGroup);

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
                Map.of(
                    "DBT_BASTION_SSH_USER", props.sshUser(),
                    "DBT_BASTION_SSH_PORT", Integer.toString(props.sshPort()),
                    "DBT_BASTION_PUBLIC_ADDRESS", props.publicAddress()),
                Duration.ofMinutes(5),
                statements(bastion, props.connections()),
                new BastionFunction.Network(props.vpc(), props.subnets(), securityGroup),
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

  private List<PolicyStatement> statements(BastionName bastion, List<Connection> connections) {
    Arns arns = Arns.of(this);
    String connectionsPath = arns.parameter(bastion.parameter("connections"));
    String[] secrets =
        connections.stream().map(Connection::secretArn).distinct().sorted().toArray(String[]::new);
    List<PolicyStatement> statements = new ArrayList<>();
    statements.add(
        Statements.allow(
            "ReadConnections",
            List.of("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
            connectionsPath,
            connectionsPath + "/*"));
    // Not host-keys/*: the private host keys lie there too.
    statements.add(
        Statements.allow(
            "ReadHostIdentityAndOwnKey",
            List.of("ssm:GetParameter", "ssm:GetParameters"),
            arns.parameter(bastion.parameter("host-keys/*.pub")),
            arns.parameter(bastion.parameter("check-key"))));
    statements.add(
        Statements.allow("ReadSecrets", List.of("secretsmanager:GetSecretValue"), secrets));
    // A secret may be encrypted with any key; the context ties this to the secrets above.
    statements.add(
        Statements.allow(
            "DecryptSecrets",
            List.of("kms:Decrypt"),
            Map.of(
                "StringEquals",
                new TreeMap<>(
                    Map.of(
                        "kms:EncryptionContext:SecretARN",
                        List.of(secrets),
                        "kms:ViaService",
                        "secretsmanager.%s.%s"
                            .formatted(
                                Stack.of(this).getRegion(), Stack.of(this).getUrlSuffix())))),
            "*"));
    // The action knows neither resources nor conditions that would narrow it.
    statements.add(Statements.allow("FindHosts", List.of("ec2:DescribeInstances"), "*"));
    return statements;
  }
}
