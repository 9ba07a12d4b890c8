package org.dbtbastion.aws;

import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.ElasticIpAddress;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.PortRange;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.SecurityGroup;
import org.dbtbastion.network.Subnet;
import org.dbtbastion.network.Vpc;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.GroupIdentifier;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceStatus;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.IpRange;
import software.amazon.awssdk.services.ec2.model.NetworkAclAssociation;
import software.amazon.awssdk.services.ec2.model.NetworkAclEntry;
import software.amazon.awssdk.services.ec2.model.PrefixListEntry;
import software.amazon.awssdk.services.ec2.model.PrefixListId;
import software.amazon.awssdk.services.ec2.model.Route;
import software.amazon.awssdk.services.ec2.model.RouteState;
import software.amazon.awssdk.services.ec2.model.RouteTableAssociation;
import software.amazon.awssdk.services.ec2.model.RuleAction;
import software.amazon.awssdk.services.ec2.model.SummaryStatus;
import software.amazon.awssdk.services.ec2.model.UserIdGroupPair;
import software.amazon.awssdk.services.ec2.model.VpcAttributeName;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.AvailabilityZone;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Listener;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancer;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetGroupNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetHealth;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetHealthStateEnum;
import software.amazon.awssdk.services.redshift.model.Cluster;
import software.amazon.awssdk.services.redshift.model.VpcSecurityGroupMembership;
import software.amazon.awssdk.services.redshiftserverless.model.ResourceNotFoundException;
import software.amazon.awssdk.services.redshiftserverless.model.Workgroup;
import software.amazon.awssdk.services.ssm.model.InstanceInformation;
import software.amazon.awssdk.services.ssm.model.InstanceInformationStringFilter;

/**
 * What AWS's descriptions say, in the audit's words. Each method is one question; it throws what
 * the SDK throws. Safe for use by several threads.
 */
final class Descriptions {

  /** Filters take 200 values. Source: the EC2 API reference, "Filter". */
  private static final int FILTER_VALUES = 200;

  private final AwsClients clients;

  Descriptions(AwsClients clients) {
    this.clients = clients;
  }

  // EC2

  /** By id. */
  List<BastionInstance> hosts(String bastion, AwsRequestOverrideConfiguration inTime) {
    return clients
        .ec2()
        .describeInstancesPaginator(
            request ->
                request
                    .filters(
                        filter("tag:" + Hosts.TAG, bastion),
                        filter("instance-state-name", "pending", "running", "stopping", "stopped"))
                    .overrideConfiguration(inTime))
        .reservations()
        .stream()
        .flatMap(reservation -> reservation.instances().stream())
        .map(Descriptions::host)
        .sorted(Comparator.comparing(BastionInstance::id))
        .toList();
  }

  private static BastionInstance host(Instance instance) {
    return new BastionInstance(
        instance.instanceId(),
        instance.state().nameAsString(),
        Cidr.of(instance.privateIpAddress()),
        instance.subnetId(),
        ids(instance.securityGroups()),
        instance.launchTime());
  }

  /** What is wrong, by id of the instance; of those that do not run, nothing is. */
  Map<String, String> impaired(
      Collection<String> instances, AwsRequestOverrideConfiguration inTime) {
    if (instances.isEmpty()) {
      return Map.of();
    }
    Map<String, String> impaired = new HashMap<>();
    for (InstanceStatus status :
        clients
            .ec2()
            .describeInstanceStatusPaginator(
                request -> request.instanceIds(instances).overrideConfiguration(inTime))
            .instanceStatuses()) {
      List<String> failing = new ArrayList<>();
      if (status.systemStatus().status() == SummaryStatus.IMPAIRED) {
        failing.add("the machine below it");
      }
      if (status.instanceStatus().status() == SummaryStatus.IMPAIRED) {
        failing.add("the instance itself");
      }
      if (!failing.isEmpty()) {
        impaired.put(status.instanceId(), String.join(" and ", failing));
      }
    }
    return impaired;
  }

  Optional<ElasticIpAddress> elasticIp(String address, AwsRequestOverrideConfiguration inTime) {
    // By a filter: an address that is gone is then no error.
    return clients
        .ec2()
        .describeAddresses(
            request -> request.filters(filter("public-ip", address)).overrideConfiguration(inTime))
        .addresses()
        .stream()
        .findFirst()
        .map(
            found ->
                new ElasticIpAddress(
                    found.allocationId(),
                    Optional.ofNullable(found.instanceId()).filter(id -> !id.isEmpty())));
  }

