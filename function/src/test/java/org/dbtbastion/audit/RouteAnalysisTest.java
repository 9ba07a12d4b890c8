package org.dbtbastion.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.dbtbastion.audit.SampleNetwork.CHECK;
import static org.dbtbastion.audit.SampleNetwork.ENDPOINT;
import static org.dbtbastion.audit.SampleNetwork.PUBLIC;
import static org.dbtbastion.audit.SampleNetwork.REDSHIFT;
import static org.dbtbastion.audit.SampleNetwork.TARGETS;
import static org.dbtbastion.audit.SampleNetwork.WAREHOUSE_ADDRESS;
import static org.dbtbastion.audit.SampleNetwork.acl;
import static org.dbtbastion.audit.SampleNetwork.balancer;
import static org.dbtbastion.audit.SampleNetwork.blackhole;
import static org.dbtbastion.audit.SampleNetwork.cidr;
import static org.dbtbastion.audit.SampleNetwork.denied;
import static org.dbtbastion.audit.SampleNetwork.group;
import static org.dbtbastion.audit.SampleNetwork.host;
import static org.dbtbastion.audit.SampleNetwork.known;
import static org.dbtbastion.audit.SampleNetwork.list;
import static org.dbtbastion.audit.SampleNetwork.listRoute;
import static org.dbtbastion.audit.SampleNetwork.route;
import static org.dbtbastion.audit.SampleNetwork.warehouse;
import static org.dbtbastion.audit.Segment.BASTION_TO_WAREHOUSE;
import static org.dbtbastion.audit.Segment.CHECK_TO_BASTION;
import static org.dbtbastion.audit.Segment.CHECK_TO_WAREHOUSE;
import static org.dbtbastion.audit.Segment.DBT_TO_BASTION;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.ElasticIpAddress;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.PortRange;
import org.dbtbastion.network.Vpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each rule blames what is broken, and nothing that merely stands beside it. */
class RouteAnalysisTest {

  private static final PortRange WAREHOUSE_PORT = new PortRange(5439, 5439);
  private static final String ANYWHERE = "0.0.0.0/0";

  private SampleNetwork network = new SampleNetwork();

  @ParameterizedTest
  @EnumSource(Segment.class)
  void nothingIsFoundWhereNothingIsWrong(Segment segment) {
    assertThat(network.findings(segment)).isEmpty();
    assertThat(SampleNetwork.balanced().findings(segment)).isEmpty();
  }

  // Security groups

