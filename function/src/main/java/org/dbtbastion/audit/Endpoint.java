package org.dbtbastion.audit;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.PortRange;

/**
 * The source or the destination of a network path.
 *
 * @param name what it is called in findings, such as {@code bastion host i-1}
 * @param internet whether it is reached over the internet
 * @param groups the security groups of its interface; empty if it has none, or they are not known
 * @param subnet where its interface is; empty if it is in none, or that is not known
 * @param addresses its addresses; empty if they are not known
 * @param clients whether the addresses are those of its clients, to which it returns answers itself
 * @param everyAddress whether it has all of the addresses; otherwise it has an unknown one of them
 * @param clientPorts the ports from which it connects
 */
record Endpoint(
    String name,
    boolean internet,
    Set<String> groups,
    Optional<String> subnet,
    List<Cidr> addresses,
    boolean clients,
    boolean everyAddress,
    PortRange clientPorts) {

  /**
   * The ports that a client behind any NAT gateway or service may use. Source: the VPC user guide,
   * "Ephemeral ports".
   */
  private static final PortRange ANY_CLIENT = new PortRange(1024, 65535);

  /** Linux's net.ipv4.ip_local_port_range. Source: the kernel's ip-sysctl. */
  private static final PortRange LINUX = new PortRange(32768, 60999);

  Endpoint {
    groups = Set.copyOf(groups);
    addresses = List.copyOf(addresses);
  }

  /** dbt, from all of its addresses. */
  static Endpoint dbt(DeployedResources resources) {
    return new Endpoint(
        "dbt", true, Set.of(), Optional.empty(), resources.dbt(), false, true, ANY_CLIENT);
  }

  /** The check, in one of its subnets. */
  static Endpoint check(
      DeployedResources resources, String subnet, List<Cidr> addresses, boolean everyAddress) {
    return new Endpoint(
        "the connection check",
        false,
        resources.groups(),
        Optional.of(subnet),
        addresses,
        false,
        everyAddress,
        ANY_CLIENT);
  }

  static Endpoint of(BastionInstance host) {
    return new Endpoint(
        "bastion host " + host.id(),
        false,
        host.groups(),
        Optional.of(host.subnet()),
        List.of(host.address()),
        false,
        true,
        LINUX);
  }

  /** The load balancer in one of its subnets, as clients see it. */
  static Endpoint entrance(NetworkLoadBalancer balancer, String subnet) {
    return balancer(balancer, subnet, List.of());
  }

  /** The load balancer in one of its subnets, as hosts see it: it preserves client addresses. */
  static Endpoint exit(NetworkLoadBalancer balancer, String subnet, DeployedResources resources) {
    return balancer(balancer, subnet, resources.dbt());
  }

  private static Endpoint balancer(
      NetworkLoadBalancer balancer, String subnet, List<Cidr> addresses) {
    return new Endpoint(
        "load balancer " + balancer.name(),
        false,
        balancer.groups(),
        Optional.of(subnet),
        addresses,
        !addresses.isEmpty(),
        true,
        ANY_CLIENT);
  }

  /** A warehouse's interface. */
  static Endpoint warehouse(String name, NetworkInterface found) {
    return new Endpoint(
        name,
        false,
        found.groups(),
        Optional.of(found.subnet()),
        List.of(found.address()),
        false,
        true,
        ANY_CLIENT);
  }

  /** A warehouse whose interface is not known. */
  static Endpoint warehouse(String name, Set<String> groups, List<Cidr> addresses) {
    return new Endpoint(name, false, groups, Optional.empty(), addresses, false, false, ANY_CLIENT);
  }

  /**
   * Its blocks in which an address fails. None, if some addresses pass and it is unknown which one
   * the endpoint has.
   *
   * @param boundaries the blocks that decide what passes
   */
  List<Cidr> failing(List<Cidr> boundaries, LongPredicate passes) {
    List<Cidr> failing =
        addresses.stream().filter(block -> !block.parts(boundaries).allMatch(passes)).toList();
    boolean somePass =
        addresses.stream().anyMatch(block -> block.parts(boundaries).anyMatch(passes));
    return somePass && !everyAddress ? List.of() : failing;
  }

  /** Addresses of it, as findings name them: {@code 10.0.2.10/32 (bastion host i-1)}. */
  String at(List<Cidr> some) {
    return "%s (%s)".formatted(some.stream().map(Cidr::toString).collect(joining(", ")), name);
  }

  /** By its security groups, {@code sg-1 (bastion host i-1)}; by addresses, where it has none. */
  String asPeer(List<Cidr> some) {
    return groups.isEmpty()
        ? at(some)
        : "%s (%s)".formatted(String.join(", ", new TreeSet<>(groups)), name);
  }
}
