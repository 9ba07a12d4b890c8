package org.dbtbastion.infra.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.infra.warehouse.SecretArn;
import software.amazon.awscdk.services.ec2.IVpc;

/** Finds logins that the connection check cannot do where it is deployed. */
public final class ImpossibleLogins {

  private ImpossibleLogins() {}

  /**
   * What is wrong with the connections.
   *
   * @param region the stack's AWS region
   * @param vpc the VPC that the check runs in
   */
  public static List<ConfigurationProblem> among(
      CheckedConnections checked, String region, IVpc vpc) {
    List<Connection> connections = checked.connections();
    Set<String> workgroups = checked.workgroupArns().keySet();
    List<ConfigurationProblem> problems = new ArrayList<>();
    connections.stream()
        .flatMap(connection -> connection.authentication().stream())
        .flatMap(authentication -> authentication.secretId().stream())
        .distinct()
        .map(SecretArn::new)
        .filter(secret -> !secret.region().equals(region))
        .map(secret -> elsewhere(secret, region))
        .forEach(problems::add);
    boolean internet = !vpc.getPrivateSubnets().isEmpty();
    for (Connection connection : connections) {
      switch (connection.authentication().orElse(null)) {
        case Authentication.Iam(Issuer issuer, _, _, _) ->
            withoutArn(connection, issuer, workgroups).ifPresent(problems::add);
        case Authentication.IamRole(Issuer issuer) ->
            withoutArn(connection, issuer, workgroups).ifPresent(problems::add);
        case Authentication.IdentityCenter where when !internet ->
            problems.add(
                new ConfigurationProblem(
                    "connections",
                    where.requestUrl().getHost(),
                    "for connection %s, private subnets with a way to the internet"
                        .formatted(connection.name()),
                    "add a NAT gateway: the identity provider is reached by the internet alone"));
        case Authentication.IdentityCenter _, Authentication.Database _ -> {}
        case null -> {}
      }
    }
    return problems;
  }

  private static ConfigurationProblem elsewhere(SecretArn secret, String region) {
    return new ConfigurationProblem(
        "secret",
        secret.value(),
        "a secret in the stack's region, " + region,
        "replicate it: aws secretsmanager replicate-secret-to-regions --secret-id %s"
                .formatted(secret)
            + " --region %s --add-replica-regions Region=%s".formatted(secret.region(), region));
  }

  /** AWS gives workgroups ids, which only a lookup knows, and permissions name them by these. */
  private static Optional<ConfigurationProblem> withoutArn(
      Connection connection, Issuer issuer, Set<String> workgroups) {
    return issuer instanceof Issuer.Workgroup(String workgroup) && !workgroups.contains(workgroup)
        ? Optional.of(
            new ConfigurationProblem(
                "connections",
                workgroup,
                "for connection %s, a workgroup that redshift names".formatted(connection.name()),
                "deploy with -c redshift=workgroup:%s, which looks its ARN up"
                    .formatted(workgroup)))
        : Optional.empty();
  }
}
