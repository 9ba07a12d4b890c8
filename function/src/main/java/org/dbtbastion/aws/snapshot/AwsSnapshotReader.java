package org.dbtbastion.aws.snapshot;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.aws.AwsClients;
import org.dbtbastion.aws.snapshot.Questions.Pending;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.ElasticIpAddress;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.ResolvedHost;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.SecurityGroup;
import org.dbtbastion.network.SnapshotReader;
import org.dbtbastion.network.Subnet;
import org.dbtbastion.network.Vpc;

/**
 * Reads the snapshot by descriptions alone, of EC2, Elastic Load Balancing, Redshift and Systems
 * Manager: in three waves, each of which asks at the same time for what the one before led to.
 */
public final class AwsSnapshotReader implements SnapshotReader {

  private final HostDescriptions hosts;
  private final VpcDescriptions vpcs;
  private final LoadBalancerDescriptions loadBalancers;
  private final WarehouseLookup warehouses;

  public AwsSnapshotReader(AwsClients clients) {
    this.hosts = new HostDescriptions(clients);
    this.vpcs = new VpcDescriptions(clients::ec2);
    this.loadBalancers = new LoadBalancerDescriptions(clients);
    this.warehouses = new WarehouseLookup(new RedshiftDescriptions(clients));
  }

  @Override
  public NetworkSnapshot read(
      DeployedResources resources, Collection<ResolvedHost> connectedTo, Deadline deadline)
      throws InterruptedException {
    try (Questions questions = new Questions(deadline)) {
      Named named = named(questions, resources, Set.copyOf(connectedTo));
      Attached attached = attached(questions, resources, named);
      Surrounding surrounding = surrounding(questions, attached);
      return new NetworkSnapshot(
          named.hosts().described(),
          attached.impaired().described(),
          attached.agents().described(),
          named.elasticIp().described(),
          named.loadBalancer().described(),
          named.warehouses(),
          named.interfaces().described(),
          named.ownInterfaces().described(),
          attached.groups().described(),
          attached.subnets().described(),
          attached.networkAcls().described(),
          surrounding.routeTables().described(),
          Questions.described(surrounding.vpcs()),
          Questions.described(surrounding.prefixLists()));
    }
  }

  /** The first wave: what the deployment and the connections name. */
  private record Named(
      Pending<List<BastionInstance>> hosts,
      Pending<ElasticIpAddress> elasticIp,
      Pending<NetworkLoadBalancer> loadBalancer,
      Pending<List<NetworkInterface>> ownInterfaces,
      Map<ResolvedHost, Described<ClusterOrWorkgroup>> warehouses,
      Pending<Map<Cidr, NetworkInterface>> interfaces) {}

  private Named named(
      Questions questions, DeployedResources resources, Set<ResolvedHost> connectedTo)
      throws InterruptedException {
    Pending<List<BastionInstance>> instances =
        questions.ask(
            "ec2:DescribeInstances",
            "the bastion's hosts",
            inTime -> hosts.hosts(resources.bastion(), inTime));
    Pending<ElasticIpAddress> elasticIp =
        questions.find(
            "ec2:DescribeAddresses",
            "the Elastic IP",
            inTime -> resources.elasticIp().flatMap(address -> hosts.elasticIp(address, inTime)));
    Pending<NetworkLoadBalancer> loadBalancer =
        questions.find(
            "elasticloadbalancing:Describe*",
            "the load balancer",
            inTime ->
                resources.targetGroup().flatMap(group -> loadBalancers.balancer(group, inTime)));
    Pending<List<NetworkInterface>> own =
        questions.ask(
            "ec2:DescribeNetworkInterfaces",
            "the check's network interfaces",
            inTime -> vpcs.interfaces("group-id", resources.groups(), inTime));
    Map<ResolvedHost, Described<ClusterOrWorkgroup>> found =
        warehouses.find(connectedTo, questions);
    List<String> addresses = addresses(found);
    Pending<Map<Cidr, NetworkInterface>> interfaces =
        questions.ask(
            "ec2:DescribeNetworkInterfaces",
            "the warehouse's network interfaces",
            inTime ->
                vpcs.interfaces("addresses.private-ip-address", addresses, inTime).stream()
                    .collect(
                        toMap(
                            NetworkInterface::address, Function.identity(), (first, _) -> first)));
    return new Named(instances, elasticIp, loadBalancer, own, found, interfaces);
  }

