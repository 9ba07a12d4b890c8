package org.dbtbastion.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.TreeSet;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.Subnet;

/** Whether the route tables of both ends' subnets lead to the other end. Not thread-safe. */
final class RouteTableAnalysis {

  private final SnapshotView view;
  private final NetworkPath path;

  RouteTableAnalysis(SnapshotView view, NetworkPath path) {
    this.view = view;
    this.path = path;
  }

  void analyze() {
    analyze(path.source(), path.destination());
    // A load balancer that keeps its clients' addresses takes answers back to them by itself.
    if (!path.source().clients()) {
      analyze(path.destination(), path.source());
    }
  }

  private void analyze(Endpoint from, Endpoint to) {
    if (!to.addresses().isEmpty()) {
      from.subnet().flatMap(this::table).ifPresent(table -> analyze(table, from, to));
    }
  }

  /** The subnet's own table, or else its VPC's main one. */
  private Optional<RouteTable> table(String subnet) {
    List<RouteTable> tables = view.routeTables();
    return tables.stream()
        .filter(table -> table.subnets().contains(subnet))
        .findFirst()
        .or(() -> tables.isEmpty() ? Optional.empty() : view.subnet(subnet).flatMap(this::main));
  }

  private Optional<RouteTable> main(Subnet subnet) {
    return view.routeTables().stream()
        .filter(table -> table.main() && table.vpc().equals(subnet.vpc()))
        .findFirst();
  }

  /** A route to one block. */
  private record Hop(Cidr block, RouteTable.Entry entry) {

    String target() {
      return entry.target();
    }

    boolean toInternetGateway() {
      return target().startsWith("igw-");
    }
  }

  private void analyze(RouteTable table, Endpoint from, Endpoint to) {
    List<Hop> hops = new ArrayList<>();
    SequencedSet<String> unknown = new TreeSet<>();
    for (RouteTable.Entry entry : table.entries()) {
      entry.cidr().ifPresent(block -> hops.add(new Hop(block, entry)));
      entry
          .prefixList()
          .ifPresent(
              list ->
                  view.entries(list)
                      .ifPresentOrElse(
                          blocks -> blocks.forEach(block -> hops.add(new Hop(block, entry))),
                          () -> unknown.add(list)));
    }
    // The longest prefix decides.
    hops.sort(Comparator.comparingInt(hop -> -hop.block().prefixLength()));
    List<Cidr> boundaries = hops.stream().map(Hop::block).toList();
    for (Cidr block : to.addresses()) {
      for (long address : block.parts(boundaries).toArray()) {
        Optional<Hop> hop = hops.stream().filter(one -> one.block().contains(address)).findFirst();
        if (hop.isEmpty() && !unknown.isEmpty()) {
          view.addUnverified(
              unknown.getFirst(),
              "prefix list %s, to which route table %s has a route, could not be read: it may hold %s or not"
                  .formatted(unknown.getFirst(), table.id(), to.at(List.of(block))));
          return;
        }
        if (obstructed(table, from, to, block, hop)) {
          return;
        }
      }
    }
  }

  /** Whether the route to a block leads elsewhere, which is a finding. */
  private boolean obstructed(
      RouteTable table, Endpoint from, Endpoint to, Cidr block, Optional<Hop> hop) {
    String where =
        "route table %s of subnet %s (%s)"
            .formatted(table.id(), from.subnet().orElseThrow(), from.name());
    String peer = to.at(List.of(block));
    if (hop.filter(one -> one.entry().blackhole()).isPresent()) {
      addBlackhole(table, where, peer, hop.get());
      return true;
    }
    if (to.internet()) {
      if (hop.filter(Hop::toInternetGateway).isPresent()) {
        return false;
      }
      addNoInternetGateway(table, where, peer, hop);
      return true;
    }
    // What has a private address is not on the internet, to which the default route leads.
    Optional<Hop> internet = hop.filter(one -> one.toInternetGateway() && block.isPrivate());
    if (hop.isPresent() && internet.isEmpty()) {
      return false;
    }
    view.add(
        Cause.ROUTE_MISSING,
        table.id(),
        "%s has no route to %s".formatted(where, peer)
            + internet
                .map(Hop::target)
                .map(": %s leads to the internet alone"::formatted)
                .orElse(""),
        "aws ec2 create-route --route-table-id %s --destination-cidr-block %s, with the id of the"
                .formatted(table.id(), view.subnetOf(to).map(Subnet::cidr).orElse(block))
            + " peering connection or transit gateway that leads there.");
    return true;
  }

  private void addBlackhole(RouteTable table, String where, String peer, Hop hop) {
    String destination =
        hop.entry()
            .prefixList()
            .map("--destination-prefix-list-id "::concat)
            .orElseGet(() -> "--destination-cidr-block " + hop.block());
    view.add(
        Cause.ROUTE_BLACKHOLE,
        table.id(),
        "%s sends what goes to %s to %s, which is gone".formatted(where, peer, hop.target()),
        "Give the route another target: aws ec2 replace-route --route-table-id %s %s, with the id"
                .formatted(table.id(), destination)
            + " of an internet gateway, peering connection or transit gateway that exists.");
  }

  private void addNoInternetGateway(
      RouteTable table, String where, String peer, Optional<Hop> hop) {
    view.add(
        Cause.NO_INTERNET_GATEWAY_ROUTE,
        table.id(),
        hop.isEmpty()
            ? "%s has no route to %s".formatted(where, peer)
            : "%s sends what goes to %s to %s, and not to an internet gateway"
                .formatted(where, peer, hop.get().target()),
        ("aws ec2 %s-route --route-table-id %s --destination-cidr-block %s --gateway-id \"$(aws ec2"
                + " describe-internet-gateways --filters Name=attachment.vpc-id,Values=%s"
                + " --query 'InternetGateways[0].InternetGatewayId' --output text)\"")
            .formatted(
                hop.isEmpty() ? "create" : "replace",
                table.id(),
                hop.map(Hop::block).orElse(Cidr.ANYWHERE),
                table.vpc()));
  }
}
