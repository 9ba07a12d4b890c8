package org.dbtbastion.infra.network;

import org.dbtbastion.infra.permissions.Reviewed;
import software.amazon.awscdk.services.ec2.CfnSecurityGroupIngress;
import software.amazon.awscdk.services.ec2.SecurityGroup;

/**
 * The one kind of ICMP message that path MTU discovery needs: "destination unreachable:
 * fragmentation needed". Where it is lost, small packets pass and large query results hang.
 *
 * <p>Source: the Redshift management guide, "Queries appear to hang", and the VPC user guide, "Path
 * MTU Discovery".
 */
public final class FragmentationNeeded {

  private FragmentationNeeded() {}

  /** Allows the message from anywhere: any router on any path may have to send it. */
  public static void allowInto(SecurityGroup group) {
    // A rule of its own, so that cdk-nag still judges what else the group lets in.
    CfnSecurityGroupIngress rule =
        CfnSecurityGroupIngress.Builder.create(group, "FragmentationNeeded")
            .groupId(group.getSecurityGroupId())
            .cidrIp("0.0.0.0/0")
            .ipProtocol("icmp")
            .fromPort(3)
            .toPort(4)
            .description("Path MTU discovery: fragmentation needed")
            .build();
    Reviewed.pass(
        rule,
        "AwsSolutions-EC23",
        "one type and code of ICMP, which any router on any path may have to send");
  }
}
