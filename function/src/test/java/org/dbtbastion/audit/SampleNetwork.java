package org.dbtbastion.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.ElasticIpAddress;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.PortRange;
import org.dbtbastion.network.ResolvedHost;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.SecurityGroup;
import org.dbtbastion.network.Subnet;
import org.dbtbastion.network.Vpc;

/**
 * A VPC in which everything is as it should be, until a test breaks a piece: the check in a private
 * subnet, the bastion in a public one, the warehouse in a third.
 */
final class SampleNetwork {

  static final String CHECK = "subnet-check";
  static final String PUBLIC = "subnet-public";
  static final String REDSHIFT = "subnet-redshift";
  static final Cidr HOST_ADDRESS = Cidr.of("10.0.2.10");
  static final Cidr WAREHOUSE_ADDRESS = Cidr.of("10.0.3.7");
  static final String ENDPOINT = "analytics.abc.us-east-1.redshift.amazonaws.com";
  static final String TARGETS = "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/hosts/1";
  static final Connection CONNECTION =
      new Connection(
          "prod",
          ENDPOINT,
          5439,
          "analytics",
          Optional.empty(),
          new LinkedHashSet<>(),
          new LinkedHashSet<>());

  List<Cidr> resolved = List.of(WAREHOUSE_ADDRESS);
  Optional<BastionInstance> host = Optional.of(host("running", Instant.EPOCH));
  Map<String, String> impaired = new HashMap<>();
  Map<String, String> agents = new HashMap<>(Map.of("i-1", "Online"));
  Optional<ElasticIpAddress> elasticIp =
      Optional.of(new ElasticIpAddress("eipalloc-1", Optional.of("i-1")));
  boolean balanced;
  Optional<NetworkLoadBalancer> balancer =
      Optional.of(balancer("active", 22, Duration.ofSeconds(6000), Map.of("i-1", "healthy")));
  Optional<ClusterOrWorkgroup> warehouse =
      Optional.of(warehouse("available", ENDPOINT, 5439, false));
  Map<Cidr, NetworkInterface> interfaces =
      new HashMap<>(
          Map.of(
              WAREHOUSE_ADDRESS,
              new NetworkInterface(WAREHOUSE_ADDRESS, REDSHIFT, Set.of("sg-redshift"))));
  List<NetworkInterface> own =
      new ArrayList<>(
          List.of(new NetworkInterface(Cidr.of("10.0.1.20"), CHECK, Set.of("sg-check"))));
  Map<String, List<SecurityGroup.Permission>> ingress = new TreeMap<>();
  Map<String, List<SecurityGroup.Permission>> egress = new TreeMap<>();
  Map<String, Subnet> subnets = new TreeMap<>();
  List<NetworkAcl> networkAcls = new ArrayList<>();
  List<RouteTable> routeTables = new ArrayList<>();
  Map<String, Described<Vpc>> vpcs = new HashMap<>(Map.of("vpc-1", known(new Vpc(true))));
  Map<String, Described<List<Cidr>>> prefixLists = new HashMap<>();
  List<Cidr> dbt = List.of(Cidr.of("52.45.144.63"), Cidr.of("20.10.67.192/26"));

  SampleNetwork() {
    subnet(CHECK, "vpc-1", "10.0.1.0/24");
    subnet(PUBLIC, "vpc-1", "10.0.2.0/24");
    subnet(REDSHIFT, "vpc-1", "10.0.3.0/24");
    prefixLists.put("pl-dbt", known(dbt));
    ingress.put("sg-check", List.of());
    ingress.put("sg-bastion", List.of(list(22, "pl-dbt"), group(22, "sg-check")));
    ingress.put("sg-balancer", List.of(list(22, "pl-dbt")));
    ingress.put("sg-redshift", List.of(group(5439, "sg-bastion"), group(5439, "sg-check")));
    egress.put("sg-check", List.of(group(22, "sg-bastion"), group(5439, "sg-redshift")));
    egress.put("sg-bastion", List.of(cidr(PortRange.ALL, "0.0.0.0/0")));
    egress.put("sg-balancer", List.of(group(22, "sg-bastion")));
    egress.put("sg-redshift", List.of());
    networkAcls.add(
        new NetworkAcl(
            "acl-1",
            Set.of(CHECK, PUBLIC, REDSHIFT),
            List.of(
                acl(100, false, true, PortRange.ALL, "0.0.0.0/0"),
                acl(32767, false, false, PortRange.ALL, "0.0.0.0/0"),
                acl(100, true, true, PortRange.ALL, "0.0.0.0/0"),
                acl(32767, true, false, PortRange.ALL, "0.0.0.0/0"))));
    routeTables.add(
        new RouteTable(
            "rtb-main", "vpc-1", true, Set.of(), List.of(route("10.0.0.0/16", "local"))));
    routeTables.add(
        new RouteTable(
            "rtb-public",
            "vpc-1",
            false,
            Set.of(PUBLIC),
            List.of(route("10.0.0.0/16", "local"), route("0.0.0.0/0", "igw-1"))));
  }

