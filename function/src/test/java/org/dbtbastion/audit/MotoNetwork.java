package org.dbtbastion.audit;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.standins.account.Moto;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.DomainType;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.IpRange;
import software.amazon.awssdk.services.ec2.model.PrefixListId;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ec2.model.UserIdGroupPair;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Action;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.ActionTypeEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.ListenerAttribute;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerTypeEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.ProtocolEnum;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetDescription;
import software.amazon.awssdk.services.redshift.RedshiftClient;
import software.amazon.awssdk.services.redshift.model.Endpoint;

/**
 * A bastion with everything around it in moto, each in a VPC of its own, in which everything is as
 * it should be until a test breaks a piece.
 */
final class MotoNetwork {

  static final List<Cidr> DBT = List.of(Cidr.of("52.45.144.63"), Cidr.of("54.81.134.249"));

  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final String ANYWHERE = "0.0.0.0/0";

  final int number = NUMBERS.incrementAndGet();
  final String bastion = "b" + number;
  final Ec2Client ec2;
  final ElasticLoadBalancingV2Client balancers;
  final RedshiftClient redshift;
  final String vpc;
  final String checkSubnet;
  final String publicSubnet;
  final String redshiftSubnet;
  final String publicRoutes;
  final String internetGateway;
  final String checkGroup;
  final String bastionGroup;
  final String redshiftGroup;
  final String prefixList;
  final String host;
  final String allocation;
  final String elasticIp;
  final String cluster = "analytics-" + number;
  final String endpoint;
  final String warehouseInterface;
  private final String publicAssociation;
  private Optional<String> targetGroup = Optional.empty();
  private String balancerGroup;
  private String balancer;
  private String listener;

  MotoNetwork(Moto moto, boolean publiclyAccessible) {
    ec2 = moto.client(Ec2Client.builder());
    balancers = moto.client(ElasticLoadBalancingV2Client.builder());
    redshift = moto.client(RedshiftClient.builder());
    vpc = ec2.createVpc(request -> request.cidrBlock(address("0.0/16"))).vpc().vpcId();
    checkSubnet = subnet(1);
    publicSubnet = subnet(2);
    redshiftSubnet = subnet(3);
    internetGateway = ec2.createInternetGateway().internetGateway().internetGatewayId();
    ec2.attachInternetGateway(request -> request.internetGatewayId(internetGateway).vpcId(vpc));
    publicRoutes = routeTable();
    publicAssociation =
        ec2.associateRouteTable(
                request -> request.routeTableId(publicRoutes).subnetId(publicSubnet))
            .associationId();
    ec2.createRoute(
        request ->
            request
                .routeTableId(publicRoutes)
                .destinationCidrBlock(ANYWHERE)
                .gatewayId(internetGateway));
    checkGroup = securityGroup("check");
    bastionGroup = securityGroup("bastion");
    redshiftGroup = securityGroup("redshift");
    prefixList =
        ec2.createManagedPrefixList(
                request ->
                    request
                        .prefixListName("dbt-bastion-" + bastion)
                        .addressFamily("IPv4")
                        .maxEntries(20)
                        .entries(
                            DBT.stream()
                                .map(
                                    block ->
                                        software.amazon.awssdk.services.ec2.model.AddPrefixListEntry
                                            .builder()
                                            .cidr(block.toString())
                                            .build())
                                .toList()))
            .prefixList()
            .prefixListId();
    letIn(bastionGroup, list(22, prefixList));
    letIn(bastionGroup, group(22, checkGroup));
    letIn(redshiftGroup, group(5439, bastionGroup));
    letIn(redshiftGroup, group(5439, checkGroup));
    host = runHost();
    allocation = ec2.allocateAddress(request -> request.domain(DomainType.VPC)).allocationId();
    elasticIp =
        ec2.describeAddresses(request -> request.allocationIds(allocation))
            .addresses()
            .getFirst()
            .publicIp();
    ec2.associateAddress(request -> request.allocationId(allocation).instanceId(host));
    redshift.createClusterSubnetGroup(
        request ->
            request
                .clusterSubnetGroupName(cluster)
                .description("Redshift")
                .subnetIds(redshiftSubnet));
    redshift.createCluster(
        request ->
            request
                .clusterIdentifier(cluster)
                .nodeType("ra3.large")
                .masterUsername("admin")
                .masterUserPassword("Passw0rd")
                .clusterSubnetGroupName(cluster)
                .vpcSecurityGroupIds(redshiftGroup)
                .publiclyAccessible(publiclyAccessible));
    Endpoint found =
        redshift
            .describeClusters(request -> request.clusterIdentifier(cluster))
            .clusters()
            .getFirst()
            .endpoint();
    endpoint = found.address();
    warehouseInterface =
        ec2.createNetworkInterface(
                request ->
                    request
                        .subnetId(redshiftSubnet)
                        .privateIpAddress(address("3.7"))
                        .groups(redshiftGroup))
            .networkInterface()
            .networkInterfaceId();
  }

