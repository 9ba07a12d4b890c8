package org.dbtbastion.infra.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import software.amazon.awscdk.services.ec2.ISubnet;

/** Subnets for what may stand once in each availability zone. */
public final class ZonalSubnets {

  private ZonalSubnets() {}

  /**
   * The first subnet of each zone.
   *
   * @param most how many zones are enough
   */
  public static List<ISubnet> among(List<ISubnet> subnets, int most) {
    SequencedMap<String, ISubnet> byZone = new LinkedHashMap<>();
    subnets.forEach(subnet -> byZone.putIfAbsent(subnet.getAvailabilityZone(), subnet));
    return byZone.values().stream().limit(most).toList();
  }
}
