package org.dbtbastion.network;

import org.dbtbastion.address.Cidr;

import java.util.Objects;
import java.util.Set;

/** A network interface, by one of its private addresses. */
public record NetworkInterface(Cidr address, String subnet, Set<String> groups) {

  public NetworkInterface {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(subnet, "subnet");
    groups = Set.copyOf(groups);
  }
}
