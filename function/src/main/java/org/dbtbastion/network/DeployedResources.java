package org.dbtbastion.network;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.address.Cidr;

/**
 * What the deployment created, as the audit has to know it.
 *
 * @param bastion the bastion's name
 * @param port the TCP port of SSH, on hosts and balancer alike
 * @param elasticIp the address that dbt connects to, which one host holds; empty with a balancer
 * @param targetGroup the ARN of the balancer's target group; empty without a balancer
 * @param dbt dbt's addresses; empty if they are not known here
 * @param groups the check's own security groups; empty if they are not known here
 * @param subnets where the check stands; empty if that is not known here
 */
public record DeployedResources(
    String bastion,
    int port,
    Optional<String> elasticIp,
    Optional<String> targetGroup,
    List<Cidr> dbt,
    Set<String> groups,
    List<String> subnets) {

  public DeployedResources {
    Objects.requireNonNull(bastion, "bastion");
    Objects.requireNonNull(elasticIp, "elasticIp");
    Objects.requireNonNull(targetGroup, "targetGroup");
    dbt = List.copyOf(dbt);
    groups = Set.copyOf(groups);
    subnets = List.copyOf(subnets);
  }
}