  /** Where warehouses may be, by their names and by what Redshift says. */
  private static List<String> addresses(
      Map<ResolvedHost, Described<ClusterOrWorkgroup>> warehouses) {
    List<Cidr> addresses = new ArrayList<>();
    warehouses.forEach(
        (host, described) -> {
          addresses.addAll(host.addresses());
          known(described).ifPresent(warehouse -> addresses.addAll(warehouse.addresses()));
        });
    return addresses.stream().map(address -> address.toString().replace("/32", "")).toList();
  }

  /** The second wave: the hosts' health, and what hosts, load balancer and warehouses are in. */
  private record Attached(
      Pending<Map<String, String>> impaired,
      Pending<Map<String, String>> agents,
      Pending<Map<String, SecurityGroup>> groups,
      Pending<List<NetworkAcl>> networkAcls,
      Pending<Map<String, Subnet>> subnets) {}

  private Attached attached(Questions questions, DeployedResources resources, Named named)
      throws InterruptedException {
    Set<String> groups = new TreeSet<>(resources.groups());
    Set<String> subnets = new TreeSet<>(resources.subnets());
    List<BastionInstance> instances = named.hosts().orElse(List.of());
    for (BastionInstance host : instances) {
      groups.addAll(host.groups());
      subnets.add(host.subnet());
    }
    for (NetworkInterface each : named.interfaces().orElse(Map.of()).values()) {
      groups.addAll(each.groups());
      subnets.add(each.subnet());
    }
    known(named.loadBalancer().described())
        .ifPresent(
            balancer -> {
              groups.addAll(balancer.groups());
              subnets.addAll(balancer.subnets());
            });
    named.warehouses().values().stream()
        .flatMap(described -> known(described).stream())
        .forEach(warehouse -> groups.addAll(warehouse.groups()));
    List<String> ids = instances.stream().map(BastionInstance::id).toList();
    return new Attached(
        questions.ask(
            "ec2:DescribeInstanceStatus",
            "the hosts' status checks",
            inTime -> hosts.impaired(ids, inTime)),
        questions.ask(
            "ssm:DescribeInstanceInformation",
            "the hosts' SSM agents",
            inTime -> hosts.agents(ids, inTime)),
        questions.ask(
            "ec2:DescribeSecurityGroups",
            "security groups",
            inTime -> vpcs.securityGroups(groups, inTime)),
        questions.ask(
            "ec2:DescribeNetworkAcls", "network ACLs", inTime -> vpcs.networkAcls(subnets, inTime)),
        questions.ask("ec2:DescribeSubnets", "subnets", inTime -> vpcs.subnets(subnets, inTime)));
  }

  /** The third wave: the VPCs of those subnets, and what routes and rules refer to. */
  private record Surrounding(
      Map<String, Pending<Vpc>> vpcs,
      Pending<List<RouteTable>> routeTables,
      Map<String, Pending<List<Cidr>>> prefixLists) {}

  private Surrounding surrounding(Questions questions, Attached attached)
      throws InterruptedException {
    Set<String> ids =
        attached.subnets().orElse(Map.of()).values().stream()
            .map(Subnet::vpc)
            .collect(toCollection(TreeSet::new));
    Map<String, Pending<Vpc>> described =
        questions.askEach(ids, "ec2:DescribeVpcAttribute", "the DNS support of VPC ", vpcs::vpc);
    Pending<List<RouteTable>> routeTables =
        questions.ask(
            "ec2:DescribeRouteTables", "route tables", inTime -> vpcs.routeTables(ids, inTime));
    Set<String> prefixLists =
        prefixLists(attached.groups().orElse(Map.of()).values(), routeTables.orElse(List.of()));
    return new Surrounding(
        described,
        routeTables,
        questions.askEach(
            prefixLists, "ec2:GetManagedPrefixListEntries", "prefix list ", vpcs::prefixList));
  }

  private static Set<String> prefixLists(
      Collection<SecurityGroup> groups, List<RouteTable> routeTables) {
    Set<String> ids = new TreeSet<>();
    for (SecurityGroup group : groups) {
      group.ingress().forEach(rule -> ids.addAll(rule.prefixLists()));
      group.egress().forEach(rule -> ids.addAll(rule.prefixLists()));
    }
    for (RouteTable table : routeTables) {
      table.entries().forEach(entry -> entry.prefixList().ifPresent(ids::add));
    }
    return ids;
  }

  private static <T> Optional<T> known(Described<T> described) {
    return described instanceof Described.Known<T>(T value) ? Optional.of(value) : Optional.empty();
  }
}
