package org.dbtbastion.network;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.address.Cidr;

/**
 * A route table.
 *
 * @param main whether it holds for the VPC's subnets that have none of their own
 * @param subnets those that have it as their own
 */
public record RouteTable(
    String id, String vpc, boolean main, Set<String> subnets, List<Entry> entries) {

  public RouteTable {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(vpc, "vpc");
    subnets = Set.copyOf(subnets);
    entries = List.copyOf(entries);
  }

  /**
   * One of its routes.
   *
   * @param cidr where to; empty if to a prefix list
   * @param prefixList where to; empty if to a block
   * @param target through what, such as {@code local} or {@code igw-1}
   * @param blackhole whether the target is gone
   */
  public record Entry(
      Optional<Cidr> cidr, Optional<String> prefixList, String target, boolean blackhole) {

    public Entry {
      Objects.requireNonNull(cidr, "cidr");
      Objects.requireNonNull(prefixList, "prefixList");
      Objects.requireNonNull(target, "target");
    }
  }
}
