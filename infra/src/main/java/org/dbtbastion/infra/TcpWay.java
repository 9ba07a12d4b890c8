package org.dbtbastion.infra;

import software.amazon.awscdk.services.ec2.CfnSecurityGroupEgress;
import software.amazon.awscdk.services.ec2.CfnSecurityGroupIngress;
import software.amazon.awscdk.services.ec2.ISecurityGroup;
import software.constructs.Construct;

/**
 * A way for TCP from one security group into another. The rules stand by themselves: groups that
 * name one another could not be made, and of a group that exists already nothing else is changed.
 */
final class TcpWay {

  private TcpWay() {}

  /**
   * Opens the way, on both sides.
   *
   * @param scope what the way leads to; the rules are made there
   * @param id names the way among those of the scope
   * @param from who may go it
   * @param to the id of the security group that it leads into
   * @param port where it ends
   * @param who for the rule of the one side, such as {@code SSH from the connection check}
   * @param where for the rule of the other, such as {@code SSH to the bastion}
   */
  static void open(
      Construct scope,
      String id,
      ISecurityGroup from,
      String to,
      int port,
      String who,
      String where) {
    CfnSecurityGroupIngress.Builder.create(scope, "IngressFrom" + id)
        .groupId(to)
        .sourceSecurityGroupId(from.getSecurityGroupId())
        .ipProtocol("tcp")
        .fromPort(port)
        .toPort(port)
        .description(who)
        .build();
    CfnSecurityGroupEgress.Builder.create(scope, "EgressFrom" + id)
        .groupId(from.getSecurityGroupId())
        .destinationSecurityGroupId(to)
        .ipProtocol("tcp")
        .fromPort(port)
        .toPort(port)
        .description(where)
        .build();
  }
}