  /** Puts a load balancer in front of the host. */
  void balance() {
    balancerGroup = securityGroup("balancer");
    letIn(balancerGroup, list(22, prefixList));
    ec2.revokeSecurityGroupIngress(
        request -> request.groupId(bastionGroup).ipPermissions(list(22, prefixList)));
    letIn(bastionGroup, group(22, balancerGroup));
    balancer =
        balancers
            .createLoadBalancer(
                request ->
                    request
                        .name(bastion)
                        .type(LoadBalancerTypeEnum.NETWORK)
                        .subnets(publicSubnet)
                        .securityGroups(balancerGroup))
            .loadBalancers()
            .getFirst()
            .loadBalancerArn();
    String targets = targetGroup(bastion);
    listener = listen(balancer, targets, 22);
    idleTimeout(6000);
    balancers.registerTargets(
        request ->
            request.targetGroupArn(targets).targets(TargetDescription.builder().id(host).build()));
  }

  /** From now on the resources has this target group, to which nothing leads. */
  String targetGroup(String name) {
    targetGroup =
        Optional.of(
            balancers
                .createTargetGroup(
                    request -> request.name(name).protocol(ProtocolEnum.TCP).port(22).vpcId(vpc))
                .targetGroups()
                .getFirst()
                .targetGroupArn());
    return targetGroup();
  }

  private String listen(String balancer, String targets, int port) {
    return balancers
        .createListener(
            request ->
                request
                    .loadBalancerArn(balancer)
                    .protocol(ProtocolEnum.TCP)
                    .port(port)
                    .defaultActions(
                        Action.builder()
                            .type(ActionTypeEnum.FORWARD)
                            .targetGroupArn(targets)
                            .build()))
        .listeners()
        .getFirst()
        .listenerArn();
  }

  String targetGroup() {
    return targetGroup.orElseThrow();
  }

  String balancerGroup() {
    return balancerGroup;
  }

  String balancer() {
    return balancer;
  }

  String listener() {
    return listener;
  }

  void idleTimeout(int seconds) {
    balancers.modifyListenerAttributes(
        request ->
            request
                .listenerArn(listener)
                .attributes(
                    ListenerAttribute.builder()
                        .key("tcp.idle_timeout.seconds")
                        .value(Integer.toString(seconds))
                        .build()));
  }

  DeployedResources resources() {
    return new DeployedResources(
        bastion,
        22,
        targetGroup.isEmpty() ? Optional.of(elasticIp) : Optional.empty(),
        targetGroup,
        DBT,
        Set.of(checkGroup),
        List.of(checkSubnet));
  }

  Connection connection(String host, int port) {
    return connection("prod", host, port);
  }

  Connection connection(String name, String host, int port) {
    return new Connection(
        name,
        host,
        port,
        "analytics",
        Optional.empty(),
        new LinkedHashSet<>(),
        new LinkedHashSet<>());
  }

  /** The VPC's address that ends so. */
  String address(String end) {
    return "10.%d.%s".formatted(number, end);
  }

  Map<String, List<Cidr>> names() {
    return Map.of(endpoint, List.of(Cidr.of(address("3.7"))));
  }

  private String subnet(int third) {
    return ec2.createSubnet(request -> request.vpcId(vpc).cidrBlock(address(third + ".0/24")))
        .subnet()
        .subnetId();
  }

  String securityGroup(String name) {
    return ec2.createSecurityGroup(
            request -> request.groupName(name + number).description("For this test").vpcId(vpc))
        .groupId();
  }

  void letIn(String group, IpPermission permission) {
    ec2.authorizeSecurityGroupIngress(request -> request.groupId(group).ipPermissions(permission));
  }

  void letInNoMore(String group, IpPermission permission) {
    ec2.revokeSecurityGroupIngress(request -> request.groupId(group).ipPermissions(permission));
  }

  String runHost() {
    return ec2.runInstances(
            request ->
                request
                    .imageId("ami-12c6146b")
                    .minCount(1)
                    .maxCount(1)
                    .subnetId(publicSubnet)
                    .securityGroupIds(bastionGroup)
                    .tagSpecifications(
                        TagSpecification.builder()
                            .resourceType(ResourceType.INSTANCE)
                            .tags(Tag.builder().key("dbt-bastion").value(bastion).build())
                            .build()))
        .instances()
        .getFirst()
        .instanceId();
  }

  /**
   * A warehouse in another VPC, and the way there.
   *
   * @param connection the peering connection
   * @param block of the other VPC
   * @param address the warehouse's
   * @param subnet the warehouse's
   * @param checkRoutes the route table of the check's subnet
   * @param routes the route table of the warehouse's subnet
   */
  record Peering(
      String connection,
      String block,
      Cidr address,
      String subnet,
      String checkRoutes,
      String routes) {}

