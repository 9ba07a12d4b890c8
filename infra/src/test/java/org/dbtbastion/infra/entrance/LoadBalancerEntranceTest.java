package org.dbtbastion.infra.entrance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import org.dbtbastion.infra.hosts.HostGroup;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Lookups;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.dbtbastion.standins.account.UserData;
import org.junit.jupiter.api.Test;

class LoadBalancerEntranceTest {

  private final Synthesized stack = Examples.twoClustersBehindABalancer();
  private final JsonNode balancer =
      stack.properties("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancer");
  private final JsonNode targets =
      stack.properties("AWS::ElasticLoadBalancingV2::TargetGroup", "LoadBalancer");
  private final JsonNode group =
      stack.properties("AWS::AutoScaling::AutoScalingGroup", HostGroup.GROUP);

  private static Map<String, String> attributes(JsonNode list) {
    Map<String, String> attributes = new HashMap<>();
    list.forEach(each -> attributes.put(each.get("Key").asText(), each.get("Value").asText()));
    return attributes;
  }

  @Test
  void hasAnAddressInEachZoneWhichStays() {
    assertThat(balancer.get("Type").asText()).isEqualTo("network");
    assertThat(balancer.get("Scheme").asText()).isEqualTo("internet-facing");
    assertThat(balancer.get("SubnetMappings"))
        .extracting(mapping -> mapping.get("SubnetId").asText())
        .containsExactly("subnet-0000001a", "subnet-0000001b");
    assertThat(balancer.get("SubnetMappings"))
        .extracting(mapping -> mapping.at("/AllocationId/Fn::GetAtt/1").asText())
        .containsOnly("AllocationId");
    assertThat(stack.resources("AWS::EC2::EIP")).hasSize(2);
    assertThat(attributes(balancer.get("LoadBalancerAttributes")))
        .containsEntry("load_balancing.cross_zone.enabled", "true")
        .containsEntry("deletion_protection.enabled", "false");
  }

  @Test
  void onlyDbtReachesItAndOnlyItAndTheCheckReachHosts() {
    assertThat(stack.rules("Ingress", "LoadBalancerSecurityGroup"))
        .containsExactlyInAnyOrder("tcp 22-22 DbtAddressesList", "icmp 3-4 0.0.0.0/0");
    assertThat(stack.rules("Egress", "LoadBalancerSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 22-22 HostSecurityGroup",
            // What CDK writes for nothing else, as AWS would take no rule for all.
            "icmp 252-86 255.255.255.255/32");
    assertThat(stack.rules("Ingress", "HostSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 22-22 LoadBalancerSecurityGroup",
            "tcp 22-22 ConnectionChecksSecurityGroup",
            "icmp 3-4 0.0.0.0/0");
  }

  @Test
  void idleTunnelsAreNotCut() {
    JsonNode listener = stack.properties("AWS::ElasticLoadBalancingV2::Listener", "LoadBalancer");
    assertThat(listener.get("Protocol").asText()).isEqualTo("TCP");
    assertThat(listener.get("Port").asInt()).isEqualTo(22);
    assertThat(attributes(listener.get("ListenerAttributes")))
        .containsEntry("tcp.idle_timeout.seconds", "6000");
  }

  @Test
  void healthIsThatOfSshdAndTunnelsOutliveIt() {
    assertThat(targets.get("HealthCheckProtocol").asText()).isEqualTo("TCP");
    assertThat(targets.has("HealthCheckPort")).as("the port of sshd").isFalse();
    assertThat(targets.get("Port").asInt()).isEqualTo(22);
    assertThat(targets.get("TargetType").asText()).isEqualTo("instance");
    assertThat(attributes(targets.get("TargetGroupAttributes")))
        .containsEntry("preserve_client_ip.enabled", "true")
        .containsEntry("deregistration_delay.timeout_seconds", "300")
        .containsEntry("deregistration_delay.connection_termination.enabled", "false")
        .containsEntry("target_health_state.unhealthy.connection_termination.enabled", "false");
  }

  @Test
  void hostsStandInItsZonesAndAreReplacedWhenItFindsThemBroken() {
    assertThat(group.get("MinSize").asText()).isEqualTo("2");
    assertThat(group.get("MaxSize").asText()).isEqualTo("3");
    assertThat(group.get("HealthCheckType").asText()).isEqualTo("ELB");
    assertThat(group.get("HealthCheckGracePeriod").asInt()).isEqualTo(300);
    assertThat(group.get("TargetGroupARNs")).hasSize(1);
    assertThat(group.get("VPCZoneIdentifier"))
        .extracting(JsonNode::asText)
        .containsExactly("subnet-0000001a", "subnet-0000001b");
  }

  @Test
  void hostsClaimNoAddress() {
    assertThat(
            UserData.script(
                stack
                    .properties("AWS::EC2::LaunchTemplate", "HostTemplate")
                    .at("/LaunchTemplateData/UserData")
                    .asText()))
        .contains("BASTION_ADDRESS_MODE='network-load-balancer'");
    assertThat(stack.statements("HostRole"))
        .noneMatch(line -> line.contains("Address"))
        .contains(
            "Allow ssm:GetParameter on ssm:parameter/dbt-bastion/prod/target-group",
            "Allow elasticloadbalancing:DescribeTargetHealth on *");
    JsonNode variables =
        stack
            .properties("AWS::Lambda::Function", "ConnectionChecksFunction")
            .at("/Environment/Variables");
    assertThat(variables.has("DBT_BASTION_PUBLIC_ADDRESS")).isFalse();
    assertThat(variables.at("/DBT_BASTION_TARGET_GROUP/Ref").asText())
        .startsWith("LoadBalancerHosts");
  }

  @Test
  void oneZoneIsNotEnough() {
    Map<String, Object> configuration = SampleContext.with("addressMode", "network-load-balancer");

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () -> Synthesized.synthesize(configuration, Lookups.inVpcOf("Private").inOneZone()))
        .withMessageContaining("public subnets in two zones");
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () -> Synthesized.synthesize(configuration, Lookups.inVpcOf("Public").inOneZone()))
        .withMessageContaining("public subnets in two zones");
  }
}
