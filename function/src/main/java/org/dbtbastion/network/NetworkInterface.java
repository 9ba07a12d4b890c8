package org.dbtbastion.network;

import java.util.Objects;
import java.util.Set;
import org.dbtbastion.address.Cidr;

/** A network interface, by one of its private addresses. */
public record NetworkInterface(Cidr address, String subnet, Set<String> groups) {

  public NetworkInterface {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(subnet, "subnet");
    groups = Set.copyOf(groups);
  }
}
