package org.dbtbastion.audit;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.PortRange;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.SecurityGroup;
import org.dbtbastion.network.Subnet;

/**
 * Whether TCP from one place gets to a port of another, and its answers back: by security groups,
 * network ACLs and routes.
 *
 * <p>Blocks of addresses are judged address by address where it matters: rules change their mind
 * only where one of their own blocks begins or has ended.
 */
final class NetworkPath {

  private static final String ANYWHERE = "0.0.0.0/0";

  private final NetworkSnapshot picture;
  private final Findings notes;
  private final Endpoint from;
  private final Endpoint to;
  private final int port;

  NetworkPath(NetworkSnapshot picture, Findings notes, Endpoint from, Endpoint to, int port) {
    this.picture = picture;
    this.notes = notes;
    this.from = from;
    this.to = to;
    this.port = port;
  }

  /** Adds what is in the way to the findings. */
  void judge() {
    ingress();
    egress();
    networkAcls();
    route(from, to);
    if (!from.clients()) {
      route(to, from);
    }
  }

  // Security groups

  private void ingress() {
    groups(to)
        .ifPresent(
            groups -> {
              List<SecurityGroup.Permission> rules =
                  rules(groups.stream().flatMap(group -> group.ingress().stream()));
              List<Cidr> refused = refused(groups, rules, from);
              if (refused.isEmpty()) {
                return;
              }
              Optional<String> list =
                  rules.stream().flatMap(rule -> rule.prefixLists().stream()).sorted().findFirst();
              if (list.isPresent() && from.internet()) {
                incomplete(list.get(), groups, refused);
                return;
              }
              notes.add(
                  Cause.INGRESS_RULE_MISSING,
                  groups.getFirst().id(),
                  "%s no inbound rule for tcp/%d from %s"
                      .formatted(named(groups, to), port, peer(from, refused)),
                  "aws ec2 authorize-security-group-ingress --group-id %s %s"
                      .formatted(groups.getFirst().id(), ingressRule(refused)));
            });
  }

  private String ingressRule(List<Cidr> refused) {
    return from.groups().isEmpty()
        ? permission("IpRanges=[%s]".formatted(ranges(refused)))
        : "--protocol tcp --port %d --source-group %s".formatted(port, first(from.groups()));
  }

  private void incomplete(String list, List<SecurityGroup> groups, List<Cidr> missing) {
    notes.add(
        Cause.PREFIX_LIST_INCOMPLETE,
        list,
        "prefix list %s, which %s lets in, lacks %s"
            .formatted(list, groups.getFirst().id(), peer(from, missing)),
        ("aws ec2 modify-managed-prefix-list --prefix-list-id %1$s --current-version \"$(aws ec2"
                + " describe-managed-prefix-lists --prefix-list-ids %1$s"
                + " --query 'PrefixLists[0].Version')\" --add-entries %2$s")
            .formatted(list, missing.stream().map(block -> "Cidr=" + block).collect(joining(" "))));
  }

  private void egress() {
    groups(from)
        .ifPresent(
            groups -> {
              List<SecurityGroup.Permission> rules =
                  rules(groups.stream().flatMap(group -> group.egress().stream()));
              List<Cidr> refused = refused(groups, rules, to);
              if (refused.isEmpty()) {
                return;
              }
              notes.add(
                  Cause.EGRESS_RULE_MISSING,
                  groups.getFirst().id(),
                  "%s no outbound rule for tcp/%d to %s"
                      .formatted(named(groups, from), port, peer(to, refused)),
                  "aws ec2 authorize-security-group-egress --group-id %s %s"
                      .formatted(
                          groups.getFirst().id(),
                          permission(
                              to.groups().isEmpty()
                                  ? "IpRanges=[%s]".formatted(ranges(refused))
                                  : "UserIdGroupPairs=[{GroupId=%s}]"
                                      .formatted(first(to.groups())))));
            });
  }

  private String permission(String peers) {
    return "--ip-permissions 'IpProtocol=tcp,FromPort=%1$d,ToPort=%1$d,%2$s'"
        .formatted(port, peers);
  }

