package org.dbtbastion.infra.network;

import software.amazon.awscdk.services.ec2.CfnSecurityGroupEgress;
import software.amazon.awscdk.services.ec2.CfnSecurityGroupIngress;
import software.amazon.awscdk.services.ec2.ISecurityGroup;
import software.constructs.Construct;
import software.constructs.DependencyGroup;
import software.constructs.IDependable;

/**
 * The rules by which one security group may connect to another. They are resources of their own:
 * groups whose own rules name one another could not be created, and of a group that exists already
 * nothing else is changed.
 */
public final class TcpRules {

  private TcpRules() {}

  /**
   * Allows the connections, by a rule on each side.
   *
   * @param scope what is connected to; the rules are made there
   * @param id names the rules among those of the scope
   * @param from the security group that connects
   * @param to the id of the security group that is connected to
   * @param port the TCP port
   * @param who describes the ingress rule, such as {@code SSH from the connection check}
   * @param where describes the egress rule, such as {@code SSH to the bastion}
   * @return the rules, for what needs them
   */
  public static IDependable allow(
      Construct scope,
      String id,
      ISecurityGroup from,
      String to,
      int port,
      String who,
      String where) {
    return new DependencyGroup(
        CfnSecurityGroupIngress.Builder.create(scope, "IngressFrom" + id)
            .groupId(to)
            .sourceSecurityGroupId(from.getSecurityGroupId())
            .ipProtocol("tcp")
            .fromPort(port)
            .toPort(port)
            .description(who)
            .build(),
        CfnSecurityGroupEgress.Builder.create(scope, "EgressFrom" + id)
            .groupId(from.getSecurityGroupId())
            .destinationSecurityGroupId(to)
            .ipProtocol("tcp")
            .fromPort(port)
            .toPort(port)
            .description(where)
            .build());
  }
}
