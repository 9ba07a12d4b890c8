package org.dbtbastion.network;

import org.dbtbastion.address.Cidr;

import java.util.Objects;

/** A subnet of a VPC. */
public record Subnet(String id, String vpc, Cidr cidr) {

  public Subnet {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(vpc, "vpc");
    Objects.requireNonNull(cidr, "cidr");
  }
}