  /** With a load balancer in front of the hosts. */
  static SampleNetwork balanced() {
    SampleNetwork network = new SampleNetwork();
    network.balanced = true;
    network.ingress.put("sg-bastion", List.of(group(22, "sg-balancer"), group(22, "sg-check")));
    return network;
  }

  DeployedResources resources() {
    return new DeployedResources(
        "default",
        22,
        balanced ? Optional.empty() : Optional.of("203.0.113.7"),
        balanced ? Optional.of(TARGETS) : Optional.empty(),
        dbt,
        Set.of("sg-check"),
        List.of(CHECK));
  }

  ResolvedHost target() {
    return new ResolvedHost(CONNECTION.host(), resolved, Optional.empty());
  }

  NetworkSnapshot snapshot() {
    return new NetworkSnapshot(
        known(host.stream().toList()),
        known(impaired),
        known(agents),
        found(elasticIp),
        found(balancer),
        Map.of(target(), found(warehouse)),
        known(interfaces),
        known(own),
        known(groups()),
        known(subnets),
        known(networkAcls),
        known(routeTables),
        vpcs,
        prefixLists);
  }

  Map<String, SecurityGroup> groups() {
    return ingress.keySet().stream()
        .map(id -> new SecurityGroup(id, ingress.get(id), egress.get(id)))
        .collect(Collectors.toMap(SecurityGroup::id, Function.identity()));
  }

  /** What is found on these segments. */
  List<Finding> findings(Segment... segments) {
    return findings(snapshot(), segments);
  }

  List<Finding> findings(NetworkSnapshot snapshot, Segment... segments) {
    return new RouteAnalysis(
            new AuditedRoute(
                resources(),
                new SnapshotView(snapshot, new Findings()),
                CONNECTION,
                target(),
                host.map(BastionInstance::id).filter(_ -> running())))
        .findings(new LinkedHashSet<>(Arrays.asList(segments)));
  }

  private boolean running() {
    return host.filter(BastionInstance::running).isPresent();
  }

  void subnet(String id, String vpc, String cidr) {
    subnets.put(id, new Subnet(id, vpc, Cidr.of(cidr)));
  }

  /** Gives a subnet a network ACL of its own. */
  void networkAcl(String id, String subnet, NetworkAcl.Entry... entries) {
    networkAcls.addFirst(new NetworkAcl(id, Set.of(subnet), List.of(entries)));
  }

  /** Gives a subnet a route table of its own. */
  void routeTable(String id, String vpc, String subnet, RouteTable.Entry... entries) {
    routeTables.addFirst(new RouteTable(id, vpc, false, Set.of(subnet), List.of(entries)));
  }

  static <T> Described<T> known(T value) {
    return new Described.Known<>(value);
  }

  static <T> Described<T> found(Optional<T> value) {
    return value.<Described<T>>map(Described.Known::new).orElseGet(Described.Missing::new);
  }

  static <T> Described<T> denied(String action) {
    return new Described.Unreadable<>(action, "this", true, "AccessDenied");
  }

  static BastionInstance host(String state, Instant launched) {
    return new BastionInstance("i-1", state, HOST_ADDRESS, PUBLIC, Set.of("sg-bastion"), launched);
  }

  static NetworkLoadBalancer balancer(
      String state, int port, Duration idleTimeout, Map<String, String> targets) {
    return new NetworkLoadBalancer(
        "arn:balancer",
        "nlb",
        state,
        Set.of("sg-balancer"),
        List.of(PUBLIC),
        List.of(new NetworkLoadBalancer.Listener("arn:listener", port, Optional.of(idleTimeout))),
        targets);
  }

  static ClusterOrWorkgroup warehouse(
      String status, String host, int port, boolean publiclyAccessible) {
    return new ClusterOrWorkgroup(
        false,
        "analytics",
        status,
        host,
        port,
        publiclyAccessible,
        Set.of("sg-redshift"),
        List.of(WAREHOUSE_ADDRESS));
  }

  static SecurityGroup.Permission group(int port, String group) {
    return new SecurityGroup.Permission(
        new PortRange(port, port), Set.of(group), List.of(), Set.of());
  }

  static SecurityGroup.Permission list(int port, String prefixList) {
    return new SecurityGroup.Permission(
        new PortRange(port, port), Set.of(), List.of(), Set.of(prefixList));
  }

  static SecurityGroup.Permission cidr(PortRange ports, String cidr) {
    return new SecurityGroup.Permission(ports, Set.of(), List.of(Cidr.of(cidr)), Set.of());
  }

  static NetworkAcl.Entry acl(
      int number, boolean egress, boolean allow, PortRange ports, String cidr) {
    return new NetworkAcl.Entry(number, egress, allow, ports, Cidr.of(cidr));
  }

  static RouteTable.Entry route(String cidr, String target) {
    return new RouteTable.Entry(Optional.of(Cidr.of(cidr)), Optional.empty(), target, false);
  }

  static RouteTable.Entry blackhole(String cidr, String target) {
    return new RouteTable.Entry(Optional.of(Cidr.of(cidr)), Optional.empty(), target, true);
  }

  static RouteTable.Entry listRoute(String prefixList, String target) {
    return new RouteTable.Entry(Optional.empty(), Optional.of(prefixList), target, false);
  }
}