  /** Puts a warehouse into another VPC, which is peered with this one. */
  Peering peer() {
    String block = "192.168.%d.0/24".formatted(number);
    String address = "192.168.%d.7".formatted(number);
    String other = ec2.createVpc(request -> request.cidrBlock(block)).vpc().vpcId();
    String subnet =
        ec2.createSubnet(request -> request.vpcId(other).cidrBlock(block)).subnet().subnetId();
    String group =
        ec2.createSecurityGroup(
                request ->
                    request.groupName("peer" + number).description("For this test").vpcId(other))
            .groupId();
    letIn(group, cidr(5439, address("0.0/16")));
    ec2.createNetworkInterface(
        request -> request.subnetId(subnet).privateIpAddress(address).groups(group));
    String connection =
        ec2.createVpcPeeringConnection(request -> request.vpcId(vpc).peerVpcId(other))
            .vpcPeeringConnection()
            .vpcPeeringConnectionId();
    ec2.acceptVpcPeeringConnection(request -> request.vpcPeeringConnectionId(connection));
    Peering peering =
        new Peering(
            connection, block, Cidr.of(address), subnet, mainRoutes(vpc), mainRoutes(other));
    routeTo(peering, publicRoutes);
    routeTo(peering, peering.checkRoutes());
    route(peering, peering.routes(), address("0.0/16"));
    return peering;
  }

  /** Gives a route table the route to the other VPC. */
  void routeTo(Peering peering, String table) {
    route(peering, table, peering.block());
  }

  private void route(Peering peering, String table, String destination) {
    ec2.createRoute(
        request ->
            request
                .routeTableId(table)
                .destinationCidrBlock(destination)
                .vpcPeeringConnectionId(peering.connection()));
  }

  private String mainRoutes(String vpc) {
    return ec2.describeRouteTables(
            request ->
                request.filters(
                    Filter.builder().name("vpc-id").values(vpc).build(),
                    Filter.builder().name("association.main").values("true").build()))
        .routeTables()
        .getFirst()
        .routeTableId();
  }

  /** A further route table of the VPC, which no subnet uses. */
  String routeTable() {
    return ec2.createRouteTable(request -> request.vpcId(vpc)).routeTable().routeTableId();
  }

  /** From now on the bastion's subnet uses this route table. */
  void useInPublicSubnet(String table) {
    ec2.replaceRouteTableAssociation(
        request -> request.associationId(publicAssociation).routeTableId(table));
  }

  Cidr hostAddress() {
    return Cidr.of(
        ec2.describeInstances(request -> request.instanceIds(host))
            .reservations()
            .getFirst()
            .instances()
            .getFirst()
            .privateIpAddress());
  }

  /** Gives a subnet a network ACL of its own, which lets everything through. */
  String networkAcl(String subnet) {
    String acl = ec2.createNetworkAcl(request -> request.vpcId(vpc)).networkAcl().networkAclId();
    for (boolean egress : new boolean[] {false, true}) {
      ec2.createNetworkAclEntry(
          request ->
              request
                  .networkAclId(acl)
                  .ruleNumber(100)
                  .protocol("-1")
                  .ruleAction("allow")
                  .egress(egress)
                  .cidrBlock(ANYWHERE));
    }
    String association =
        ec2
            .describeNetworkAcls(
                request ->
                    request.filters(
                        Filter.builder().name("association.subnet-id").values(subnet).build()))
            .networkAcls()
            .getFirst()
            .associations()
            .stream()
            .filter(each -> each.subnetId().equals(subnet))
            .findFirst()
            .orElseThrow()
            .networkAclAssociationId();
    ec2.replaceNetworkAclAssociation(
        request -> request.associationId(association).networkAclId(acl));
    return acl;
  }

  /** Adds a rule that denies TCP to a network ACL. */
  void deny(String acl, int number, boolean egress, int first, int last, String cidr) {
    ec2.createNetworkAclEntry(
        request ->
            request
                .networkAclId(acl)
                .ruleNumber(number)
                .protocol("6")
                .ruleAction("deny")
                .egress(egress)
                .portRange(range -> range.from(first).to(last))
                .cidrBlock(cidr));
  }

  static IpPermission group(int port, String group) {
    return tcp(port).userIdGroupPairs(UserIdGroupPair.builder().groupId(group).build()).build();
  }

  static IpPermission list(int port, String list) {
    return tcp(port).prefixListIds(PrefixListId.builder().prefixListId(list).build()).build();
  }

  static IpPermission cidr(int port, String cidr) {
    return tcp(port).ipRanges(IpRange.builder().cidrIp(cidr).build()).build();
  }

  /** What EC2 itself lets out of a new security group. */
  static IpPermission everything() {
    return IpPermission.builder()
        .ipProtocol("-1")
        .ipRanges(IpRange.builder().cidrIp(ANYWHERE).build())
        .build();
  }

  private static IpPermission.Builder tcp(int port) {
    return IpPermission.builder().ipProtocol("tcp").fromPort(port).toPort(port);
  }

  void close() {
    ec2.close();
    balancers.close();
    redshift.close();
  }
}
