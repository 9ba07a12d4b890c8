package org.dbtbastion.infra;

import software.amazon.awscdk.services.ec2.Peer;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;

/**
 * The one kind of ICMP message that path MTU discovery needs: "destination unreachable:
 * fragmentation needed". Where it is lost, small packets pass and large query results hang.
 *
 * <p>Source: the Redshift management guide, "Queries appear to hang", and the VPC user guide, "Path
 * MTU Discovery".
 */
final class FragmentationNeeded {

  private FragmentationNeeded() {}

  /** Lets the message in from anywhere: any router on any path may have to send it. */
  static void allowInto(SecurityGroup group) {
    group.addIngressRule(
        Peer.anyIpv4(), Port.icmpTypeAndCode(3, 4), "Path MTU discovery: fragmentation needed");
    Reviewed.pass(
        group,
        "AwsSolutions-EC23",
        "one type and code of ICMP, which any router on any path may have to send");
  }
}
