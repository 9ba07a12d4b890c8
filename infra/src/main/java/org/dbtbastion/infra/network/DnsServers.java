package org.dbtbastion.infra.network;

import java.util.List;
import software.amazon.awscdk.services.ec2.Peer;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;

/**
 * The way to DNS servers of one's own, which a VPC's DHCP options name and which may be outside of
 * the VPC. Amazon's own needs no rule. Source: the VPC user guide, "DHCP option sets" and "Security
 * groups".
 */
public final class DnsServers {

  private DnsServers() {}

  /** Allows a group to ask any of them. */
  public static void allowFrom(SecurityGroup group) {
    for (Port port : List.of(Port.udp(53), Port.tcp(53))) {
      group.addEgressRule(Peer.anyIpv4(), port, "DNS servers of the VPC's own");
    }
  }
}