  /** Those of which the attribute has one of the values, each private address by itself. */
  List<NetworkInterface> interfaces(
      String attribute, Collection<String> values, AwsRequestOverrideConfiguration inTime) {
    return inPieces(values)
        .flatMap(
            piece ->
                clients
                    .ec2()
                    .describeNetworkInterfacesPaginator(
                        request ->
                            request
                                .filters(Filter.builder().name(attribute).values(piece).build())
                                .overrideConfiguration(inTime))
                    .networkInterfaces()
                    .stream())
        .flatMap(
            each ->
                each.privateIpAddresses().stream()
                    .map(
                        address ->
                            new NetworkInterface(
                                Cidr.of(address.privateIpAddress()),
                                each.subnetId(),
                                ids(each.groups()))))
        .toList();
  }

  /** By id; one that does not exist is not there. */
  Map<String, SecurityGroup> securityGroups(
      Collection<String> ids, AwsRequestOverrideConfiguration inTime) {
    return inPieces(ids)
        .flatMap(
            piece ->
                clients
                    .ec2()
                    .describeSecurityGroupsPaginator(
                        request ->
                            request
                                .filters(Filter.builder().name("group-id").values(piece).build())
                                .overrideConfiguration(inTime))
                    .securityGroups()
                    .stream())
        .map(
            group ->
                new SecurityGroup(
                    group.groupId(),
                    permissions(group.ipPermissions()),
                    permissions(group.ipPermissionsEgress())))
        .collect(toMap(SecurityGroup::id, Function.identity()));
  }

  private static List<SecurityGroup.Permission> permissions(List<IpPermission> permissions) {
    return permissions.stream()
        .map(
            each ->
                new SecurityGroup.Permission(
                    PortRange.of(each.ipProtocol(), each.fromPort(), each.toPort()),
                    each.userIdGroupPairs().stream()
                        .map(UserIdGroupPair::groupId)
                        .collect(Collectors.toSet()),
                    each.ipRanges().stream().map(IpRange::cidrIp).map(Cidr::of).toList(),
                    each.prefixListIds().stream()
                        .map(PrefixListId::prefixListId)
                        .collect(Collectors.toSet())))
        .toList();
  }

  /** By id; one that does not exist is not there. */
  Map<String, Subnet> subnets(Collection<String> ids, AwsRequestOverrideConfiguration inTime) {
    return inPieces(ids)
        .flatMap(
            piece ->
                clients
                    .ec2()
                    .describeSubnetsPaginator(
                        request ->
                            request
                                .filters(Filter.builder().name("subnet-id").values(piece).build())
                                .overrideConfiguration(inTime))
                    .subnets()
                    .stream())
        .map(subnet -> new Subnet(subnet.subnetId(), subnet.vpcId(), Cidr.of(subnet.cidrBlock())))
        .collect(toMap(Subnet::id, Function.identity()));
  }

  List<NetworkAcl> networkAcls(Collection<String> subnets, AwsRequestOverrideConfiguration inTime) {
    return inPieces(subnets)
        .flatMap(
            piece ->
                clients
                    .ec2()
                    .describeNetworkAclsPaginator(
                        request ->
                            request
                                .filters(
                                    Filter.builder()
                                        .name("association.subnet-id")
                                        .values(piece)
                                        .build())
                                .overrideConfiguration(inTime))
                    .networkAcls()
                    .stream())
        .map(
            acl ->
                new NetworkAcl(
                    acl.networkAclId(),
                    acl.associations().stream()
                        .map(NetworkAclAssociation::subnetId)
                        .collect(Collectors.toSet()),
                    acl.entries().stream()
                        .filter(entry -> entry.cidrBlock() != null)
                        .map(Descriptions::entry)
                        .toList()))
        .toList();
  }

  private static NetworkAcl.Entry entry(NetworkAclEntry entry) {
    Integer first = entry.portRange() == null ? null : entry.portRange().from();
    Integer last = entry.portRange() == null ? null : entry.portRange().to();
    return new NetworkAcl.Entry(
        entry.ruleNumber(),
        entry.egress(),
        entry.ruleAction() == RuleAction.ALLOW,
        PortRange.of(entry.protocol(), first, last),
        Cidr.of(entry.cidrBlock()));
  }