  private static String ranges(List<Cidr> blocks) {
    return blocks.stream().map("{CidrIp=%s}"::formatted).collect(joining(","));
  }

  /** The security groups of a place, if it has some and all of them are known. */
  private Optional<List<SecurityGroup>> groups(Endpoint place) {
    if (place.groups().isEmpty()) {
      return Optional.empty();
    }
    Optional<Map<String, SecurityGroup>> known = notes.known(picture.groups());
    if (known.isEmpty()) {
      return Optional.empty();
    }
    List<SecurityGroup> groups = new ArrayList<>();
    for (String id : new TreeSet<>(place.groups())) {
      SecurityGroup group = known.get().get(id);
      if (group == null) {
        unverified(id, "security group %s of %s was not found".formatted(id, place.name()));
        return Optional.empty();
      }
      groups.add(group);
    }
    return Optional.of(groups);
  }

  private List<SecurityGroup.Permission> rules(Stream<SecurityGroup.Permission> rules) {
    return rules.filter(rule -> rule.ports().contains(port)).toList();
  }

  /**
   * Which addresses of the peer the rules do not let through; of a peer without known addresses
   * that is everything. Where a rule may let them through, that is said, and the list is empty.
   */
  private List<Cidr> refused(
      List<SecurityGroup> groups, List<SecurityGroup.Permission> rules, Endpoint peer) {
    Set<String> named = rules.stream().flatMap(rule -> rule.groups().stream()).collect(toSet());
    if (!Collections.disjoint(named, peer.groups())) {
      return List.of();
    }
    if (!named.isEmpty() && peer.groups().isEmpty() && !peer.internet() && !peer.clients()) {
      // One of them may be the peer's. That its groups are not known has been said.
      return List.of();
    }
    List<Cidr> blocks = new ArrayList<>();
    Set<String> unknown = new TreeSet<>();
    for (SecurityGroup.Permission rule : rules) {
      blocks.addAll(rule.cidrs());
      for (String list : rule.prefixLists()) {
        entries(list).ifPresentOrElse(blocks::addAll, () -> unknown.add(list));
      }
    }
    List<Cidr> refused =
        peer.addresses().isEmpty()
            ? unknownRefused(peer, blocks)
            : failing(
                peer,
                blocks,
                address -> blocks.stream().anyMatch(block -> block.contains(address)));
    if (refused.isEmpty() || unknown.isEmpty()) {
      return refused;
    }
    for (String list : unknown) {
      unverified(
          list,
          "prefix list %s, which %s names, could not be read: it may let %s through or not"
              .formatted(list, groups.getFirst().id(), peer(peer, refused)));
    }
    return List.of();
  }

  /** Of a peer without known addresses nothing is known to be refused where some addresses pass. */
  private static List<Cidr> unknownRefused(Endpoint peer, List<Cidr> passing) {
    return passing.isEmpty() && !peer.groups().isEmpty() ? List.of(Cidr.of(ANYWHERE)) : List.of();
  }

  private Optional<List<Cidr>> entries(String list) {
    return picture.prefixLists().get(list) instanceof Described.Known<List<Cidr>>(var entries)
        ? Optional.of(entries)
        : Optional.empty();
  }

  private void unverified(String resource, String detail) {
    notes.add(
        Cause.UNVERIFIED,
        resource,
        detail,
        resource.startsWith("pl-")
            ? "Look at it: aws ec2 get-managed-prefix-list-entries --prefix-list-id " + resource
            : "Look at it in the account that it belongs to.");
  }

  /**
   * The blocks of a place in which an address fails; none if the place has one address among them
   * that nobody knows, and some pass.
   */
  private static List<Cidr> failing(Endpoint place, List<Cidr> boundaries, LongPredicate passes) {
    List<Cidr> failing = new ArrayList<>();
    boolean somePass = false;
    for (Cidr block : place.addresses()) {
      boolean fails = false;
      for (long address : addresses(block, boundaries)) {
        if (passes.test(address)) {
          somePass = true;
        } else {
          fails = true;
        }
      }
      if (fails) {
        failing.add(block);
      }
    }
    return somePass && !place.everyAddress() ? List.of() : failing;
  }

