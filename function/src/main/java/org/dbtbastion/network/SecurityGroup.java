package org.dbtbastion.network;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.dbtbastion.address.Cidr;

/** A security group: what it lets in and out. Its rules only allow, in any order. */
public record SecurityGroup(String id, List<Permission> ingress, List<Permission> egress) {

  public SecurityGroup {
    Objects.requireNonNull(id, "id");
    ingress = List.copyOf(ingress);
    egress = List.copyOf(egress);
  }

  /**
   * One of its rules.
   *
   * @param ports for which protocol and ports
   * @param groups security groups whose members are meant
   * @param cidrs blocks that are meant
   * @param prefixLists lists of blocks that are meant
   */
  public record Permission(
      PortRange ports, Set<String> groups, List<Cidr> cidrs, Set<String> prefixLists) {

    public Permission {
      Objects.requireNonNull(ports, "ports");
      groups = Set.copyOf(groups);
      cidrs = List.copyOf(cidrs);
      prefixLists = Set.copyOf(prefixLists);
    }
  }
}