  List<RouteTable> routeTables(Collection<String> vpcs, AwsRequestOverrideConfiguration inTime) {
    return inPieces(vpcs)
        .flatMap(
            piece ->
                clients
                    .ec2()
                    .describeRouteTablesPaginator(
                        request ->
                            request
                                .filters(Filter.builder().name("vpc-id").values(piece).build())
                                .overrideConfiguration(inTime))
                    .routeTables()
                    .stream())
        .map(
            table ->
                new RouteTable(
                    table.routeTableId(),
                    table.vpcId(),
                    table.associations().stream()
                        .anyMatch(association -> Boolean.TRUE.equals(association.main())),
                    table.associations().stream()
                        .map(RouteTableAssociation::subnetId)
                        .filter(subnet -> subnet != null)
                        .collect(Collectors.toSet()),
                    table.routes().stream()
                        .filter(route -> route.destinationIpv6CidrBlock() == null)
                        .map(Descriptions::entry)
                        .toList()))
        .toList();
  }

  private static RouteTable.Entry entry(Route route) {
    return new RouteTable.Entry(
        Optional.ofNullable(route.destinationCidrBlock()).map(Cidr::of),
        Optional.ofNullable(route.destinationPrefixListId()),
        Stream.of(
                route.gatewayId(),
                route.natGatewayId(),
                route.vpcPeeringConnectionId(),
                route.transitGatewayId(),
                route.networkInterfaceId(),
                route.instanceId(),
                route.localGatewayId(),
                route.carrierGatewayId(),
                route.coreNetworkArn())
            .filter(id -> id != null && !id.isEmpty())
            .findFirst()
            .orElse("an unknown target"),
        route.state() == RouteState.BLACKHOLE);
  }

  Vpc vpc(String id, AwsRequestOverrideConfiguration inTime) {
    return new Vpc(
        clients
            .ec2()
            .describeVpcAttribute(
                request ->
                    request
                        .vpcId(id)
                        .attribute(VpcAttributeName.ENABLE_DNS_SUPPORT)
                        .overrideConfiguration(inTime))
            .enableDnsSupport()
            .value());
  }

  List<Cidr> prefixList(String id, AwsRequestOverrideConfiguration inTime) {
    return clients
        .ec2()
        .getManagedPrefixListEntriesPaginator(
            request -> request.prefixListId(id).overrideConfiguration(inTime))
        .entries()
        .stream()
        .map(PrefixListEntry::cidr)
        .filter(cidr -> !cidr.contains(":"))
        .map(Cidr::of)
        .toList();
  }

  private static Set<String> ids(List<GroupIdentifier> groups) {
    return groups.stream().map(GroupIdentifier::groupId).collect(Collectors.toSet());
  }

  private static Filter filter(String name, String... values) {
    return Filter.builder().name(name).values(values).build();
  }

