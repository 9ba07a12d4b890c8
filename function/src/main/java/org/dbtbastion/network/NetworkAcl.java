package org.dbtbastion.network;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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

  /** The rules of one direction, in their order. */
  public List<Entry> entries(boolean egress) {
    return entries.stream().filter(entry -> entry.egress() == egress).toList();
  }

  /**
   * The number of the rule that denies an address on one of the ports, the lowest such port; empty
   * if all are allowed.
   */
  public Optional<Integer> denying(boolean egress, long address, PortRange ports) {
    List<Entry> rules = entries(egress);
    return IntStream.concat(
            IntStream.of(ports.first()),
            rules.stream()
                .flatMapToInt(rule -> IntStream.of(rule.ports().first(), rule.ports().last() + 1)))
        .filter(ports::contains)
        .sorted()
        .mapToObj(port -> deciding(rules, address, port))
        .filter(rule -> rule.isEmpty() || !rule.get().allow())
        .map(rule -> rule.map(Entry::number).orElse(Entry.LAST))
        .findFirst();
  }

  private static Optional<Entry> deciding(List<Entry> rules, long address, int port) {
    return rules.stream()
        .filter(rule -> rule.ports().contains(port) && rule.cidr().contains(address))
        .findFirst();
  }
}
