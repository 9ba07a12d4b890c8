package org.dbtbastion.infra.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Lookups;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AwsApiAccessTest {

  private static JsonNode check(Synthesized stack) {
    return stack.properties("AWS::Lambda::Function", "ConnectionChecksFunction");
  }

  private static List<String> subnets(Synthesized stack) {
    List<String> subnets = new ArrayList<>();
    check(stack).at("/VpcConfig/SubnetIds").forEach(subnet -> subnets.add(subnet.asText()));
    return subnets;
  }

  @Test
  void whereThereIsAWayOutItIsTaken() {
    Synthesized stack = Synthesized.least();

    assertThat(subnets(stack)).containsExactly("subnet-0000002a", "subnet-0000002b");
    assertThat(stack.resources("AWS::EC2::VPCEndpoint")).isEmpty();
    assertThat(stack.rules("Egress", "ConnectionChecksSecurityGroup"))
        .contains("tcp 443-443 0.0.0.0/0");
  }

  /** A function takes 16 subnets at most. */
  @Test
  void oneSubnetInAZoneIsEnough() {
    Lookups lookups = Lookups.inVpcOf("Public", "Private").inZones("a", "a", "b", "b", "b");

    assertThat(subnets(Synthesized.synthesize(SampleContext.LEAST, lookups))).hasSize(2);
  }

  @Test
  void endpointsStandWhereTheirServicesAre() {
    Lookups lookups =
        Lookups.inVpcOf("Public", "Isolated").inZones("a", "b", "c").withEndpointsIn("b", "c");

    Synthesized stack = Synthesized.synthesize(SampleContext.LEAST, lookups);

    assertThat(subnets(stack)).containsExactly("subnet-0000003b", "subnet-0000003c");
    assertThat(stack.resources("AWS::EC2::VPCEndpoint").values())
        .allSatisfy(
            endpoint ->
                assertThat(endpoint.at("/Properties/SubnetIds"))
                    .extracting(JsonNode::asText)
                    .containsExactly("subnet-0000003b", "subnet-0000003c"));
  }

  /** Where a firewall or another network is the way out, CDK takes the subnets for isolated. */
  @Test
  void chosenSubnetsLeadOutByThemselves() {
    Synthesized stack =
        Synthesized.synthesize(
            SampleContext.with("checkSubnets", "subnet-0000003a,subnet-0000003b"),
            Lookups.inVpcOf("Public", "Isolated"));

    assertThat(subnets(stack)).containsExactly("subnet-0000003a", "subnet-0000003b");
    assertThat(stack.resources("AWS::EC2::VPCEndpoint")).isEmpty();
    assertThat(stack.rules("Egress", "ConnectionChecksSecurityGroup"))
        .contains("tcp 443-443 0.0.0.0/0");
  }

  @Test
  void hostsStandInTheChosenSubnets() {
    Synthesized stack =
        Synthesized.synthesize(
            SampleContext.with("hostSubnets", "subnet-0000002b"),
            Lookups.inVpcOf("Public", "Private"));

    assertThat(
            stack
                .properties("AWS::AutoScaling::AutoScalingGroup", "HostGroup")
                .get("VPCZoneIdentifier"))
        .extracting(JsonNode::asText)
        .containsExactly("subnet-0000002b");
  }

  @Test
  void theBalancerStandsInTheChosenSubnets() {
    Map<String, Object> context = new HashMap<>(SampleContext.LEAST);
    context.put("addressMode", "network-load-balancer");
    context.put("hostSubnets", "subnet-0000002a,subnet-0000002b");

    Synthesized stack = Synthesized.synthesize(context, Lookups.inVpcOf("Public", "Private"));

    assertThat(
            stack
                .properties("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancer")
                .get("SubnetMappings"))
        .extracting(mapping -> mapping.get("SubnetId").asText())
        .containsExactly("subnet-0000002a", "subnet-0000002b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hostSubnets | subnet-0000009a | allowed: subnets of vpc-0a1b2c3d4e5f60718:"
            + " subnet-0000001a, subnet-0000001b, subnet-0000002a, subnet-0000002b",
        "checkSubnets | subnet-0000009a | allowed: subnets of vpc-0a1b2c3d4e5f60718",
        "checkSubnets | subnet-0000001a,subnet-0000002a"
            + " | allowed: one subnet in each zone; subnet-0000001a is in us-east-1a, too",
        "hostSubnets | public | allowed: ids of subnets, like subnet-0a1b2c3d4e5f60718",
        "checkSubnets | subnet-0000001a,subnet-0000001a | allowed: each once",
        "endpointSecurityGroups | default | allowed: ids of security groups"
      })
  void subnetsThatDoNotFitAreRefused(String key, String value, String message) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () ->
                Synthesized.synthesize(
                    SampleContext.with(key, value), Lookups.inVpcOf("Public", "Private")))
        .withMessageContaining(message);
  }

  /** With private DNS, an endpoint that is there already gets the hosts' and the check's calls. */
  @Test
  void endpointsOfOthersLetHostsAndCheckIn() {
    Synthesized stack =
        Synthesized.synthesize(
            SampleContext.with("endpointSecurityGroups", "sg-0c1b2c3d4e5f60718"),
            Lookups.inVpcOf("Public", "Private"));

    assertThat(stack.rules("Ingress", "sg-0c1b2c3d4e5f60718"))
        .containsExactlyInAnyOrder(
            "tcp 443-443 HostSecurityGroup", "tcp 443-443 ConnectionChecksSecurityGroup");
  }

  @Test
  void whereThereIsNoneTheFunctionHasEndpointsOfItsOwn() {
    Synthesized stack = Examples.twoClustersBehindABalancer();

    assertThat(subnets(stack)).containsExactly("subnet-0000003a", "subnet-0000003b");
    assertThat(stack.resources("AWS::EC2::VPCEndpoint").values())
        .allSatisfy(
            endpoint -> {
              JsonNode properties = endpoint.get("Properties");
              assertThat(properties.get("VpcEndpointType").asText()).isEqualTo("Interface");
              assertThat(properties.get("PrivateDnsEnabled").asBoolean())
                  .as("nobody else is sent through it")
                  .isFalse();
              assertThat(properties.get("SubnetIds"))
                  .extracting(JsonNode::asText)
                  .containsExactly("subnet-0000003a", "subnet-0000003b");
            })
        .extracting(endpoint -> endpoint.at("/Properties/ServiceName").asText())
        .containsExactlyInAnyOrder(
            "com.amazonaws.us-east-1.ssm",
            "com.amazonaws.us-east-1.secretsmanager",
            "com.amazonaws.us-east-1.ec2");
    assertThat(stack.rules("Egress", "ConnectionChecksSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 22-22 HostSecurityGroup",
            "tcp 5439-5439 sg-0aa1b2c3d4e5f6071",
            "tcp 443-443 ConnectionChecksAwsApisSecurityGroup",
            "udp 53-53 0.0.0.0/0",
            "tcp 53-53 0.0.0.0/0");
    assertThat(stack.rules("Ingress", "ConnectionChecksAwsApisSecurityGroup"))
        .containsExactly("tcp 443-443 ConnectionChecksSecurityGroup");
  }

  @Test
  void noSecurityGroupIsLeftToEc2sDefaultOfAllowingAll() {
    for (Synthesized stack : Examples.all().values()) {
      assertThat(stack.resources("AWS::EC2::SecurityGroup").values())
          .allSatisfy(
              group -> assertThat(group.at("/Properties/SecurityGroupEgress")).isNotEmpty());
    }
  }

  @Test
  void theSdkIsToldOfTheEndpoints() {
    JsonNode variables = check(Examples.twoClustersBehindABalancer()).at("/Environment/Variables");

    for (String service : List.of("SSM", "SECRETS_MANAGER", "EC2")) {
      assertThat(variables.get("AWS_ENDPOINT_URL_" + service).toString())
          .startsWith("{\"Fn::Join\":[\"\",[\"https://\",{\"Fn::Select\":[1,{\"Fn::Split\":[\":\"")
          .contains("DnsEntries");
    }
  }

  @Test
  void publicSubnetsWillDo() {
    Synthesized stack = Synthesized.synthesize(SampleContext.LEAST, Lookups.inVpcOf("Public"));

    assertThat(subnets(stack)).containsExactly("subnet-0000001a", "subnet-0000001b");
    assertThat(stack.resources("AWS::EC2::VPCEndpoint")).hasSize(3);
  }
}