  /** As many values as one filter takes; nothing is asked for none. */
  private static Stream<List<String>> inPieces(Collection<String> values) {
    List<String> sorted = values.stream().distinct().sorted().toList();
    List<List<String>> pieces = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i += FILTER_VALUES) {
      pieces.add(sorted.subList(i, Math.min(sorted.size(), i + FILTER_VALUES)));
    }
    return pieces.stream();
  }

  // Systems Manager

  /** Ping status by id of the instance. */
  Map<String, String> agents(Collection<String> instances, AwsRequestOverrideConfiguration inTime) {
    if (instances.isEmpty()) {
      return Map.of();
    }
    return clients
        .ssm()
        .describeInstanceInformationPaginator(
            request ->
                request
                    .filters(
                        InstanceInformationStringFilter.builder()
                            .key("InstanceIds")
                            .values(instances)
                            .build())
                    .overrideConfiguration(inTime))
        .instanceInformationList()
        .stream()
        .collect(toMap(InstanceInformation::instanceId, InstanceInformation::pingStatusAsString));
  }

  // Elastic Load Balancing

  /** The balancer that leads to a target group. */
  Optional<NetworkLoadBalancer> balancer(
      String targetGroup, AwsRequestOverrideConfiguration inTime) {
    ElasticLoadBalancingV2Client client = clients.loadBalancing();
    try {
      List<String> arns =
          client
              .describeTargetGroups(
                  request -> request.targetGroupArns(targetGroup).overrideConfiguration(inTime))
              .targetGroups()
              .getFirst()
              .loadBalancerArns();
      if (arns.isEmpty()) {
        return Optional.empty();
      }
      LoadBalancer found =
          client
              .describeLoadBalancers(
                  request ->
                      request.loadBalancerArns(arns.getFirst()).overrideConfiguration(inTime))
              .loadBalancers()
              .getFirst();
      return Optional.of(
          new NetworkLoadBalancer(
              found.loadBalancerArn(),
              found.loadBalancerName(),
              found.state().codeAsString(),
              new HashSet<>(found.securityGroups()),
              found.availabilityZones().stream().map(AvailabilityZone::subnetId).toList(),
              listeners(found.loadBalancerArn(), inTime),
              targets(targetGroup, inTime)));
    } catch (TargetGroupNotFoundException | LoadBalancerNotFoundException _) {
      return Optional.empty();
    }
  }

  private List<NetworkLoadBalancer.Listener> listeners(
      String balancer, AwsRequestOverrideConfiguration inTime) {
    List<NetworkLoadBalancer.Listener> listeners = new ArrayList<>();
    for (Listener listener :
        clients
            .loadBalancing()
            .describeListenersPaginator(
                request -> request.loadBalancerArn(balancer).overrideConfiguration(inTime))
            .listeners()) {
      Optional<Duration> idleTimeout =
          clients
              .loadBalancing()
              .describeListenerAttributes(
                  request ->
                      request.listenerArn(listener.listenerArn()).overrideConfiguration(inTime))
              .attributes()
              .stream()
              .filter(attribute -> attribute.key().equals("tcp.idle_timeout.seconds"))
              .map(attribute -> Duration.ofSeconds(Long.parseLong(attribute.value())))
              .findFirst();
      listeners.add(
          new NetworkLoadBalancer.Listener(listener.listenerArn(), listener.port(), idleTimeout));
    }
    return listeners;
  }

  private Map<String, String> targets(String targetGroup, AwsRequestOverrideConfiguration inTime) {
    return clients
        .loadBalancing()
        .describeTargetHealth(
            request -> request.targetGroupArn(targetGroup).overrideConfiguration(inTime))
        .targetHealthDescriptions()
        .stream()
        .collect(
            toMap(
                description -> description.target().id(),
                description -> health(description.targetHealth()),
                (first, _) -> first));
  }

  private static String health(TargetHealth health) {
    return health.state() == TargetHealthStateEnum.HEALTHY || health.reason() == null
        ? health.stateAsString()
        : "%s (%s)".formatted(health.stateAsString(), health.reasonAsString());
  }

  // Redshift

  /** All clusters of the account and region: their endpoints tell which is meant. */
  List<Cluster> clusters(AwsRequestOverrideConfiguration inTime) {
    return clients
        .redshift()
        .describeClustersPaginator(request -> request.overrideConfiguration(inTime))
        .clusters()
        .stream()
        .toList();
  }

  static ClusterOrWorkgroup warehouse(Cluster cluster) {
    return new ClusterOrWorkgroup(
        false,
        cluster.clusterIdentifier(),
        cluster.clusterStatus().toLowerCase(Locale.ROOT),
        cluster.endpoint() == null ? "" : cluster.endpoint().address(),
        cluster.endpoint() == null ? 0 : cluster.endpoint().port(),
        Boolean.TRUE.equals(cluster.publiclyAccessible()),
        cluster.vpcSecurityGroups().stream()
            .map(VpcSecurityGroupMembership::vpcSecurityGroupId)
            .collect(Collectors.toSet()),
        addresses(cluster));
  }

  /** Clients connect to the leader, which shares a machine where there is one node alone. */
  static List<Cidr> addresses(Cluster cluster) {
    return cluster.clusterNodes().stream()
        .filter(node -> node.privateIPAddress() != null)
        .filter(node -> "LEADER".equals(node.nodeRole()) || "SHARED".equals(node.nodeRole()))
        .map(node -> Cidr.of(node.privateIPAddress()))
        .toList();
  }

  Optional<ClusterOrWorkgroup> workgroup(String name, AwsRequestOverrideConfiguration inTime) {
    try {
      return Optional.of(
          warehouse(
              clients
                  .redshiftServerless()
                  .getWorkgroup(
                      request -> request.workgroupName(name).overrideConfiguration(inTime))
                  .workgroup()));
    } catch (ResourceNotFoundException _) {
      return Optional.empty();
    }
  }

  private static ClusterOrWorkgroup warehouse(Workgroup workgroup) {
    boolean hasEndpoint = workgroup.endpoint() != null && workgroup.endpoint().address() != null;
    return new ClusterOrWorkgroup(
        true,
        workgroup.workgroupName(),
        workgroup.statusAsString().toLowerCase(Locale.ROOT),
        hasEndpoint ? workgroup.endpoint().address() : "",
        hasEndpoint ? workgroup.endpoint().port() : 0,
        Boolean.TRUE.equals(workgroup.publiclyAccessible()),
        new HashSet<>(workgroup.securityGroupIds()),
        hasEndpoint
            ? workgroup.endpoint().vpcEndpoints().stream()
                .flatMap(endpoint -> endpoint.networkInterfaces().stream())
                .map(each -> Cidr.of(each.privateIpAddress()))
                .toList()
            : List.of());
  }
}
