package org.dbtbastion.audit;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.SecurityGroup;

/** What the security groups at both ends of a path do not let through. Not thread-safe. */
final class SecurityGroupAnalysis {

  private final SnapshotView view;
  private final Endpoint source;
  private final Endpoint destination;
  private final int port;

  SecurityGroupAnalysis(SnapshotView view, NetworkPath path) {
    this.view = view;
    this.source = path.source();
    this.destination = path.destination();
    this.port = path.port();
  }

  void analyze() {
    ingress();
    egress();
  }

  private void ingress() {
    groups(destination)
        .ifPresent(
            groups -> {
              List<SecurityGroup.Permission> rules =
                  rules(groups.stream().flatMap(group -> group.ingress().stream()));
              List<Cidr> refused = refused(groups, rules, source);
              if (refused.isEmpty()) {
                return;
              }
              Optional<String> list =
                  rules.stream().flatMap(rule -> rule.prefixLists().stream()).sorted().findFirst();
              if (list.isPresent() && source.internet()) {
                incomplete(list.get(), groups, refused);
                return;
              }
              view.add(
                  Cause.INGRESS_RULE_MISSING,
                  groups.getFirst().id(),
                  "%s no inbound rule for tcp/%d from %s"
                      .formatted(named(groups, destination), port, source.asPeer(refused)),
                  "aws ec2 authorize-security-group-ingress --group-id %s %s"
                      .formatted(groups.getFirst().id(), ingressRule(refused)));
            });
  }

  private String ingressRule(List<Cidr> refused) {
    return source.groups().isEmpty()
        ? permission("IpRanges=[%s]".formatted(ranges(refused)))
        : "--protocol tcp --port %d --source-group %s".formatted(port, first(source.groups()));
  }

  private void incomplete(String list, List<SecurityGroup> groups, List<Cidr> missing) {
    view.add(
        Cause.PREFIX_LIST_INCOMPLETE,
        list,
        "prefix list %s, which %s lets in, lacks %s"
            .formatted(list, groups.getFirst().id(), source.asPeer(missing)),
        ("aws ec2 modify-managed-prefix-list --prefix-list-id %1$s --current-version \"$(aws ec2"
                + " describe-managed-prefix-lists --prefix-list-ids %1$s"
                + " --query 'PrefixLists[0].Version')\" --add-entries %2$s")
            .formatted(list, missing.stream().map(block -> "Cidr=" + block).collect(joining(" "))));
  }

  private void egress() {
    groups(source)
        .ifPresent(
            groups -> {
              List<SecurityGroup.Permission> rules =
                  rules(groups.stream().flatMap(group -> group.egress().stream()));
              List<Cidr> refused = refused(groups, rules, destination);
              if (refused.isEmpty()) {
                return;
              }
              view.add(
                  Cause.EGRESS_RULE_MISSING,
                  groups.getFirst().id(),
                  "%s no outbound rule for tcp/%d to %s"
                      .formatted(named(groups, source), port, destination.asPeer(refused)),
                  "aws ec2 authorize-security-group-egress --group-id %s %s"
                      .formatted(
                          groups.getFirst().id(),
                          permission(
                              destination.groups().isEmpty()
                                  ? "IpRanges=[%s]".formatted(ranges(refused))
                                  : "UserIdGroupPairs=[{GroupId=%s}]"
                                      .formatted(first(destination.groups())))));
            });
  }

  private String permission(String peers) {
    return "--ip-permissions 'IpProtocol=tcp,FromPort=%1$d,ToPort=%1$d,%2$s'"
        .formatted(port, peers);
  }

  private static String ranges(List<Cidr> blocks) {
    return blocks.stream().map("{CidrIp=%s}"::formatted).collect(joining(","));
  }

  /** The security groups of an endpoint, if it has some and all of them are known. */
  private Optional<List<SecurityGroup>> groups(Endpoint endpoint) {
    if (endpoint.groups().isEmpty()) {
      return Optional.empty();
    }
    Optional<Map<String, SecurityGroup>> known = view.known(view.snapshot().groups());
    if (known.isEmpty()) {
      return Optional.empty();
    }
    List<SecurityGroup> groups = new ArrayList<>();
    for (String id : new TreeSet<>(endpoint.groups())) {
      SecurityGroup group = known.get().get(id);
      if (group == null) {
        view.addUnverified(
            id, "security group %s of %s was not found".formatted(id, endpoint.name()));
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
        view.entries(list).ifPresentOrElse(blocks::addAll, () -> unknown.add(list));
      }
    }
    List<Cidr> refused =
        peer.addresses().isEmpty()
            ? unknownRefused(peer, blocks)
            : peer.failing(
                blocks, address -> blocks.stream().anyMatch(block -> block.contains(address)));
    if (refused.isEmpty() || unknown.isEmpty()) {
      return refused;
    }
    for (String list : unknown) {
      view.addUnverified(
          list,
          "prefix list %s, which %s names, could not be read: it may let %s through or not"
              .formatted(list, groups.getFirst().id(), peer.asPeer(refused)));
    }
    return List.of();
  }

  /** Of a peer without known addresses nothing is known to be refused where some addresses pass. */
  private static List<Cidr> unknownRefused(Endpoint peer, List<Cidr> passing) {
    return passing.isEmpty() && !peer.groups().isEmpty() ? List.of(Cidr.ANYWHERE) : List.of();
  }

  private static String named(List<SecurityGroup> groups, Endpoint of) {
    return groups.size() == 1
        ? "security group %s of %s has".formatted(groups.getFirst().id(), of.name())
        : "security groups %s of %s have"
            .formatted(groups.stream().map(SecurityGroup::id).collect(joining(", ")), of.name());
  }

  private static String first(Set<String> ids) {
    return new TreeSet<>(ids).getFirst();
  }
}