  /** Addresses of a block, one for each part of it that the boundaries cut out. */
  private static long[] addresses(Cidr block, List<Cidr> boundaries) {
    return LongStream.concat(
            LongStream.of(block.first()),
            boundaries.stream()
                .flatMapToLong(other -> LongStream.of(other.first(), other.last() + 1))
                .filter(block::contains))
        .distinct()
        .toArray();
  }

  // Network ACLs

  private void networkAcls() {
    if (from.subnet().equals(to.subnet())) {
      // They judge what enters or leaves a subnet, and nothing within.
      return;
    }
    PortRange wanted = new PortRange(port, port);
    acl(to, false, from, wanted, "");
    acl(from, true, to, wanted, "");
    acl(to, true, from, from.clientPorts(), "the answers, ");
    acl(from, false, to, from.clientPorts(), "the answers, ");
  }

  private void acl(Endpoint at, boolean egress, Endpoint peer, PortRange ports, String what) {
    if (at.subnet().isEmpty() || peer.addresses().isEmpty()) {
      return;
    }
    String subnet = at.subnet().get();
    notes
        .known(picture.networkAcls())
        .flatMap(acls -> acls.stream().filter(acl -> acl.subnets().contains(subnet)).findFirst())
        .ifPresent(
            acl -> {
              List<NetworkAcl.Entry> entries =
                  acl.entries().stream().filter(entry -> entry.egress() == egress).toList();
              List<Integer> denying = new ArrayList<>();
              List<Cidr> denied =
                  failing(
                      peer,
                      entries.stream().map(NetworkAcl.Entry::cidr).toList(),
                      address -> {
                        Optional<Integer> number = denying(entries, address, ports);
                        number.ifPresent(denying::add);
                        return number.isEmpty();
                      });
              if (!denied.isEmpty()) {
                denies(acl, at, egress, peer, ports, what, denied, denying.getFirst());
              }
            });
  }

  /** The number of the rule that denies the address on one of the ports, the lowest such port. */
  private static Optional<Integer> denying(
      List<NetworkAcl.Entry> entries, long address, PortRange ports) {
    return IntStream.concat(
            IntStream.of(ports.first()),
            entries.stream()
                .flatMapToInt(
                    entry -> IntStream.of(entry.ports().first(), entry.ports().last() + 1)))
        .filter(ports::contains)
        .sorted()
        .mapToObj(port -> deciding(entries, address, port))
        .filter(entry -> entry.isEmpty() || !entry.get().allow())
        .map(entry -> entry.map(NetworkAcl.Entry::number).orElse(NetworkAcl.Entry.LAST))
        .findFirst();
  }

  private static Optional<NetworkAcl.Entry> deciding(
      List<NetworkAcl.Entry> entries, long address, int port) {
    return entries.stream()
        .filter(entry -> entry.ports().contains(port) && entry.cidr().contains(address))
        .findFirst();
  }

  private void denies(
      NetworkAcl acl,
      Endpoint at,
      boolean egress,
      Endpoint peer,
      PortRange ports,
      String what,
      List<Cidr> denied,
      int rule) {
    notes.add(
        Cause.NETWORK_ACL_DENIES,
        acl.id(),
        "network ACL %s of subnet %s (%s) denies %s%s tcp/%s %s %s, %s"
            .formatted(
                acl.id(),
                at.subnet().orElseThrow(),
                at.name(),
                what,
                egress ? "outbound" : "inbound",
                ports,
                egress ? "to" : "from",
                located(peer, denied),
                rule == NetworkAcl.Entry.LAST ? "as no rule allows it" : "by rule " + rule),
        allowing(acl, egress, peer, ports, denied, rule));
  }

