package org.dbtbastion.local.preflight;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.aws.snapshot.VpcDescriptions;
import org.dbtbastion.infra.configuration.AddressMode;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.PortRange;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.SecurityGroup;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Subnet;
import software.amazon.awssdk.services.ec2.model.VpcAttributeName;
import software.amazon.awssdk.services.ec2.model.VpcEndpoint;
import software.amazon.awssdk.services.ec2.model.VpcEndpointType;

/** Whether a bastion can stand in the VPC: its subnets, routes, network ACLs, DNS and endpoints. */
final class NetworkChecks {

  // The balancer asks for eight in each of its subnets. Source: the guide to Network Load
  // Balancers.
  private static final int FREE_BESIDE_A_BALANCER = 8;

  // Of clients, whatever their system. Source: the VPC user guide, "Ephemeral ports".
  private static final PortRange EPHEMERAL = new PortRange(1024, 65535);

  private static final PortRange HTTPS = new PortRange(443, 443);

  // What hosts and the check call.
  private static final Set<String> CALLED =
      Set.of(
          "autoscaling",
          "cloudformation",
          "ec2",
          "ec2messages",
          "elasticloadbalancing",
          "logs",
          "redshift",
          "redshift-serverless",
          "secretsmanager",
          "ssm",
          "ssmmessages");

  private final Apis apis;
  private final Configuration configuration;
  private final String vpc;
  private final VpcDescriptions descriptions;
  private final List<Subnet> subnets;
  private final List<RouteTable> routeTables;

  /** Asks for subnets and routes, on which the other questions depend. */
  NetworkChecks(Apis apis, Configuration configuration, String vpc) {
    this.apis = apis;
    this.configuration = configuration;
    this.vpc = vpc;
    this.descriptions = new VpcDescriptions(() -> apis.ec2);
    this.subnets =
        apis.ec2.describeSubnetsPaginator(r -> r.filters(inVpc("vpc-id"))).subnets().stream()
            .toList();
    this.routeTables =
        descriptions.routeTables(List.of(vpc), AwsRequestOverrideConfiguration.builder().build());
  }

  void askAll(Questions questions) {
    questions.ask("ec2:DescribeSubnets", this::room);
    questions.ask("ec2:DescribeVpcAttribute", this::dns);
    questions.ask("ec2:DescribeNetworkAcls", this::networkAcls);
    questions.ask("ec2:DescribeVpcEndpoints", this::endpoints);
  }

  private Filter inVpc(String name) {
    return Filter.builder().name(name).values(vpc).build();
  }

  /** Where hosts would stand: the chosen subnets, or one public one in each zone. */
  List<Subnet> hostSubnets() {
    List<String> chosen = configuration.network().hostSubnets();
    return chosen.isEmpty()
        ? firstOfEachZone(subnets.stream().filter(this::leadsToInternetGateway).toList())
        : subnets.stream().filter(subnet -> chosen.contains(subnet.subnetId())).toList();
  }

  private List<Subnet> firstOfEachZone(List<Subnet> all) {
    Map<String, Subnet> first =
        all.stream()
            .sorted(Comparator.comparing(Subnet::subnetId))
            .collect(Collectors.toMap(Subnet::availabilityZone, each -> each, (one, _) -> one));
    return first.values().stream()
        .sorted(Comparator.comparing(Subnet::availabilityZone))
        .limit(configuration.hosts().count())
        .toList();
  }

  private boolean leadsToInternetGateway(Subnet subnet) {
    return table(subnet).stream()
        .flatMap(table -> table.entries().stream())
        .anyMatch(
            route ->
                route.target().startsWith("igw-")
                    && !route.blackhole()
                    && route.cidr().filter(Cidr.ANYWHERE::equals).isPresent());
  }

  private Optional<RouteTable> table(Subnet subnet) {
    return routeTables.stream()
        .filter(table -> table.subnets().contains(subnet.subnetId()))
        .findFirst()
        .or(() -> routeTables.stream().filter(RouteTable::main).findFirst());
  }

  private List<Finding> room() {
    List<Finding> found = new ArrayList<>();
    boolean balanced = configuration.hosts().addressMode() == AddressMode.NETWORK_LOAD_BALANCER;
    List<Subnet> hosts = hostSubnets();
    if (hosts.size() < (balanced ? 2 : 1)) {
      found.add(
          new Finding(
              Cause.NO_PUBLIC_SUBNET,
              vpc,
              "%d of its subnets lead to an internet gateway%s"
                  .formatted(hosts.size(), balanced ? ", and two zones are needed" : ""),
              "aws ec2 create-route --destination-cidr-block 0.0.0.0/0 --route-table-id TABLE"
                  + " --gateway-id IGW; or choose subnets: -c hostSubnets=SUBNET"));
    }
    for (Subnet subnet : hosts) {
      // One host, and its successor beside it.
      int needed = 2 + (balanced ? FREE_BESIDE_A_BALANCER : 0);
      if (subnet.availableIpAddressCount() < needed) {
        found.add(
            new Finding(
                Cause.SUBNET_FULL,
                subnet.subnetId(),
                "%d addresses are free, and hosts%s need %d"
                    .formatted(
                        subnet.availableIpAddressCount(), balanced ? " and balancer" : "", needed),
                "choose others: -c hostSubnets=SUBNET; see: aws ec2 describe-subnets --filters"
                    + " Name=vpc-id,Values="
                    + vpc));
      }
    }
    return found;
  }