  @Test
  void namesTheGroupThatDoesNotLetTheBastionIn() {
    network.ingress.put("sg-redshift", List.of(group(5439, "sg-check")));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.INGRESS_RULE_MISSING,
                "sg-redshift",
                "security group sg-redshift of cluster analytics has no inbound rule for tcp/5439"
                    + " from sg-bastion (bastion host i-1)",
                "aws ec2 authorize-security-group-ingress --group-id sg-redshift --protocol tcp"
                    + " --port 5439 --source-group sg-bastion"));
    assertThat(network.findings(CHECK_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aRuleForAnotherPortOrProtocolLetsNobodyIn() {
    network.ingress.put(
        "sg-redshift",
        List.of(
            group(5432, "sg-bastion"),
            cidr(PortRange.of("udp", 5439, 5439), ANYWHERE),
            cidr(PortRange.of("icmp", -1, -1), ANYWHERE)));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .extracting(Finding::cause)
        .containsExactly(Cause.INGRESS_RULE_MISSING);
  }

  @Test
  void aBlockThatHoldsTheBastionIsEnough() {
    network.ingress.put("sg-redshift", List.of(cidr(new PortRange(5000, 6000), "10.0.2.0/28")));

    assertThat(network.findings(BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aSecondGroupThatLetsTheBastionInIsEnough() {
    network.ingress.put("sg-redshift", List.of());
    network.ingress.put("sg-second", List.of(group(5439, "sg-bastion")));
    network.egress.put("sg-second", List.of());
    network.interfaces.put(
        WAREHOUSE_ADDRESS,
        new NetworkInterface(WAREHOUSE_ADDRESS, REDSHIFT, Set.of("sg-redshift", "sg-second")));

    assertThat(network.findings(BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void namesTheGroupThatDoesNotLetTheCheckOut() {
    network.egress.put("sg-check", List.of(group(22, "sg-bastion")));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.EGRESS_RULE_MISSING,
                "sg-check",
                "security group sg-check of the connection check has no outbound rule for tcp/5439"
                    + " to sg-redshift (cluster analytics)",
                "aws ec2 authorize-security-group-egress --group-id sg-check --ip-permissions"
                    + " 'IpProtocol=tcp,FromPort=5439,ToPort=5439,"
                    + "UserIdGroupPairs=[{GroupId=sg-redshift}]'"));
    assertThat(network.findings(CHECK_TO_BASTION)).isEmpty();
  }

  @Test
  void whereRulesLetInSomeOfTheCheckNobodyIsBlamed() {
    network.own.clear();
    network.ingress.put("sg-redshift", List.of(cidr(WAREHOUSE_PORT, "10.0.1.0/28")));

    assertThat(network.findings(CHECK_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void whereTheChecksAddressIsKnownItMustBeLetIn() {
    network.ingress.put("sg-redshift", List.of(cidr(WAREHOUSE_PORT, "10.0.1.0/28")));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause)
        .containsExactly(Cause.INGRESS_RULE_MISSING);
  }

  @Test
  void withoutAnInterfaceOfTheWarehouseItsGroupsAreThoseThatRedshiftNames() {
    network.interfaces.clear();
    network.ingress.put("sg-redshift", List.of());

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.INGRESS_RULE_MISSING, "sg-redshift"));
  }

  // dbt's addresses

  @Test
  void namesDbtsAddressesThatAreNotLetIn() {
    network.ingress.put(
        "sg-bastion",
        List.of(cidr(new PortRange(22, 22), "52.45.144.63/32"), group(22, "sg-check")));

    assertThat(network.findings(DBT_TO_BASTION))
        .containsExactly(
            new Finding(
                Cause.INGRESS_RULE_MISSING,
                "sg-bastion",
                "security group sg-bastion of bastion host i-1 has no inbound rule for tcp/22 from"
                    + " 20.10.67.192/26 (dbt)",
                "aws ec2 authorize-security-group-ingress --group-id sg-bastion --ip-permissions"
                    + " 'IpProtocol=tcp,FromPort=22,ToPort=22,"
                    + "IpRanges=[{CidrIp=20.10.67.192/26}]'"));
  }

  @Test
  void aBlockOfDbtsThatIsLetInByHalfIsNotLetIn() {
    network.ingress.put(
        "sg-bastion",
        List.of(
            cidr(new PortRange(22, 22), "52.45.144.63/32"),
            cidr(new PortRange(22, 22), "20.10.67.192/27")));

    assertThat(network.findings(DBT_TO_BASTION))
        .extracting(Finding::detail)
        .singleElement()
        .asString()
        .contains("20.10.67.192/26");
  }

  @Test
  void aBlockOfDbtsThatIsLetInByTwoHalvesIsLetIn() {
    network.ingress.put(
        "sg-bastion",
        List.of(
            cidr(new PortRange(22, 22), "52.45.144.63/32"),
            cidr(new PortRange(22, 22), "20.10.67.192/27"),
            cidr(new PortRange(22, 22), "20.10.67.224/27")));

    assertThat(network.findings(DBT_TO_BASTION)).isEmpty();
  }

  @Test
  void namesThePrefixListThatLacksAnAddressOfDbts() {
    network.prefixLists.put("pl-dbt", known(List.of(Cidr.of("20.10.67.192/26"))));

    assertThat(network.findings(DBT_TO_BASTION))
        .containsExactly(
            new Finding(
                Cause.PREFIX_LIST_INCOMPLETE,
                "pl-dbt",
                "prefix list pl-dbt, which sg-bastion lets in, lacks 52.45.144.63/32 (dbt)",
                "aws ec2 modify-managed-prefix-list --prefix-list-id pl-dbt --current-version"
                    + " \"$(aws ec2 describe-managed-prefix-lists --prefix-list-ids pl-dbt --query"
                    + " 'PrefixLists[0].Version')\" --add-entries Cidr=52.45.144.63/32"));
  }

  @Test
  void saysThatAPrefixListThatIsNotKnownMayLetDbtIn() {
    network.prefixLists.put("pl-dbt", denied("ec2:GetManagedPrefixListEntries"));

    assertThat(network.findings(DBT_TO_BASTION))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.UNVERIFIED, "pl-dbt"));
  }

  @Test
  void whatIsLetInAnywayNeedsNoPrefixList() {
    network.prefixLists.clear();
    network.ingress.put(
        "sg-bastion", List.of(list(22, "pl-dbt"), cidr(new PortRange(22, 22), ANYWHERE)));

    assertThat(network.findings(DBT_TO_BASTION)).isEmpty();
  }

  @Test
  void theBalancerLetsDbtInAndTheHostTheBalancer() {
    network = SampleNetwork.balanced();
    network.ingress.put("sg-balancer", List.of());
    network.ingress.put("sg-bastion", List.of(group(22, "sg-check")));

    assertThat(network.findings(DBT_TO_BASTION))
        .extracting(Finding::detail)
        .containsExactly(
            "security group sg-balancer of load balancer nlb has no inbound rule for tcp/22 from"
                + " 52.45.144.63/32, 20.10.67.192/26 (dbt)",
            "security group sg-bastion of bastion host i-1 has no inbound rule for tcp/22 from"
                + " sg-balancer (load balancer nlb)");
  }

  @Test
  void aHostBehindABalancerMayLetDbtsAddressesInInstead() {
    network = SampleNetwork.balanced();
    network.ingress.put("sg-bastion", List.of(list(22, "pl-dbt")));

    assertThat(network.findings(DBT_TO_BASTION)).isEmpty();
  }

  // Network ACLs

  @Test
  void theFirstRuleOfANetworkAclThatMatchesDecides() {
    network.networkAcl(
        "acl-2",
        REDSHIFT,
        acl(90, false, false, WAREHOUSE_PORT, "10.0.2.0/24"),
        acl(100, false, true, PortRange.ALL, ANYWHERE),
        acl(100, true, true, PortRange.ALL, ANYWHERE));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.NETWORK_ACL_DENIES,
                "acl-2",
                "network ACL acl-2 of subnet subnet-redshift (cluster analytics) denies inbound"
                    + " tcp/5439 from 10.0.2.10/32 (bastion host i-1), by rule 90",
                "aws ec2 create-network-acl-entry --network-acl-id acl-2 --ingress --rule-number 89"
                    + " --protocol tcp --port-range From=5439,To=5439 --cidr-block 10.0.2.0/24"
                    + " --rule-action allow"));
    assertThat(network.findings(CHECK_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aDenialAfterAnAllowanceDeniesNothing() {
    network.networkAcl(
        "acl-2",
        REDSHIFT,
        acl(110, false, false, WAREHOUSE_PORT, "10.0.2.0/24"),
        acl(100, false, true, PortRange.ALL, ANYWHERE),
        acl(100, true, true, PortRange.ALL, ANYWHERE));

    assertThat(network.findings(BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void answersNeedARuleOfTheirOwn() {
    network.networkAcl(
        "acl-2",
        REDSHIFT,
        acl(100, false, true, WAREHOUSE_PORT, "10.0.0.0/16"),
        acl(100, true, true, new PortRange(443, 443), ANYWHERE));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.NETWORK_ACL_DENIES,
                "acl-2",
                "network ACL acl-2 of subnet subnet-redshift (cluster analytics) denies the"
                    + " answers, outbound tcp/32768-60999 to 10.0.2.10/32 (bastion host i-1), as no"
                    + " rule allows it",
                "aws ec2 create-network-acl-entry --network-acl-id acl-2 --egress --rule-number 101"
                    + " --protocol tcp --port-range From=32768,To=60999 --cidr-block 10.0.2.0/24"
                    + " --rule-action allow"));
  }

  @Test
  void answersToAHostNeedThePortsOfLinuxOnly() {
    network.networkAcl(
        "acl-2",
        REDSHIFT,
        acl(100, false, true, WAREHOUSE_PORT, "10.0.0.0/16"),
        acl(100, true, true, new PortRange(32768, 65535), "10.0.0.0/16"));

    assertThat(network.findings(BASTION_TO_WAREHOUSE)).isEmpty();
    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::detail)
        .singleElement()
        .asString()
        .contains("the answers, outbound tcp/1024-65535 to 10.0.1.20/32");
  }

  @Test
  void aHoleInThePortsForAnswersIsFound() {
    network.networkAcl(
        "acl-2",
        PUBLIC,
        acl(90, false, false, new PortRange(40000, 40010), ANYWHERE),
        acl(100, false, true, PortRange.ALL, ANYWHERE),
        acl(100, true, true, PortRange.ALL, ANYWHERE));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .extracting(Finding::detail)
        .containsExactly(
            "network ACL acl-2 of subnet subnet-public (bastion host i-1) denies the answers,"
                + " inbound tcp/32768-60999 from 10.0.3.7/32 (cluster analytics), by rule 90");
  }

  @Test
  void aDenialThatNothingCanPrecedeIsToBeDeleted() {
    network.networkAcl(
        "acl-2",
        REDSHIFT,
        acl(1, false, false, WAREHOUSE_PORT, ANYWHERE),
        acl(100, false, true, PortRange.ALL, ANYWHERE),
        acl(100, true, true, PortRange.ALL, ANYWHERE));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .extracting(Finding::remedy)
        .containsExactly(
            "aws ec2 delete-network-acl-entry --network-acl-id acl-2 --ingress --rule-number 1");
  }

  @Test
  void networkAclsDoNotJudgeWhatStaysInASubnet() {
    network.interfaces.put(
        WAREHOUSE_ADDRESS, new NetworkInterface(WAREHOUSE_ADDRESS, PUBLIC, Set.of("sg-redshift")));
    network.networkAcl("acl-2", PUBLIC);

    assertThat(network.findings(BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aNetworkAclThatKeepsDbtOutIsFound() {
    network.networkAcl(
        "acl-2",
        PUBLIC,
        acl(100, false, true, new PortRange(22, 22), "10.0.0.0/16"),
        acl(110, false, true, new PortRange(22, 22), "52.45.144.63/32"),
        acl(120, false, true, new PortRange(1024, 65535), ANYWHERE),
        acl(100, true, true, PortRange.ALL, ANYWHERE));

    assertThat(network.findings(DBT_TO_BASTION))
        .extracting(Finding::detail)
        .containsExactly(
            "network ACL acl-2 of subnet subnet-public (bastion host i-1) denies inbound tcp/22"
                + " from 20.10.67.192/26 (dbt), as no rule allows it");
    assertThat(network.findings(CHECK_TO_BASTION)).isEmpty();
  }

  // Routes

  @Test
  void theBastionsSubnetNeedsAnInternetGateway() {
    network.routeTable("rtb-2", "vpc-1", PUBLIC, route("10.0.0.0/16", "local"));

    assertThat(network.findings(DBT_TO_BASTION))
        .containsExactly(
            new Finding(
                Cause.NO_INTERNET_GATEWAY_ROUTE,
                "rtb-2",
                "route table rtb-2 of subnet subnet-public (bastion host i-1) has no route to"
                    + " 52.45.144.63/32 (dbt)",
                "aws ec2 create-route --route-table-id rtb-2 --destination-cidr-block 0.0.0.0/0"
                    + " --gateway-id \"$(aws ec2 describe-internet-gateways --filters"
                    + " Name=attachment.vpc-id,Values=vpc-1 --query"
                    + " 'InternetGateways[0].InternetGatewayId' --output text)\""));
    assertThat(network.findings(CHECK_TO_BASTION, BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aNatGatewayIsNoInternetGateway() {
    network.routeTable(
        "rtb-2", "vpc-1", PUBLIC, route("10.0.0.0/16", "local"), route(ANYWHERE, "nat-1"));

    assertThat(network.findings(DBT_TO_BASTION))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.detail()).contains("to nat-1, and not to an internet gateway");
              assertThat(finding.remedy()).startsWith("aws ec2 replace-route ");
            });
  }

  @Test
  void theMostSpecificRouteDecides() {
    network.routeTable(
        "rtb-2",
        "vpc-1",
        PUBLIC,
        route("10.0.0.0/16", "local"),
        route(ANYWHERE, "igw-1"),
        blackhole("20.10.67.192/28", "vgw-1"));

    assertThat(network.findings(DBT_TO_BASTION))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Cause.ROUTE_BLACKHOLE);
              assertThat(finding.detail())
                  .endsWith("sends what goes to 20.10.67.192/26 (dbt) to vgw-1, which is gone");
              assertThat(finding.remedy())
                  .contains("--route-table-id rtb-2 --destination-cidr-block 20.10.67.192/28");
            });
  }

  @Test
  void aBlackholeForOthersIsNotToBlame() {
    network.routeTable(
        "rtb-2",
        "vpc-1",
        PUBLIC,
        route("10.0.0.0/16", "local"),
        blackhole("192.168.0.0/16", "pcx-1"),
        route(ANYWHERE, "igw-1"));

    assertThat(network.findings(DBT_TO_BASTION, BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void betweenVpcsBothNeedARoute() {
    inAnotherVpc();
    network.routeTable("rtb-3", "vpc-2", REDSHIFT, route("10.9.0.0/16", "local"));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.ROUTE_MISSING,
                "rtb-3",
                "route table rtb-3 of subnet subnet-redshift (cluster analytics) has no route to"
                    + " 10.0.2.10/32 (bastion host i-1)",
                "aws ec2 create-route --route-table-id rtb-3 --destination-cidr-block 10.0.2.0/24,"
                    + " with the id of the peering connection or transit gateway that leads"
                    + " there."));
  }

  @Test
  void aPeeringConnectionInBothDirectionsIsEnough() {
    inAnotherVpc();
    network.routeTable(
        "rtb-3", "vpc-2", REDSHIFT, route("10.9.0.0/16", "local"), route("10.0.0.0/16", "pcx-1"));

    assertThat(network.findings(BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aRouteToAPrefixListIsARoute() {
    inAnotherVpc();
    network.prefixLists.put("pl-vpcs", known(List.of(Cidr.of("10.0.0.0/8"))));
    network.routeTable(
        "rtb-3", "vpc-2", REDSHIFT, route("10.9.0.0/16", "local"), listRoute("pl-vpcs", "tgw-1"));

    assertThat(network.findings(BASTION_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void saysThatARouteToAnUnknownPrefixListMayLeadThere() {
    inAnotherVpc();
    network.prefixLists.put("pl-vpcs", denied("ec2:GetManagedPrefixListEntries"));
    network.routeTable(
        "rtb-3", "vpc-2", REDSHIFT, route("10.9.0.0/16", "local"), listRoute("pl-vpcs", "tgw-1"));

    assertThat(network.findings(BASTION_TO_WAREHOUSE))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.UNVERIFIED, "pl-vpcs"));
  }

  /** The warehouse, with a route to it through a peering connection. */
  private void inAnotherVpc() {
    Cidr address = Cidr.of("10.9.0.7");
    network.subnet(REDSHIFT, "vpc-2", "10.9.0.0/24");
    network.resolved = List.of(address);
    network.interfaces.clear();
    network.interfaces.put(address, new NetworkInterface(address, REDSHIFT, Set.of("sg-redshift")));
    network.routeTable(
        "rtb-2",
        "vpc-1",
        PUBLIC,
        route("10.0.0.0/16", "local"),
        route("10.9.0.0/16", "pcx-1"),
        route(ANYWHERE, "igw-1"));
  }

  // Hosts, and what leads to them

  @Test
  void saysThatNoHostRuns() {
    network.host = Optional.of(host("stopped", Instant.EPOCH));

    assertThat(network.findings(CHECK_TO_BASTION))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.cause()).isEqualTo(Cause.NO_HOST_RUNS);
              assertThat(finding.resource()).isEqualTo("dbt-bastion-default");
              assertThat(finding.detail()).isEqualTo("bastion host i-1 is stopped");
            });
  }

  @Test
  void saysThatTheElasticIpIsGone() {
    network.elasticIp = Optional.empty();

    assertThat(network.findings(DBT_TO_BASTION))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.ELASTIC_IP_MISSING, "203.0.113.7"));
  }

  @Test
  void saysWhoHoldsTheElasticIpInPlaceOfAHost() {
    network.elasticIp = Optional.of(new ElasticIpAddress("eipalloc-1", Optional.of("i-other")));

    assertThat(network.findings(DBT_TO_BASTION))
        .containsExactly(
            new Finding(
                Cause.ELASTIC_IP_NOT_ON_HOST,
                "eipalloc-1",
                "the Elastic IP eipalloc-1 (203.0.113.7) belongs to i-other and to no running"
                    + " bastion host",
                "aws ec2 associate-address --allocation-id eipalloc-1 --instance-id i-1"
                    + " --allow-reassociation"));
  }

  @Test
  void saysWhatIsWrongWithAHost() {
    network.impaired.put("i-1", "the instance itself");
    network.agents.put("i-1", "ConnectionLost");

    assertThat(network.findings(CHECK_TO_BASTION))
        .extracting(Finding::cause)
        .containsExactly(Cause.HOST_IMPAIRED, Cause.AGENT_NOT_ONLINE);
  }

  @Test
  void theAgentOfAHostThatBootsIsNotMissedYet() {
    network.host = Optional.of(host("running", Instant.now()));
    network.agents.clear();

    assertThat(network.findings(CHECK_TO_BASTION)).isEmpty();
  }

  @Test
  void anotherHostIsNotToBlame() {
    network.impaired.put("i-2", "the instance itself");
    network.agents.put("i-2", "ConnectionLost");

    assertThat(network.findings(CHECK_TO_BASTION)).isEmpty();
  }

  @Test
  void saysThatTheBalancerIsGone() {
    network = SampleNetwork.balanced();
    network.balancer = Optional.empty();

    assertThat(network.findings(DBT_TO_BASTION))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.BALANCER_MISSING, TARGETS));
  }

  @Test
  void saysWhatIsWrongWithTheBalancer() {
    network = SampleNetwork.balanced();
    network.balancer =
        Optional.of(
            balancer(
                "provisioning",
                2222,
                Duration.ofSeconds(60),
                Map.of("i-1", "unhealthy (Target.FailedHealthChecks)")));

    assertThat(network.findings(DBT_TO_BASTION))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(
            tuple(Cause.BALANCER_NOT_ACTIVE, "nlb"),
            tuple(Cause.LISTENER_MISSING, "nlb"),
            tuple(Cause.TARGET_NOT_HEALTHY, "i-1"));
  }

  @Test
  void anIdleTimeoutWithoutRoomForALateMessageIsTooShort() {
    network = SampleNetwork.balanced();
    network.balancer =
        Optional.of(balancer("active", 22, Duration.ofSeconds(60), Map.of("i-1", "healthy")));

    assertThat(network.findings(DBT_TO_BASTION))
        .containsExactly(
            new Finding(
                Cause.IDLE_TIMEOUT_SHORT,
                "nlb",
                "load balancer nlb drops connections that are idle for 60 s, and dbt speaks"
                    + " every 30 s",
                "aws elbv2 modify-listener-attributes --listener-arn arn:listener --attributes"
                    + " Key=tcp.idle_timeout.seconds,Value=6000"));
  }

  @Test
  void aHostThatIsNotRegisteredIsToBeRegistered() {
    network = SampleNetwork.balanced();
    network.balancer =
        Optional.of(balancer("active", 22, Duration.ofSeconds(350), Map.of("i-2", "healthy")));

    assertThat(network.findings(DBT_TO_BASTION))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.detail()).contains("i-1: it is not registered");
              assertThat(finding.remedy())
                  .isEqualTo(
                      "aws elbv2 register-targets --target-group-arn "
                          + TARGETS
                          + " --targets Id=i-1");
            });
  }

  // The warehouse and its name

  @Test
  void aPausedClusterIsToBeResumed() {
    network.warehouse = Optional.of(warehouse("paused", ENDPOINT, 5439, false));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.WAREHOUSE_NOT_AVAILABLE,
                "analytics",
                "cluster analytics is paused",
                "aws redshift resume-cluster --cluster-identifier analytics"));
    assertThat(network.findings(CHECK_TO_BASTION)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"available", "available, prep-for-resize", "available, resize-cleanup"})
  void aClusterThatAnswersIsAvailable(String status) {
    network.warehouse = Optional.of(warehouse(status, ENDPOINT, 5439, false));

    assertThat(network.findings(CHECK_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void saysWhereTheClusterListens() {
    network.warehouse =
        Optional.of(
            warehouse("available", "analytics.xyz.us-east-1.redshift.amazonaws.com", 5440, false));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause, Finding::detail)
        .containsExactly(
            tuple(
                Cause.ENDPOINT_DIFFERS,
                "cluster analytics listens at analytics.xyz.us-east-1.redshift.amazonaws.com:5440,"
                    + " and connection prod leads to "
                    + ENDPOINT
                    + ":5439"));
  }

  @Test
  void anotherEndpointOfTheClusterHasANameOfItsOwn() {
    Cidr address = Cidr.of("10.0.2.77");
    network.resolved = List.of(address);
    network.interfaces.put(
        address,
        new NetworkInterface(
            address, network.interfaces.get(WAREHOUSE_ADDRESS).subnet(), Set.of("sg-redshift")));
    network.warehouse =
        Optional.of(
            warehouse("available", "analytics.xyz.us-east-1.redshift.amazonaws.com", 5440, false));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause)
        .doesNotContain(Cause.ENDPOINT_DIFFERS);
  }

  @Test
  void aNameThatDoesNotResolveMayBeTheVpcs() {
    network.resolved = List.of();
    network.vpcs.put("vpc-1", known(new Vpc(false)));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.DNS_SUPPORT_OFF,
                "vpc-1",
                "VPC vpc-1 has DNS support off, so " + ENDPOINT + " does not resolve there",
                "aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-support"));
  }

  @Test
  void whereTheNameResolvesDnsIsNotToBlame() {
    network.vpcs.put("vpc-1", known(new Vpc(false)));

    assertThat(network.findings(CHECK_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aNameThatNothingHasIsNotFound() {
    network.resolved = List.of();
    network.warehouse = Optional.empty();

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.WAREHOUSE_NOT_FOUND, ENDPOINT));
  }

  @Test
  void saysThatNothingIsKnownOfAWarehouseElsewhere() {
    network.warehouse = Optional.empty();
    network.interfaces.clear();

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.UNVERIFIED, ENDPOINT));
  }

  @Test
  void aWarehouseElsewhereMustBeReachedByItsAddress() {
    network.warehouse = Optional.empty();
    network.interfaces.clear();
    network.egress.put("sg-check", List.of(cidr(WAREHOUSE_PORT, "10.9.0.0/16")));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause)
        .containsExactly(Cause.EGRESS_RULE_MISSING, Cause.UNVERIFIED);
  }

  @Test
  void aNameOfOnesOwnThatLeadsToAnInterfaceIsKnownWell() {
    network.warehouse = Optional.empty();

    assertThat(network.findings(CHECK_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aPubliclyAccessibleClusterThatIsReachedPubliclyIsToBlame() {
    network.resolved = List.of(Cidr.of("3.4.5.6"));
    network.warehouse = Optional.of(warehouse("available", ENDPOINT, 5439, true));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .containsExactly(
            new Finding(
                Cause.PUBLICLY_ACCESSIBLE,
                "analytics",
                "cluster analytics is publicly accessible, and "
                    + ENDPOINT
                    + " leads to 3.4.5.6/32 from here",
                "aws redshift modify-cluster --no-publicly-accessible --cluster-identifier"
                    + " analytics"));
  }

  @Test
  void aPubliclyAccessibleClusterThatIsReachedPrivatelyIsNotToBlame() {
    network.warehouse = Optional.of(warehouse("available", ENDPOINT, 5439, true));

    assertThat(network.findings(CHECK_TO_WAREHOUSE)).isEmpty();
  }

  @Test
  void aNameThatLeadsToNobodyIsStale() {
    network.resolved = List.of(Cidr.of("10.0.3.99"));

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(tuple(Cause.DNS_RECORD_STALE, ENDPOINT));
  }

  @Test
  void whatOthersNamedIsPrintable() {
    network = SampleNetwork.balanced();
    network.balancer =
        Optional.of(
            new NetworkLoadBalancer(
                "arn:nlb\u001b[2J",
                "nlb\n\u202e",
                "provisioning\0",
                Set.of("sg-balancer"),
                List.of(SampleNetwork.PUBLIC),
                List.of(new NetworkLoadBalancer.Listener("arn:listener", 22, Optional.empty())),
                Map.of("i-1", "healthy")));

    assertThat(network.findings(DBT_TO_BASTION))
        .containsExactly(
            new Finding(
                Cause.BALANCER_NOT_ACTIVE,
                "nlb??",
                "load balancer nlb?? is provisioning?",
                "Wait for it: aws elbv2 wait load-balancer-available --load-balancer-arns"
                    + " arn:nlb?[2J"));
  }

  // What could not be read

  @Test
  void saysWhatItMayNotReadAndGoesOn() {
    network.warehouse = Optional.of(warehouse("paused", ENDPOINT, 5439, false));
    NetworkSnapshot all = network.snapshot();
    NetworkSnapshot snapshot =
        new NetworkSnapshot(
            all.hosts(),
            all.impaired(),
            all.agents(),
            all.elasticIp(),
            all.loadBalancer(),
            all.warehouses(),
            all.interfaces(),
            all.ownInterfaces(),
            denied("ec2:DescribeSecurityGroups"),
            all.subnets(),
            new Described.Unreadable<>(
                "ec2:DescribeNetworkAcls", "network ACLs", false, "no answer"),
            all.routeTables(),
            all.vpcs(),
            all.prefixLists());

    assertThat(network.findings(snapshot, CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause, Finding::resource)
        .containsExactly(
            tuple(Cause.WAREHOUSE_NOT_AVAILABLE, "analytics"),
            tuple(Cause.UNREADABLE, "ec2:DescribeSecurityGroups"),
            tuple(Cause.UNREADABLE, "ec2:DescribeNetworkAcls"));
    assertThat(network.findings(snapshot, CHECK_TO_WAREHOUSE).get(1).remedy())
        .startsWith(
            "Deploy the stack again, which gives the check's role ec2:DescribeSecurityGroups;");
    assertThat(network.findings(snapshot, CHECK_TO_WAREHOUSE).get(2).remedy())
        .startsWith("Run the check again; ");
  }

  @Test
  void findingsComeInTheOrderOfLikelihood() {
    network.warehouse = Optional.of(warehouse("paused", ENDPOINT, 5439, false));
    network.ingress.put("sg-redshift", List.of());
    network.egress.put("sg-check", List.of());
    network.networkAcl("acl-2", CHECK);

    assertThat(network.findings(CHECK_TO_WAREHOUSE))
        .extracting(Finding::cause)
        .startsWith(
            Cause.WAREHOUSE_NOT_AVAILABLE,
            Cause.INGRESS_RULE_MISSING,
            Cause.EGRESS_RULE_MISSING,
            Cause.NETWORK_ACL_DENIES)
        .isSorted();
  }
}
