package org.dbtbastion.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.dbtbastion.audit.MotoNetwork.cidr;
import static org.dbtbastion.audit.MotoNetwork.everything;
import static org.dbtbastion.audit.MotoNetwork.group;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.audit.MotoNetwork.Peering;
import org.dbtbastion.aws.AwsClients;
import org.dbtbastion.aws.snapshot.AwsSnapshotReader;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.standins.account.ApiFront;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.account.RedshiftApiFront;
import org.dbtbastion.standins.account.SystemsManagerFront;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.SilentNames;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.ec2.model.RemovePrefixListEntry;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetDescription;

/**
 * What is broken in moto is named, and nothing else. What moto cannot break is broken in its
 * answers, by {@link ApiFront}.
 */
class AuditIT {

  private static final String WORKGROUP_HOST =
      "adhoc.123456789012.us-east-1.redshift-serverless.amazonaws.com";

  private static final String OWN_NAME = "warehouse.example.com";

  @TempDir private static Path folder;
  private static Moto moto;
  private static SystemsManagerFront systemsManager;
  private static RedshiftApiFront redshift;
  private static final List<ApiFront> FRONTS = new ArrayList<>();

  private final List<Throwable> unexpected = new ArrayList<>();
  private final List<MotoNetwork> networks = new ArrayList<>();
  private MotoNetwork network;
  private Map<String, List<Cidr>> names;

  @BeforeAll
  static void start() {
    moto = Moto.start(folder);
    systemsManager = SystemsManagerFront.start(moto, (_, _) -> new AgentResult(0, "", ""));
    redshift = new RedshiftApiFront(moto.endpoint(), user -> user);
    for (var api : List.of(moto.endpoint(), systemsManager.endpoint(), redshift.endpoint())) {
      FRONTS.add(new ApiFront(api));
    }
    System.setProperty("aws.region", Moto.REGION);
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
  }

  @AfterAll
  static void stop() {
    FRONTS.forEach(ApiFront::close);
    redshift.close();
    systemsManager.close();
    moto.close();
  }

  @BeforeEach
  void build() {
    FRONTS.forEach(ApiFront::reset);
    System.setProperty("aws.endpointUrl", FRONTS.get(0).endpoint().toString());
    System.setProperty("aws.endpointUrlSsm", FRONTS.get(1).endpoint().toString());
    String redshiftApi = FRONTS.get(2).endpoint().toString();
    System.setProperty("aws.endpointUrlRedshift", redshiftApi);
    System.setProperty("aws.endpointUrlRedshiftServerless", redshiftApi);
    use(new MotoNetwork(moto, false));
  }

  @AfterEach
  void tearDown() {
    networks.forEach(MotoNetwork::close);
    assertThat(unexpected).isEmpty();
  }

  private void use(MotoNetwork other) {
    networks.add(other);
    network = other;
    names = new HashMap<>(network.names());
  }

  // Which checks are audited

  @Test
  void nothingIsFoundWhereNothingIsWrong() throws Exception {
    assertThat(audit(direct(Stage.TCP), false)).isEmpty();
    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
    assertThat(audit(passed(Route.DIRECT), true)).isEmpty();
    assertThat(audit(passed(Route.TUNNEL), true)).isEmpty();
  }

  @Test
  void nothingIsFoundBehindABalancerWhereNothingIsWrong() throws Exception {
    network.balance();

    assertThat(audit(passed(Route.TUNNEL), true)).isEmpty();
  }

  @Test
  void whereNoNetworkFailedNothingIsRead() throws Exception {
    Audit audit =
        new Audit(
            network.resources(),
            (_, _, _) -> {
              throw new AssertionError("it was read");
            },
            names::get,
            unexpected::add);

    for (RouteResult result : List.of(passed(Route.DIRECT), tunnel(Stage.SSH_AUTH))) {
      assertThat(
              audit.audit(
                  new Report(Duration.ZERO, List.of(result)),
                  List.of(connection(5439)),
                  false,
                  deadline()))
          .isEmpty();
    }
  }

  @Test
  void anAuditThatFailsIsAFindingAndNotTheEndOfTheReport() throws Exception {
    Audit audit =
        new Audit(
            network.resources(),
            (_, _, _) -> {
              throw new IllegalStateException("broken");
            },
            host -> names.getOrDefault(host, List.of()),
            unexpected::add);
    RouteResult result = direct(Stage.TCP);

    Map<RouteResult, List<Finding>> findings =
        audit.audit(
            new Report(Duration.ZERO, List.of(result)),
            List.of(connection(5439)),
            false,
            deadline());

    assertThat(findings.get(result)).extracting(Finding::cause).containsExactly(Cause.UNREADABLE);
    assertThat(unexpected).hasSize(1);
    unexpected.clear();
  }

  // Security groups

