package org.dbtbastion.local.lab.network;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The security groups of a template, as an nftables ruleset for the router between the hosts: who
 * is in a group lets in, and sends, only what its rules name. They are stateful, as EC2's are; ICMP
 * errors are not counted as belonging to a connection, so they need their rule. Instance metadata
 * is outside of them, as in EC2. Public addresses are translated here too: an Elastic IP leads to
 * one host, the address of a stand-in for a Network Load Balancer to several.
 *
 * <p>Source: the VPC user guide, "Security groups"; nft(8).
 */
public final class SecurityGroups {

  private final List<Rule> rules;
  private final Map<String, Set<String>> members = new TreeMap<>();
  private final Map<String, String> elasticIps = new TreeMap<>();
  private final Map<String, List<String>> balancers = new TreeMap<>();
  private final Set<Integer> openPorts = new TreeSet<>();

  /**
   * A rule of a group.
   *
   * @param ingress whether it lets in or out
   * @param group whose rule it is
   * @param match the traffic, in nft's words
   * @param peers addresses and blocks, separated by commas, or a group after an {@code @}
   */
  private record Rule(boolean ingress, String group, String match, String peers) {}

  private SecurityGroups(List<Rule> rules) {
    this.rules = List.copyOf(rules);
    for (Rule rule : rules) {
      members.computeIfAbsent(rule.group(), group -> new TreeSet<>());
      if (rule.peers().startsWith("@")) {
        members.computeIfAbsent(rule.peers().substring(1), group -> new TreeSet<>());
      }
    }
  }

  /** Those of a deployed template, in which references are to the template's own resources. */
  public static SecurityGroups in(JsonNode template) {
    JsonNode resources = template.get("Resources");
    List<Rule> rules = new ArrayList<>();
    resources
        .properties()
        .forEach(
            entry -> {
              JsonNode properties = entry.getValue().path("Properties");
              switch (entry.getValue().get("Type").asText()) {
                case "AWS::EC2::SecurityGroup" -> {
                  String group = name(entry.getKey());
                  properties
                      .path("SecurityGroupIngress")
                      .forEach(rule -> rules.add(rule(true, group, rule, resources)));
                  properties
                      .path("SecurityGroupEgress")
                      .forEach(rule -> rules.add(rule(false, group, rule, resources)));
                }
                case "AWS::EC2::SecurityGroupIngress" ->
                    rules.add(rule(true, group(properties.get("GroupId")), properties, resources));
                case "AWS::EC2::SecurityGroupEgress" ->
                    rules.add(rule(false, group(properties.get("GroupId")), properties, resources));
                default -> {
                  // No security group.
                }
              }
            });
    return new SecurityGroups(rules);
  }

  private static Rule rule(boolean ingress, String group, JsonNode rule, JsonNode resources) {
    return new Rule(ingress, group, match(rule), peers(rule, resources));
  }

  private static String match(JsonNode rule) {
    String protocol = rule.get("IpProtocol").asText();
    int from = rule.path("FromPort").asInt(-1);
    int to = rule.path("ToPort").asInt(-1);
    return switch (protocol) {
      case "-1" -> "";
      case "icmp" -> "icmp type %d icmp code %d".formatted(from, to);
      case "tcp", "udp" -> "%s dport %d-%d".formatted(protocol, from, to);
      default -> throw new IllegalArgumentException("not in this stand-in: " + rule);
    };
  }

  private static String peers(JsonNode rule, JsonNode resources) {
    if (rule.has("CidrIp")) {
      return rule.get("CidrIp").asText();
    }
    for (String list : List.of("SourcePrefixListId", "DestinationPrefixListId")) {
      if (rule.has(list)) {
        JsonNode entries =
            resources.get(rule.get(list).get("Ref").asText()).get("Properties").get("Entries");
        List<String> blocks = new ArrayList<>();
        entries.forEach(entry -> blocks.add(entry.get("Cidr").asText()));
        return String.join(", ", blocks);
      }
    }
    for (String peer : List.of("SourceSecurityGroupId", "DestinationSecurityGroupId")) {
      if (rule.has(peer)) {
        return "@" + group(rule.get(peer));
      }
    }
    throw new IllegalArgumentException("not in this stand-in: " + rule);
  }

  /** A group of the template goes by its logical id, another by its own. */
  private static String group(JsonNode reference) {
    JsonNode attribute = reference.path("Fn::GetAtt");
    return name(attribute.isMissingNode() ? reference.asText() : attribute.get(0).asText());
  }