  private String allowing(
      NetworkAcl acl, boolean egress, Endpoint peer, PortRange ports, List<Cidr> denied, int rule) {
    String direction = egress ? "egress" : "ingress";
    // Hosts come and go: the rule should hold for the next one too.
    List<Cidr> blocks = subnet(peer).map(Subnet::cidr).map(List::of).orElse(denied);
    List<Integer> numbers = free(acl, egress, rule, blocks.size());
    if (numbers.size() < blocks.size()) {
      return "aws ec2 delete-network-acl-entry --network-acl-id %s --%s --rule-number %d"
          .formatted(acl.id(), direction, rule);
    }
    List<String> commands = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      commands.add(
          "aws ec2 create-network-acl-entry --network-acl-id %s --%s --rule-number %d --protocol tcp"
                  .formatted(acl.id(), direction, numbers.get(i))
              + " --port-range From=%d,To=%d --cidr-block %s --rule-action allow"
                  .formatted(ports.first(), ports.last(), blocks.get(i)));
    }
    return String.join("; ", commands);
  }

  private Optional<Subnet> subnet(Endpoint place) {
    return place
        .subnet()
        .filter(_ -> !place.clients())
        .flatMap(id -> notes.known(picture.subnets()).map(subnets -> subnets.get(id)));
  }

  /** Free numbers of rules that come before the one that denies, as near to it as possible. */
  private static List<Integer> free(NetworkAcl acl, boolean egress, int before, int count) {
    Set<Integer> taken = new TreeSet<>();
    acl.entries().stream()
        .filter(entry -> entry.egress() == egress && entry.number() < NetworkAcl.Entry.LAST)
        .forEach(entry -> taken.add(entry.number()));
    int highest = taken.stream().max(Comparator.naturalOrder()).orElse(0);
    return IntStream.iterate(
            Math.min(highest + count, before - 1), number -> number > 0, number -> number - 1)
        .filter(number -> !taken.contains(number))
        .limit(count)
        .sorted()
        .boxed()
        .toList();
  }

  // Routes

  private void route(Endpoint here, Endpoint there) {
    if (here.subnet().isEmpty() || there.addresses().isEmpty()) {
      return;
    }
    String subnet = here.subnet().get();
    Optional<RouteTable> table = table(subnet);
    if (table.isEmpty()) {
      return;
    }
    List<Hop> hops = new ArrayList<>();
    Set<String> unknown = new TreeSet<>();
    for (RouteTable.Entry entry : table.get().entries()) {
      entry.cidr().ifPresent(block -> hops.add(new Hop(block, entry)));
      entry
          .prefixList()
          .ifPresent(
              list ->
                  entries(list)
                      .ifPresentOrElse(
                          blocks -> blocks.forEach(block -> hops.add(new Hop(block, entry))),
                          () -> unknown.add(list)));
    }
    hops.sort(Comparator.comparingInt(hop -> -hop.block().prefixLength()));
    List<Cidr> boundaries = hops.stream().map(Hop::block).toList();
    for (Cidr block : there.addresses()) {
      for (long address : addresses(block, boundaries)) {
        Optional<Hop> hop = hops.stream().filter(one -> one.block().contains(address)).findFirst();
        if (hop.isEmpty() && !unknown.isEmpty()) {
          String list = unknown.iterator().next();
          unverified(
              list,
              "prefix list %s, to which route table %s has a route, could not be read: it may hold %s or not"
                  .formatted(list, table.get().id(), located(there, List.of(block))));
          return;
        }
        if (obstructed(table.get(), here, there, block, hop)) {
          return;
        }
      }
    }
  }

  private record Hop(Cidr block, RouteTable.Entry entry) {}

  private Optional<RouteTable> table(String subnet) {
    Optional<List<RouteTable>> tables = notes.known(picture.routeTables());
    return tables
        .flatMap(all -> all.stream().filter(table -> table.subnets().contains(subnet)).findFirst())
        .or(
            () ->
                tables.flatMap(
                    all ->
                        notes
                            .known(picture.subnets())
                            .map(subnets -> subnets.get(subnet))
                            .flatMap(
                                known ->
                                    all.stream()
                                        .filter(
                                            table ->
                                                table.main() && table.vpc().equals(known.vpc()))
                                        .findFirst())));
  }

  /** Whether there is something to note about the route to a block. */
  private boolean obstructed(
      RouteTable table, Endpoint here, Endpoint there, Cidr block, Optional<Hop> hop) {
    String where =
        "route table %s of subnet %s (%s)"
            .formatted(table.id(), here.subnet().orElseThrow(), here.name());
    String peer = located(there, List.of(block));
    if (hop.isPresent() && hop.get().entry().blackhole()) {
      String destination =
          hop.get().entry().prefixList().orElseGet(() -> hop.get().block().toString());
      notes.add(
          Cause.ROUTE_BLACKHOLE,
          table.id(),
          "%s sends what goes to %s to %s, which is gone"
              .formatted(where, peer, hop.get().entry().target()),
          "Give the route another target: aws ec2 replace-route --route-table-id %s %s, with the id"
                  .formatted(table.id(), destination(destination))
              + " of an internet gateway, peering connection or transit gateway that exists.");
      return true;
    }
    if (there.internet()) {
      if (hop.isPresent() && hop.get().entry().target().startsWith("igw-")) {
        return false;
      }
      notes.add(
          Cause.NO_INTERNET_GATEWAY_ROUTE,
          table.id(),
          hop.isEmpty()
              ? "%s has no route to %s".formatted(where, peer)
              : "%s sends what goes to %s to %s, and not to an internet gateway"
                  .formatted(where, peer, hop.get().entry().target()),
          ("aws ec2 %s-route --route-table-id %s --destination-cidr-block %s --gateway-id \"$(aws ec2"
                  + " describe-internet-gateways --filters Name=attachment.vpc-id,Values=%s"
                  + " --query 'InternetGateways[0].InternetGatewayId' --output text)\"")
              .formatted(
                  hop.isEmpty() ? "create" : "replace",
                  table.id(),
                  hop.map(one -> one.block().toString()).orElse(ANYWHERE),
                  table.vpc()));
      return true;
    }
    // What has a private address is not on the internet, to which the default route leads.
    Optional<String> internetGateway =
        hop.map(one -> one.entry().target())
            .filter(target -> target.startsWith("igw-") && block.isPrivate());
    if (hop.isEmpty() || internetGateway.isPresent()) {
      notes.add(
          Cause.ROUTE_MISSING,
          table.id(),
          "%s has no route to %s".formatted(where, peer)
              + internetGateway.map(": %s leads to the internet alone"::formatted).orElse(""),
          "aws ec2 create-route --route-table-id %s --destination-cidr-block %s, with the id of the"
                  .formatted(table.id(), subnet(there).map(Subnet::cidr).orElse(block))
              + " peering connection or transit gateway that leads there.");
      return true;
    }
    return false;
  }

  private static String destination(String destination) {
    return (destination.startsWith("pl-")
            ? "--destination-prefix-list-id "
            : "--destination-cidr-block ")
        + destination;
  }

  // Names

  private static String named(List<SecurityGroup> groups, Endpoint of) {
    return groups.size() == 1
        ? "security group %s of %s has".formatted(groups.getFirst().id(), of.name())
        : "security groups %s of %s have"
            .formatted(groups.stream().map(SecurityGroup::id).collect(joining(", ")), of.name());
  }

  /** {@code sg-1 (bastion host i-1)}, or addresses in place of the security group. */
  private static String peer(Endpoint peer, List<Cidr> addresses) {
    return peer.groups().isEmpty()
        ? located(peer, addresses)
        : "%s (%s)".formatted(String.join(", ", new TreeSet<>(peer.groups())), peer.name());
  }

  private static String located(Endpoint place, List<Cidr> addresses) {
    return "%s (%s)"
        .formatted(addresses.stream().map(Cidr::toString).collect(joining(", ")), place.name());
  }

  private static String first(Set<String> ids) {
    return new TreeSet<>(ids).getFirst();
  }
}
