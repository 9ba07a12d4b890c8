package org.dbtbastion.network;

import java.util.Objects;
import org.dbtbastion.address.Cidr;

/** A subnet of a VPC. */
public record Subnet(String id, String vpc, Cidr cidr) {

  public Subnet {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(vpc, "vpc");
    Objects.requireNonNull(cidr, "cidr");
  }
}