  private static String name(String group) {
    return group.replace('-', '_');
  }

  /** From now on this address is in the group. */
  void add(String group, String address) {
    Set<String> addresses = members.get(name(group));
    if (addresses == null) {
      throw new IllegalArgumentException("no rule knows the security group " + group);
    }
    addresses.add(address);
  }

  /** From now on this address is in no group. */
  void remove(String address) {
    members.values().forEach(addresses -> addresses.remove(address));
  }

  /**
   * From now on the Elastic IP leads to this private address, and what came by it to another one
   * before is lost.
   */
  void associate(String elasticIp, String privateAddress) {
    elasticIps.put(elasticIp, privateAddress);
  }

  /** From now on new connections to the balancer's address are led to these, in turn. */
  void balance(String balancer, List<String> targets) {
    balancers.put(balancer, List.copyOf(targets));
  }

  /** From now on everybody is let in at this TCP port, whatever the rules say. */
  void openPort(int port) {
    openPorts.add(port);
  }

  /** Takes back {@link #openPort}. */
  void closePort(int port) {
    openPorts.remove(port);
  }

  /** The ruleset, which replaces the one before it. */
  String ruleset() {
    StringBuilder text = new StringBuilder("table ip vpc\ndelete table ip vpc\ntable ip vpc {\n");
    members.forEach((group, addresses) -> text.append(set(group, addresses)));
    Set<String> all = new TreeSet<>();
    members.values().forEach(all::addAll);
    text.append(set("members", all));
    for (boolean ingress : List.of(true, false)) {
      String own = ingress ? "daddr" : "saddr";
      String other = ingress ? "saddr" : "daddr";
      text.append("  chain %s {\n".formatted(ingress ? "ingress" : "egress"));
      for (Rule rule : rules) {
        if (rule.ingress() == ingress) {
          String peers = rule.peers().startsWith("@") ? rule.peers() : "{ " + rule.peers() + " }";
          text.append(
              "    ip %s @%s ip %s %s %s return\n"
                  .formatted(own, rule.group(), other, peers, rule.match()));
          if (ingress && rule.peers().startsWith("@")) {
            // A balancer leaves the client's address as it is, and its group counts all the same.
            text.append(
                "    ip daddr @%s ct original ip daddr %s %s return\n"
                    .formatted(rule.group(), peers, rule.match()));
          }
        }
      }
      text.append("    drop\n  }\n");
    }
    text.append(
        """
          chain forward {
            type filter hook forward priority filter; policy accept;
            ip daddr 169.254.169.254 accept
        """);
    elasticIps.forEach(
        (elasticIp, privateAddress) ->
            text.append(
                "    ct original ip daddr %s ct reply ip saddr != %s drop\n"
                    .formatted(elasticIp, privateAddress)));
    openPorts.forEach(port -> text.append("    tcp dport %d accept\n".formatted(port)));
    text.append(
        """
            ct state established accept
            ip saddr @members jump egress
            ip daddr @members jump ingress
          }
          chain output {
            type filter hook output priority filter; policy accept;
            ct state established accept
            ip daddr @members jump ingress
          }
          chain balancers {
            type filter hook prerouting priority mangle; policy accept;
            ct state established accept
        """);
    balancers
        .keySet()
        .forEach(balancer -> text.append("    ip daddr %s jump ingress\n".formatted(balancer)));
    text.append(
        """
          }
          chain prerouting {
            type nat hook prerouting priority dstnat; policy accept;
        """);
    elasticIps.forEach(
        (elasticIp, privateAddress) ->
            text.append("    ip daddr %s dnat to %s\n".formatted(elasticIp, privateAddress)));
    balancers.forEach(
        (balancer, targets) ->
            text.append("    ip daddr %s %s\n".formatted(balancer, verdict(targets))));
    return text.append("  }\n}\n").toString();
  }

  private static String verdict(List<String> targets) {
    if (targets.isEmpty()) {
      return "drop";
    }
    StringJoiner map = new StringJoiner(", ", "{ ", " }");
    targets.forEach(target -> map.add(targets.indexOf(target) + " : " + target));
    return "dnat to numgen inc mod %d map %s".formatted(targets.size(), map);
  }

  private static String set(String name, Set<String> addresses) {
    String elements =
        addresses.isEmpty() ? "" : " elements = { %s }".formatted(String.join(", ", addresses));
    return "  set %s { type ipv4_addr;%s }\n".formatted(name, elements);
  }
}
