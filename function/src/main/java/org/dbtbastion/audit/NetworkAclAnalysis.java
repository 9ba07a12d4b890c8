package org.dbtbastion.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.PortRange;
import org.dbtbastion.network.Subnet;

/**
 * What the network ACLs of both ends' subnets deny, of a path's traffic and its answers. Not
 * thread-safe.
 */
final class NetworkAclAnalysis {

  private final SnapshotView view;
  private final Endpoint source;
  private final Endpoint destination;
  private final int port;

  NetworkAclAnalysis(SnapshotView view, NetworkPath path) {
    this.view = view;
    this.source = path.source();
    this.destination = path.destination();
    this.port = path.port();
  }

  void analyze() {
    if (source.subnet().equals(destination.subnet())) {
      // They apply to what enters or leaves a subnet, not to what stays within.
      return;
    }
    PortRange wanted = new PortRange(port, port);
    acl(destination, false, source, wanted, "");
    acl(source, true, destination, wanted, "");
    acl(destination, true, source, source.clientPorts(), "the answers, ");
    acl(source, false, destination, source.clientPorts(), "the answers, ");
  }

  private void acl(Endpoint at, boolean egress, Endpoint peer, PortRange ports, String what) {
    if (at.subnet().isEmpty() || peer.addresses().isEmpty()) {
      return;
    }
    String subnet = at.subnet().get();
    view.known(view.snapshot().networkAcls())
        .flatMap(acls -> acls.stream().filter(acl -> acl.subnets().contains(subnet)).findFirst())
        .ifPresent(
            acl -> {
              List<Integer> denying = new ArrayList<>();
              List<Cidr> denied =
                  peer.failing(
                      acl.entries(egress).stream().map(NetworkAcl.Entry::cidr).toList(),
                      address -> {
                        Optional<Integer> number = acl.denying(egress, address, ports);
                        number.ifPresent(denying::add);
                        return number.isEmpty();
                      });
              if (!denied.isEmpty()) {
                denies(acl, at, egress, peer, ports, what, denied, denying.getFirst());
              }
            });
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
    view.add(
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
                peer.at(denied),
                rule == NetworkAcl.Entry.LAST ? "as no rule allows it" : "by rule " + rule),
        allowing(acl, egress, peer, ports, denied, rule));
  }

  private String allowing(
      NetworkAcl acl, boolean egress, Endpoint peer, PortRange ports, List<Cidr> denied, int rule) {
    String direction = egress ? "egress" : "ingress";
    // Hosts come and go: the rule should hold for the next one too.
    List<Cidr> blocks = view.subnetOf(peer).map(Subnet::cidr).map(List::of).orElse(denied);
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
}
