package org.dbtbastion.network;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.dbtbastion.address.Cidr;

/**
 * A network ACL. It is stateless: answers need rules of their own.
 *
 * @param subnets whose traffic it judges
 * @param entries its IPv4 rules, the lowest number first
 */
public record NetworkAcl(String id, Set<String> subnets, List<Entry> entries) {

  public NetworkAcl {
    Objects.requireNonNull(id, "id");
    subnets = Set.copyOf(subnets);
    entries = entries.stream().sorted(Comparator.comparingInt(Entry::number)).toList();
  }

  /**
   * One of its rules; the first that matches decides.
   *
   * @param number 1 to 32766; 32767 is the rule that denies what no other matches
   */
  public record Entry(int number, boolean egress, boolean allow, PortRange ports, Cidr cidr) {

    /** The number of the rule that denies the rest. */
    public static final int LAST = 32767;

    public Entry {
      Objects.requireNonNull(ports, "ports");
      Objects.requireNonNull(cidr, "cidr");
    }
  }
}