  private List<Finding> dns() {
    boolean on =
        apis.ec2
            .describeVpcAttribute(r -> r.vpcId(vpc).attribute(VpcAttributeName.ENABLE_DNS_SUPPORT))
            .enableDnsSupport()
            .value();
    return on
        ? List.of()
        : List.of(
            new Finding(
                Cause.DNS_SUPPORT_OFF,
                vpc,
                "neither hosts nor the check would find AWS or the warehouse",
                "aws ec2 modify-vpc-attribute --enable-dns-support --vpc-id " + vpc));
  }

  private List<Finding> networkAcls() {
    List<Finding> found = new ArrayList<>();
    List<String> ids = hostSubnets().stream().map(Subnet::subnetId).toList();
    if (ids.isEmpty()) {
      return found;
    }
    int port = configuration.ssh().port();
    for (NetworkAcl acl :
        descriptions.networkAcls(ids, AwsRequestOverrideConfiguration.builder().build())) {
      for (Cidr dbt : configuration.ssh().sources()) {
        acl.denying(false, dbt.first(), new PortRange(port, port))
            .ifPresent(rule -> found.add(denies(acl, dbt, "tcp/" + port, false, rule)));
        acl.denying(true, dbt.first(), EPHEMERAL)
            .ifPresent(rule -> found.add(denies(acl, dbt, "the answers", true, rule)));
      }
    }
    return found;
  }

  private static Finding denies(NetworkAcl acl, Cidr dbt, String what, boolean egress, int rule) {
    return new Finding(
        Cause.NETWORK_ACL_DENIES,
        acl.id(),
        "rule %s denies %s %s dbt's address %s"
            .formatted(
                rule == NetworkAcl.Entry.LAST ? "*" : Integer.toString(rule),
                what,
                egress ? "to" : "from",
                dbt),
        "aws ec2 create-network-acl-entry --network-acl-id %s %s --protocol tcp --port-range %s"
                .formatted(
                    acl.id(),
                    egress ? "--egress" : "--ingress",
                    egress ? "From=1024,To=65535" : what.replaceFirst("tcp/(.*)", "From=$1,To=$1"))
            + " --cidr-block %s --rule-action allow --rule-number %d"
                .formatted(dbt, Math.max(1, rule == NetworkAcl.Entry.LAST ? 100 : rule - 1)));
  }

  /** With private DNS, they get the calls of everybody in the VPC. */
  private List<Finding> endpoints() {
    List<VpcEndpoint> capturing =
        apis
            .ec2
            .describeVpcEndpointsPaginator(r -> r.filters(inVpc("vpc-id")))
            .vpcEndpoints()
            .stream()
            .filter(each -> each.vpcEndpointType() == VpcEndpointType.INTERFACE)
            .filter(
                each ->
                    !String.valueOf(each.stateAsString())
                        .toLowerCase(Locale.ROOT)
                        .startsWith("delet"))
            .filter(each -> Boolean.TRUE.equals(each.privateDnsEnabled()))
            .filter(each -> CALLED.contains(each.serviceName().replaceFirst(".*\\.", "")))
            .toList();
    Set<String> groups =
        capturing.stream()
            .flatMap(each -> each.groups().stream())
            .map(group -> group.groupId())
            .collect(Collectors.toSet());
    Map<String, SecurityGroup> known =
        descriptions.securityGroups(groups, AwsRequestOverrideConfiguration.builder().build());
    List<Finding> found = new ArrayList<>();
    for (VpcEndpoint endpoint : capturing) {
      List<String> ids = endpoint.groups().stream().map(group -> group.groupId()).toList();
      boolean letsIn =
          ids.stream()
              .anyMatch(
                  id ->
                      configuration.network().endpointSecurityGroups().contains(id)
                          || known.containsKey(id) && letsHostsIn(known.get(id)));
      if (!letsIn) {
        found.add(
            new Finding(
                Cause.PRIVATE_DNS_ENDPOINT,
                endpoint.vpcEndpointId(),
                "it gets all calls of %s in the VPC, and lets in none from the hosts' subnets"
                    .formatted(endpoint.serviceName()),
                "deploy with -c endpointSecurityGroups="
                    + ids.stream().findFirst().orElse("GROUP")));
      }
    }
    return found;
  }

  private boolean letsHostsIn(SecurityGroup group) {
    return hostSubnets().stream()
        .map(subnet -> Cidr.of(subnet.cidrBlock()))
        .allMatch(
            block ->
                group.ingress().stream()
                    .filter(rule -> rule.ports().contains(HTTPS.first()))
                    .flatMap(rule -> rule.cidrs().stream())
                    .anyMatch(
                        allowed ->
                            allowed.contains(block.first()) && allowed.contains(block.last())));
  }
}