  @Test
  void namesTheGroupOfTheClusterThatDoesNotLetTheBastionIn() throws Exception {
    network.letInNoMore(network.redshiftGroup, group(5439, network.bastionGroup));

    assertThat(audit(tunnel(Stage.FORWARD), false))
        .containsExactly(
            new Finding(
                Cause.INGRESS_RULE_MISSING,
                network.redshiftGroup,
                "security group %s of cluster %s has no inbound rule for tcp/5439 from %s (bastion"
                        .formatted(network.redshiftGroup, network.cluster, network.bastionGroup)
                    + " host %s)".formatted(network.host),
                "aws ec2 authorize-security-group-ingress --group-id %s --protocol tcp --port 5439"
                        .formatted(network.redshiftGroup)
                    + " --source-group "
                    + network.bastionGroup));
    assertThat(audit(direct(Stage.TCP), false)).isEmpty();
    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
  }

  @Test
  void rulesForAnotherPortOrSourceDoNotHelp() throws Exception {
    network.letInNoMore(network.redshiftGroup, group(5439, network.bastionGroup));
    network.letIn(network.redshiftGroup, group(5432, network.bastionGroup));
    network.letIn(network.redshiftGroup, cidr(5439, network.address("9.0/24")));

    assertBlamed(audit(tunnel(Stage.FORWARD), false), Cause.INGRESS_RULE_MISSING);
  }

  @Test
  void aSecondGroupThatLetsTheBastionInIsEnough() throws Exception {
    network.letInNoMore(network.redshiftGroup, group(5439, network.bastionGroup));
    String second = network.securityGroup("second");
    network.letIn(second, group(5439, network.bastionGroup));
    network.ec2.modifyNetworkInterfaceAttribute(
        request ->
            request
                .networkInterfaceId(network.warehouseInterface)
                .groups(network.redshiftGroup, second));

    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void aBlockThatHoldsTheBastionsSubnetIsEnough() throws Exception {
    network.letInNoMore(network.redshiftGroup, group(5439, network.bastionGroup));
    network.letIn(network.redshiftGroup, cidr(5439, network.address("2.0/24")));

    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void namesTheGroupOfTheBastionThatDoesNotLetItOut() throws Exception {
    network.ec2.revokeSecurityGroupEgress(
        request -> request.groupId(network.bastionGroup).ipPermissions(everything()));

    assertThat(audit(tunnel(Stage.FORWARD), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.EGRESS_RULE_MISSING, network.bastionGroup));
    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
  }

  @Test
  void namesTheGroupOfTheBastionThatDoesNotLetTheCheckIn() throws Exception {
    network.letInNoMore(network.bastionGroup, group(22, network.checkGroup));

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .extracting(Finding::detail)
        .containsExactly(
            "security group %s of bastion host %s has no inbound rule for tcp/22 from %s (the"
                    .formatted(network.bastionGroup, network.host, network.checkGroup)
                + " connection check)");
  }

  @Test
  void namesThePrefixListThatLacksAnAddressOfDbts() throws Exception {
    network.ec2.modifyManagedPrefixList(
        request ->
            request
                .prefixListId(network.prefixList)
                .currentVersion(1L)
                .removeEntries(RemovePrefixListEntry.builder().cidr("54.81.134.249/32").build()));

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .extracting(Finding::cause, Finding::resource, Finding::detail)
        .containsExactly(
            tuple(
                Cause.PREFIX_LIST_INCOMPLETE,
                network.prefixList,
                "prefix list %s, which %s lets in, lacks 54.81.134.249/32 (dbt)"
                    .formatted(network.prefixList, network.bastionGroup)));
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void namesTheGroupOfTheBalancerThatDoesNotLetDbtIn() throws Exception {
    network.balance();
    network.letInNoMore(network.balancerGroup(), MotoNetwork.list(22, network.prefixList));
    network.letIn(network.balancerGroup(), cidr(22, "52.45.144.63/32"));

    assertThat(audit(passed(Route.TUNNEL), true))
        .extracting(Finding::detail)
        .containsExactly(
            "security group %s of load balancer %s has no inbound rule for tcp/22 from"
                    .formatted(network.balancerGroup(), network.bastion)
                + " 54.81.134.249/32 (dbt)");
  }

  // Network ACLs and routes

  @Test
  void namesTheNetworkAclThatKeepsTheBastionFromTheWarehouse() throws Exception {
    String acl = network.networkAcl(network.redshiftSubnet);
    network.deny(acl, 50, false, 5439, 5439, network.address("2.0/24"));

    assertThat(audit(tunnel(Stage.FORWARD), false))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Cause.NETWORK_ACL_DENIES);
              assertThat(finding.resource()).isEqualTo(acl);
              assertThat(finding.detail()).contains("denies inbound tcp/5439").endsWith("rule 50");
              assertThat(finding.remedy()).contains("--ingress --rule-number 49 ");
            });
    assertThat(audit(direct(Stage.TCP), false)).isEmpty();
  }

