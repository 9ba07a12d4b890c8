package org.dbtbastion.aws.snapshot;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.PortRange;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.SecurityGroup;
import org.dbtbastion.network.Subnet;
import org.dbtbastion.network.Vpc;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.GroupIdentifier;
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
import software.amazon.awssdk.services.ec2.model.UserIdGroupPair;
import software.amazon.awssdk.services.ec2.model.VpcAttributeName;

/**
 * What EC2 says of VPCs and what is in them. Each method is one question; it throws what the SDK
 * throws. Thread-safe.
 */
public final class VpcDescriptions {

  /** Filters take 200 values. Source: the EC2 API reference, "Filter". */
  private static final int FILTER_VALUES = 200;

  private final Supplier<Ec2Client> ec2;

  public VpcDescriptions(Supplier<Ec2Client> ec2) {
    this.ec2 = ec2;
  }

  /** Those of which the attribute has one of the values, each private address by itself. */
  List<NetworkInterface> interfaces(
      String attribute, Collection<String> values, AwsRequestOverrideConfiguration inTime) {
    return inPieces(values)
        .flatMap(
            piece ->
                ec2
                    .get()
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
  public Map<String, SecurityGroup> securityGroups(
      Collection<String> ids, AwsRequestOverrideConfiguration inTime) {
    return inPieces(ids)
        .flatMap(
            piece ->
                ec2
                    .get()
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
                ec2
                    .get()
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

  public List<NetworkAcl> networkAcls(
      Collection<String> subnets, AwsRequestOverrideConfiguration inTime) {
    return inPieces(subnets)
        .flatMap(
            piece ->
                ec2
                    .get()
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
                        .map(VpcDescriptions::entry)
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

  public List<RouteTable> routeTables(
      Collection<String> vpcs, AwsRequestOverrideConfiguration inTime) {
    return inPieces(vpcs)
        .flatMap(
            piece ->
                ec2
                    .get()
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
                        .map(VpcDescriptions::entry)
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
        ec2.get()
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
    return ec2
        .get()
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

  /** As many values as one filter takes; nothing is asked for none. */
  private static Stream<List<String>> inPieces(Collection<String> values) {
    List<String> sorted = values.stream().distinct().sorted().toList();
    List<List<String>> pieces = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i += FILTER_VALUES) {
      pieces.add(sorted.subList(i, Math.min(sorted.size(), i + FILTER_VALUES)));
    }
    return pieces.stream();
  }
}
