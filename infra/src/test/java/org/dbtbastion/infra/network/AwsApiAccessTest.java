package org.dbtbastion.infra.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Lookups;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

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
            // What CDK writes for nothing else: without any rule here EC2 would allow all.
            "icmp 252-86 255.255.255.255/32");
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