  @Test
  void namesTheNetworkAclThatKeepsTheAnswersBack() throws Exception {
    String acl = network.networkAcl(network.publicSubnet);
    network.deny(acl, 50, false, 1024, 65535, network.address("3.0/24"));

    assertThat(audit(tunnel(Stage.FORWARD), false))
        .extracting(Finding::detail)
        .singleElement()
        .asString()
        .contains(acl, "the answers, inbound tcp/32768-60999");
  }

  @Test
  void aNetworkAclOfAnotherSubnetOrPortIsNotToBlame() throws Exception {
    String other = network.networkAcl(network.checkSubnet);
    network.deny(other, 50, true, 0, 65535, "0.0.0.0/0");
    String own = network.networkAcl(network.redshiftSubnet);
    network.deny(own, 50, false, 22, 22, "0.0.0.0/0");

    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void namesTheRouteTableWithoutAWayToTheInternet() throws Exception {
    network.ec2.deleteRoute(
        request -> request.routeTableId(network.publicRoutes).destinationCidrBlock("0.0.0.0/0"));

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .extracting(Finding::cause, Finding::resource)
        .containsOnly(tuple(Cause.NO_INTERNET_GATEWAY_ROUTE, network.publicRoutes))
        .isNotEmpty();
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void namesTheRouteTablesThatSendToAPeeringConnectionThatIsGone() throws Exception {
    Peering peering = peer();
    network.ec2.deleteVpcPeeringConnection(
        request -> request.vpcPeeringConnectionId(peering.connection()));
    change(
        "DescribeRouteTables",
        "//routeSet/item[vpcPeeringConnectionId='%s']/state".formatted(peering.connection()),
        "blackhole");

    assertThat(audit(tunnel(Stage.FORWARD), false))
        .containsExactly(
            blackhole(
                network.publicRoutes,
                "route table %s of subnet %s (bastion host %s) sends what goes to %s (cluster %s)"
                    .formatted(
                        network.publicRoutes,
                        network.publicSubnet,
                        network.host,
                        peering.address(),
                        network.cluster),
                peering.connection(),
                peering.block()),
            blackhole(
                peering.routes(),
                "route table %s of subnet %s (cluster %s) sends what goes to %s (bastion host %s)"
                    .formatted(
                        peering.routes(),
                        peering.subnet(),
                        network.cluster,
                        network.hostAddress(),
                        network.host),
                peering.connection(),
                network.address("0.0/16")));
    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
  }

  @Test
  void namesTheRouteTableThatSendsToAnInternetGatewayThatIsGone() throws Exception {
    network.ec2.detachInternetGateway(
        request -> request.internetGatewayId(network.internetGateway).vpcId(network.vpc));
    change(
        "DescribeRouteTables",
        "//routeSet/item[gatewayId='%s']/state".formatted(network.internetGateway),
        "blackhole");

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.ROUTE_BLACKHOLE, network.publicRoutes));
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void aBlackholeIsToBlameWhereTheBastionsSubnetUsesItsTable() throws Exception {
    Peering peering = peer();
    String other = network.routeTable();
    network.routeTo(peering, other);
    change(
        "DescribeRouteTables",
        "//item[routeTableId='%s']/routeSet/item[vpcPeeringConnectionId]/state".formatted(other),
        "blackhole");

    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();

    network.useInPublicSubnet(other);
    assertThat(audit(tunnel(Stage.FORWARD), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.ROUTE_BLACKHOLE, other));
  }

  @Test
  void aBlackholeIsNotToBlameWhereAMoreSpecificRouteHolds() throws Exception {
    Peering peering = peer();
    network.ec2.createRoute(
        request ->
            request
                .routeTableId(network.publicRoutes)
                .destinationCidrBlock("192.168.0.0/16")
                .gatewayId(network.internetGateway));
    change(
        "DescribeRouteTables",
        "//routeSet/item[destinationCidrBlock='192.168.0.0/16']/state",
        "blackhole");

    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();

    network.ec2.deleteRoute(
        request ->
            request.routeTableId(network.publicRoutes).destinationCidrBlock(peering.block()));
    assertThat(audit(tunnel(Stage.FORWARD), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.ROUTE_BLACKHOLE, network.publicRoutes));
  }

  @Test
  void namesTheRouteTableWithoutAWayToTheWarehouse() throws Exception {
    Peering peering = peer();
    assertThat(audit(passed(Route.TUNNEL), true)).isEmpty();
    network.ec2.deleteRoute(
        request ->
            request.routeTableId(network.publicRoutes).destinationCidrBlock(peering.block()));

    assertThat(audit(tunnel(Stage.FORWARD), false))
        .containsExactly(
            new Finding(
                Cause.ROUTE_MISSING,
                network.publicRoutes,
                "route table %s of subnet %s (bastion host %s) has no route to %s (cluster %s): %s"
                        .formatted(
                            network.publicRoutes,
                            network.publicSubnet,
                            network.host,
                            peering.address(),
                            network.cluster,
                            network.internetGateway)
                    + " leads to the internet alone",
                "aws ec2 create-route --route-table-id %s --destination-cidr-block %s, with the id"
                        .formatted(network.publicRoutes, peering.block())
                    + " of the peering connection or transit gateway that leads there."));
    // The check's subnet has a table of its own.
    assertThat(audit(direct(Stage.TCP), false)).isEmpty();
  }

  @Test
  void namesTheRouteTableWithoutAWayBackToTheBastion() throws Exception {
    Peering peering = peer();
    network.ec2.deleteRoute(
        request ->
            request.routeTableId(peering.routes()).destinationCidrBlock(network.address("0.0/16")));

    assertThat(audit(tunnel(Stage.FORWARD), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.ROUTE_MISSING, peering.routes()));
    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
  }

  @Test
  void aTableWithoutTheRouteIsToBlameWhereTheBastionsSubnetUsesIt() throws Exception {
    peer();
    String other = network.routeTable();

    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();

    network.useInPublicSubnet(other);
    assertThat(audit(tunnel(Stage.FORWARD), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.ROUTE_MISSING, other));
  }

  private Peering peer() {
    Peering peering = network.peer();
    names.put(network.endpoint, List.of(peering.address()));
    return peering;
  }

  private static Finding blackhole(String table, String what, String target, String destination) {
    return new Finding(
        Cause.ROUTE_BLACKHOLE,
        table,
        "%s to %s, which is gone".formatted(what, target),
        "Give the route another target: aws ec2 replace-route --route-table-id %s".formatted(table)
            + " --destination-cidr-block %s, with the id of an internet gateway, peering connection"
                .formatted(destination)
            + " or transit gateway that exists.");
  }

  // The bastion and what leads to it

  @Test
  void saysThatNoHostRuns() throws Exception {
    network.ec2.stopInstances(request -> request.instanceIds(network.host));
    RouteResult result = result(Route.TUNNEL, Optional.empty(), failed(Stage.BASTION_DNS));

    assertThat(audit(result, false))
        .extracting(Finding::cause, Finding::detail)
        .containsExactly(tuple(Cause.NO_HOST_RUNS, "bastion host " + network.host + " is stopped"));
  }

  @Test
  void saysThatTheElasticIpBelongsToNobody() throws Exception {
    network.ec2.disassociateAddress(request -> request.publicIp(network.elasticIp));

    assertThat(audit(result(Route.TUNNEL, Optional.empty(), failed(Stage.BASTION_DNS)), false))
        .extracting(Finding::cause, Finding::remedy)
        .containsExactly(
            tuple(
                Cause.ELASTIC_IP_NOT_ON_HOST,
                "aws ec2 associate-address --allocation-id %s --instance-id %s"
                        .formatted(network.allocation, network.host)
                    + " --allow-reassociation"));
  }

  @Test
  void saysThatTheElasticIpIsGone() throws Exception {
    network.ec2.disassociateAddress(request -> request.publicIp(network.elasticIp));
    network.ec2.releaseAddress(request -> request.allocationId(network.allocation));

    assertBlamed(audit(tunnel(Stage.BASTION_TCP), false), Cause.ELASTIC_IP_MISSING);
  }

  @ParameterizedTest
  @CsvSource({"systemStatus, the machine below it", "instanceStatus, the instance itself"})
  void namesTheHostWhoseStatusChecksFail(String check, String what) throws Exception {
    impair(network.host, check);

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .containsExactly(
            new Finding(
                Cause.HOST_IMPAIRED,
                network.host,
                "EC2's status checks of bastion host %s fail: %s".formatted(network.host, what),
                replacing(network.host)));
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void anotherHostWhoseStatusChecksFailIsNotToBlame() throws Exception {
    String other = network.runHost();
    impair(other, "instanceStatus");

    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
    assertThat(audit(tunnelBy(other, Stage.BASTION_TCP), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.HOST_IMPAIRED, other));
  }

  private static void impair(String host, String check) {
    change(
        "DescribeInstanceStatus",
        "//item[instanceId='%s']/%s/status".formatted(host, check),
        "impaired");
  }

  @Test
  void namesTheHostWhoseAgentIsSilent() throws Exception {
    booted(network.host, Duration.ofMinutes(10));
    systemsManager.loseConnection(network.host);

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .containsExactly(
            new Finding(
                Cause.AGENT_NOT_ONLINE,
                network.host,
                "the SSM agent of bastion host %s is ConnectionLost, so the host may hang or have"
                        .formatted(network.host)
                    + " no way out",
                replacing(network.host)));
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void anotherHostWhoseAgentIsSilentIsNotToBlame() throws Exception {
    String other = network.runHost();
    booted(network.host, Duration.ofMinutes(10));
    booted(other, Duration.ofMinutes(10));
    systemsManager.loseConnection(other);

    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
    assertThat(audit(tunnelBy(other, Stage.BASTION_TCP), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.AGENT_NOT_ONLINE, other));
  }

  @Test
  void theAgentOfAHostThatBootsIsNotMissedYet() throws Exception {
    booted(network.host, Duration.ofMinutes(1));
    systemsManager.loseConnection(network.host);

    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
  }

  private static void booted(String host, Duration ago) {
    change(
        "DescribeInstances",
        "//item[instanceId='%s']/launchTime".formatted(host),
        Instant.now().minus(ago).truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private static String replacing(String host) {
    return "Replace it: aws autoscaling set-instance-health --health-status Unhealthy --instance-id "
        + host;
  }

  @Test
  void saysThatTheBalancerIsGone() throws Exception {
    network.balance();
    network.balancers.deleteLoadBalancer(request -> request.loadBalancerArn(network.balancer()));

    assertMissing(audit(tunnel(Stage.BASTION_TCP), false));
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void anotherBalancerDoesNotStandForTheOneThatIsGone() throws Exception {
    network.balance();
    // As Elastic Load Balancing leaves one behind; moto's keep the ARN of the balancer.
    network.targetGroup("left");

    assertMissing(audit(tunnel(Stage.BASTION_TCP), false));
  }

  private void assertMissing(List<Finding> findings) {
    assertThat(findings)
        .containsExactly(
            new Finding(
                Cause.BALANCER_MISSING,
                network.targetGroup(),
                "no load balancer leads to the target group of bastion " + network.bastion,
                "Destroy the stack and deploy it again (scripts/destroy, scripts/deploy), then type"
                    + " its output TunnelHost into dbt; registered keys and host keys stay."));
  }

  @Test
  void aBalancerOfAnotherBastionThatIsGoneIsNotToBlame() throws Exception {
    network.balance();
    MotoNetwork other = balanced();
    other.balancers.deleteLoadBalancer(request -> request.loadBalancerArn(other.balancer()));

    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
    use(other);
    assertBlamed(audit(tunnel(Stage.BASTION_TCP), false), Cause.BALANCER_MISSING);
  }

  @Test
  void namesTheBalancerThatIsNotReadyYet() throws Exception {
    network.balance();
    balancerIs(network, "provisioning");

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .containsExactly(
            new Finding(
                Cause.BALANCER_NOT_ACTIVE,
                network.bastion,
                "load balancer %s is provisioning".formatted(network.bastion),
                "Wait for it: aws elbv2 wait load-balancer-available --load-balancer-arns "
                    + network.balancer()));
    assertThat(audit(tunnel(Stage.FORWARD), false)).isEmpty();
  }

  @Test
  void aBalancerThatCouldNotBeSetUpIsNotWorthWaitingFor() throws Exception {
    network.balance();
    balancerIs(network, "failed");

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Cause.BALANCER_NOT_ACTIVE);
              assertThat(finding.detail()).isEqualTo("load balancer %s is failed", network.bastion);
              assertThat(finding.remedy()).startsWith("Destroy the stack and deploy it again");
            });
  }

  @Test
  void aBalancerOfAnotherBastionThatIsNotReadyYetIsNotToBlame() throws Exception {
    network.balance();
    MotoNetwork other = balanced();
    balancerIs(other, "provisioning");

    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
    use(other);
    assertBlamed(audit(tunnel(Stage.BASTION_TCP), false), Cause.BALANCER_NOT_ACTIVE);
  }

  private static MotoNetwork balanced() {
    MotoNetwork other = new MotoNetwork(moto, false);
    other.balance();
    return other;
  }

  private static void balancerIs(MotoNetwork where, String state) {
    change(
        "DescribeLoadBalancers",
        "//member[LoadBalancerArn='%s']/State/Code".formatted(where.balancer()),
        state);
  }

  @Test
  void saysThatTheBalancerSendsNobodyToTheHost() throws Exception {
    network.balance();
    network.balancers.deregisterTargets(
        request ->
            request
                .targetGroupArn(network.targetGroup())
                .targets(TargetDescription.builder().id(network.host).build()));

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.TARGET_NOT_HEALTHY, network.host));
  }

  @Test
  void saysThatTheBalancerForgetsTooSoon() throws Exception {
    network.balance();
    network.idleTimeout(60);

    assertBlamed(audit(passed(Route.TUNNEL), true), Cause.IDLE_TIMEOUT_SHORT);
  }

  @Test
  void saysThatTheBalancerDoesNotListen() throws Exception {
    network.balance();
    network.balancers.deleteListener(request -> request.listenerArn(network.listener()));

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .extracting(Finding::cause)
        .contains(Cause.LISTENER_MISSING);
  }

  // The warehouse and its name

  @Test
  void saysThatTheClusterIsPaused() throws Exception {
    network.redshift.pauseCluster(request -> request.clusterIdentifier(network.cluster));

    assertThat(audit(direct(Stage.TCP), false))
        .extracting(Finding::cause, Finding::remedy)
        .containsExactly(
            tuple(
                Cause.WAREHOUSE_NOT_AVAILABLE,
                "aws redshift resume-cluster --cluster-identifier " + network.cluster));
    assertThat(audit(tunnel(Stage.BASTION_TCP), false)).isEmpty();
  }

  @Test
  void saysOnWhichPortTheClusterListens() throws Exception {
    network.letIn(network.redshiftGroup, group(5440, network.checkGroup));

    assertThat(audit(direct(Stage.TCP), connection(5440), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.ENDPOINT_DIFFERS, network.cluster));
  }

  @Test
  void saysThatTheClusterIsReachedOverTheInternet() throws Exception {
    use(new MotoNetwork(moto, true));
    names.put(network.endpoint, List.of(Cidr.of("3.4.5.6")));

    assertBlamed(audit(direct(Stage.DNS), false), Cause.PUBLICLY_ACCESSIBLE);
  }

  @Test
  void namesTheRecordThatLeadsWhereTheClusterWasOnce() throws Exception {
    leaderIs(network.address("3.7"));
    customDomain(OWN_NAME);
    names.put(OWN_NAME, List.of(Cidr.of(network.address("3.99"))));

    assertThat(audit(direct(Stage.TCP), network.connection(OWN_NAME, 5439), false))
        .containsExactly(
            new Finding(
                Cause.DNS_RECORD_STALE,
                OWN_NAME,
                "%s leads to %s/32, where nothing is, and cluster %s is at %s/32"
                    .formatted(
                        OWN_NAME, network.address("3.99"), network.cluster, network.address("3.7")),
                "Make the DNS record of %s a CNAME of %s.".formatted(OWN_NAME, network.endpoint)));
    assertThat(audit(tunnel(Stage.BASTION_TCP), network.connection(OWN_NAME, 5439), false))
        .isEmpty();
  }

  @Test
  void aRecordOfTheEndpointsOwnNameIsNobodysToMake() throws Exception {
    leaderIs(network.address("3.7"));
    names.put(network.endpoint, List.of(Cidr.of(network.address("3.99"))));

    assertThat(audit(direct(Stage.TCP), false))
        .extracting(Finding::cause, Finding::resource, Finding::remedy)
        .containsExactly(
            tuple(
                Cause.DNS_RECORD_STALE,
                network.endpoint,
                "Remove the record of %s from your own hosted zones and name servers: Redshift's is"
                        .formatted(network.endpoint)
                    + " right."));
  }

  @Test
  void aNameThatLeadsToTheClusterIsNotToBlameForAStaleOne() throws Exception {
    leaderIs(network.address("3.7"));
    customDomain(OWN_NAME);
    names.put(OWN_NAME, List.of(Cidr.of(network.address("3.99"))));
    RouteResult right = direct(Stage.TCP);
    RouteResult stale = new RouteResult("stale", Route.DIRECT, Optional.empty(), right.stages());

    Map<RouteResult, List<Finding>> findings =
        audit(
            List.of(right, stale),
            List.of(connection(5439), network.connection("stale", OWN_NAME, 5439)),
            false,
            deadline());

    assertThat(findings.get(right)).isEmpty();
    assertBlamed(findings.get(stale), Cause.DNS_RECORD_STALE);
  }

  /** Where the cluster's leader node is. */
  private void leaderIs(String address) {
    String cluster = "//Cluster[ClusterIdentifier='%s']".formatted(network.cluster);
    add("DescribeClusters", cluster, address, "ClusterNodes", "member", "PrivateIPAddress");
    add("DescribeClusters", cluster + "/ClusterNodes/member", "LEADER", "NodeRole");
  }

  private void customDomain(String name) {
    add(
        "DescribeClusters",
        "//Cluster[ClusterIdentifier='%s']".formatted(network.cluster),
        name,
        "CustomDomainName");
  }

  @Test
  void saysThatTheVpcResolvesNoNames() throws Exception {
    names.clear();
    network.ec2.modifyVpcAttribute(
        request -> request.vpcId(network.vpc).enableDnsSupport(value -> value.value(false)));

    assertThat(audit(direct(Stage.DNS), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.DNS_SUPPORT_OFF, network.vpc));
  }

  @Test
  void saysThatThereIsNoSuchCluster() throws Exception {
    names.clear();
    Connection connection =
        network.connection("gone.cg034hpkmmjt.us-east-1.redshift.amazonaws.com", 5439);

    assertBlamed(audit(direct(Stage.DNS), connection, false), Cause.WAREHOUSE_NOT_FOUND);
  }

  @Test
  void readsAWorkgroup() throws Exception {
    redshift.createWorkgroup("adhoc", workgroup("MODIFYING"));

    assertThat(audit(direct(Stage.TCP), network.connection(WORKGROUP_HOST, 5439), false))
        .extracting(Finding::cause, Finding::detail)
        .containsExactly(tuple(Cause.WAREHOUSE_NOT_AVAILABLE, "workgroup adhoc is modifying"));
  }

  @Test
  void namesTheGroupOfAWorkgroup() throws Exception {
    redshift.createWorkgroup("adhoc", workgroup("AVAILABLE"));
    network.letInNoMore(network.redshiftGroup, group(5439, network.checkGroup));

    assertThat(audit(direct(Stage.TCP), network.connection(WORKGROUP_HOST, 5439), false))
        .extracting(Finding::detail)
        .containsExactly(
            "security group %s of workgroup adhoc has no inbound rule for tcp/5439 from %s (the"
                    .formatted(network.redshiftGroup, network.checkGroup)
                + " connection check)");
  }

  /** As the API model of Redshift Serverless has it. */
  private ObjectNode workgroup(String status) throws Exception {
    return (ObjectNode)
        new ObjectMapper()
            .readTree(
                """
                {"workgroupName": "adhoc", "status": "%s", "publiclyAccessible": false,
                 "securityGroupIds": ["%s"], "subnetIds": ["%s"],
                 "endpoint": {"address": "%s", "port": 5439, "vpcEndpoints": [
                   {"vpcEndpointId": "vpce-1", "vpcId": "%s", "networkInterfaces": [
                     {"networkInterfaceId": "%s", "privateIpAddress": "%s", "subnetId": "%s"}]}]}}
                """
                    .formatted(
                        status,
                        network.redshiftGroup,
                        network.redshiftSubnet,
                        WORKGROUP_HOST,
                        network.vpc,
                        network.warehouseInterface,
                        network.address("3.7"),
                        network.redshiftSubnet));
  }

  // What may not be read

  @ParameterizedTest
  @CsvSource({
    "ec2:DescribeInstances, TUNNEL",
    "ec2:DescribeInstanceStatus, TUNNEL",
    "ssm:DescribeInstanceInformation, TUNNEL",
    "ec2:DescribeAddresses, TUNNEL",
    "ec2:DescribeSecurityGroups, DIRECT",
    "ec2:DescribeNetworkAcls, DIRECT",
    "ec2:DescribeRouteTables, DIRECT",
    "ec2:DescribeSubnets, DIRECT",
    "ec2:DescribeNetworkInterfaces, DIRECT",
    "redshift:DescribeClusters, DIRECT",
  })
  void saysWhatItMayNotRead(String action, Route route) throws Exception {
    deny(action);

    assertThat(audit(passed(route), true))
        .isNotEmpty()
        .allSatisfy(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Cause.UNREADABLE);
              assertThat(finding.resource()).isEqualTo(action);
              assertThat(finding.detail()).contains("not authorized to perform");
              assertThat(finding.remedy())
                  .startsWith("Deploy the stack again, which gives the check's role " + action);
            });
  }

  @ParameterizedTest
  @CsvSource({
    "DescribeTargetGroups",
    "DescribeLoadBalancers",
    "DescribeListeners",
    "DescribeListenerAttributes",
    "DescribeTargetHealth"
  })
  void saysThatItMayNotReadTheBalancer(String action) throws Exception {
    network.balance();
    deny("elasticloadbalancing:" + action);

    assertThat(audit(passed(Route.TUNNEL), true))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.UNREADABLE, "elasticloadbalancing:Describe*"));
  }

  @Test
  void saysThatItMayNotReadAWorkgroup() throws Exception {
    names.put(WORKGROUP_HOST, List.of(Cidr.of(network.address("3.7"))));
    deny("redshift-serverless:GetWorkgroup");

    assertThat(audit(direct(Stage.TCP), network.connection(WORKGROUP_HOST, 5439), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.UNREADABLE, "redshift-serverless:GetWorkgroup"));
  }

  @Test
  void saysThatItMayNotReadWhetherAVpcResolvesNames() throws Exception {
    names.clear();
    deny("ec2:DescribeVpcAttribute");

    assertThat(audit(direct(Stage.DNS), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.UNREADABLE, "ec2:DescribeVpcAttribute"));
  }

  @Test
  void aPrefixListThatItMayNotReadMayLetDbtIn() throws Exception {
    deny("ec2:GetManagedPrefixListEntries");

    assertThat(audit(tunnel(Stage.BASTION_TCP), false))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.UNVERIFIED, network.prefixList));
  }

  @Test
  void whatItMayNotReadDoesNotHideTheCulprit() throws Exception {
    network.letInNoMore(network.redshiftGroup, group(5439, network.checkGroup));
    deny("ec2:DescribeNetworkAcls");
    deny("redshift:DescribeClusters");

    assertThat(audit(direct(Stage.TCP), false))
        .extracting(Finding::cause)
        .containsExactly(Cause.INGRESS_RULE_MISSING, Cause.UNREADABLE, Cause.UNREADABLE);
  }

  @Test
  void saysThatNoTimeWasLeft() throws Exception {
    assertThat(audit(direct(Stage.TCP), connection(5439), false, Deadline.in(Duration.ZERO)))
        .containsExactly(
            new Finding(
                Cause.UNREADABLE,
                "audit",
                "no time was left for the audit",
                "Check fewer connections at once."));
  }

  @Test
  void apisThatDoNotAnswerDoNotHoldTheReport() throws Exception {
    try (BrokenServer silent = BrokenServer.silent()) {
      for (String service : List.of("", "Ssm", "Redshift", "RedshiftServerless")) {
        System.setProperty("aws.endpointUrl" + service, "http://localhost:" + silent.port());
      }
      long begin = System.nanoTime();

      List<Finding> findings =
          audit(direct(Stage.TCP), connection(5439), false, Deadline.in(Duration.ofMillis(1600)));

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
      assertThat(findings).extracting(Finding::cause).containsOnly(Cause.UNREADABLE);
      assertThat(findings)
          .extracting(Finding::remedy)
          .allSatisfy(remedy -> assertThat(remedy).startsWith("Run the check again; "));
    }
  }

  @Test
  void aNameServerThatIsSilentDoesNotHoldTheReport() throws Exception {
    network.ec2.disassociateAddress(request -> request.publicIp(network.elasticIp));
    try (SilentNames names = SilentNames.open()) {
      System.setProperty("aws.endpointUrlSsm", "http://ssm.silent.test");
      long begin = System.nanoTime();

      List<Finding> findings =
          audit(
              tunnel(Stage.BASTION_TCP),
              connection(5439),
              false,
              Deadline.in(Duration.ofSeconds(4)));

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
      assertThat(names.waiting()).isNotEmpty();
      assertThat(findings)
          .extracting(Finding::cause, Finding::resource, Finding::detail)
          .containsExactly(
              tuple(
                  Cause.ELASTIC_IP_NOT_ON_HOST,
                  network.allocation,
                  "the Elastic IP %s (%s) belongs to no instance and to no running bastion host"
                      .formatted(network.allocation, network.elasticIp)),
              tuple(
                  Cause.UNREADABLE,
                  "ssm:DescribeInstanceInformation",
                  "the audit could not read the hosts' SSM agents: AWS did not answer in time"));
    }
  }

  private static void deny(String action) {
    FRONTS.forEach(front -> front.deny(action.substring(action.indexOf(':') + 1)));
  }

  private static void change(String action, String path, String value) {
    FRONTS.forEach(front -> front.change(action, path, value));
  }

  private static void add(String action, String path, String value, String... names) {
    FRONTS.forEach(front -> front.add(action, path, value, names));
  }

  private static void assertBlamed(List<Finding> findings, Cause cause) {
    assertThat(findings).extracting(Finding::cause).containsExactly(cause);
  }

  // Results of checks

  private List<Finding> audit(RouteResult result, boolean everything) throws Exception {
    return audit(result, connection(5439), everything);
  }

  private List<Finding> audit(RouteResult result, Connection connection, boolean everything)
      throws Exception {
    return audit(result, connection, everything, deadline());
  }

  private List<Finding> audit(
      RouteResult result, Connection connection, boolean everything, Deadline deadline)
      throws Exception {
    return audit(List.of(result), List.of(connection), everything, deadline).get(result);
  }

  /** On a virtual thread, as the function calls it. */
  private Map<RouteResult, List<Finding>> audit(
      List<RouteResult> results,
      List<Connection> connections,
      boolean everything,
      Deadline deadline)
      throws Exception {
    Audit audit =
        new Audit(
            network.resources(),
            new AwsSnapshotReader(new AwsClients()),
            host -> names.getOrDefault(host, List.of()),
            unexpected::add);
    Map<RouteResult, List<Finding>> findings = new HashMap<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                findings.putAll(
                    audit.audit(
                        new Report(Duration.ZERO, results), connections, everything, deadline));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            })
        .join();
    return findings;
  }

  private Connection connection(int port) {
    return network.connection(network.endpoint, port);
  }

  private static Deadline deadline() {
    return Deadline.in(Duration.ofSeconds(30));
  }

  private RouteResult direct(Stage stage) {
    return result(Route.DIRECT, Optional.empty(), failed(stage));
  }

  private RouteResult tunnel(Stage stage) {
    return tunnelBy(network.host, stage);
  }

  private static RouteResult tunnelBy(String host, Stage stage) {
    return result(Route.TUNNEL, Optional.of(host), failed(stage));
  }

  private RouteResult passed(Route route) {
    return result(
        route,
        route == Route.TUNNEL ? Optional.of(network.host) : Optional.empty(),
        new StageResult(Stage.TLS, Duration.ZERO, new Outcome.Passed("fine")));
  }

  private static RouteResult result(Route route, Optional<String> host, StageResult stage) {
    return new RouteResult("prod", route, host, List.of(stage));
  }

  private static StageResult failed(Stage stage) {
    return new StageResult(
        stage, Duration.ZERO, new Outcome.Failed(Code.TCP_TIMEOUT, "silence", "Mend it."));
  }
}
