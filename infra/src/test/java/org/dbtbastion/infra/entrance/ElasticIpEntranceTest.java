package org.dbtbastion.infra.entrance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

class ElasticIpEntranceTest {

  private final Synthesized stack = Synthesized.least();

  @Test
  void hostClaimsItTheStackDoesNot() {
    assertThat(stack.resources("AWS::EC2::EIP")).hasSize(1);
    assertThat(stack.resources("AWS::EC2::EIPAssociation")).isEmpty();
    assertThat(stack.resources("AWS::ElasticLoadBalancingV2::LoadBalancer")).isEmpty();
  }

  @Test
  void whatToClaimIsKnownBeforeAHostBoots() {
    Map.Entry<String, JsonNode> parameter =
        stack.resources("AWS::SSM::Parameter").entrySet().stream()
            .filter(
                each ->
                    each.getValue()
                        .at("/Properties/Name")
                        .asText()
                        .equals("/dbt-bastion/default/elastic-ip"))
            .findFirst()
            .orElseThrow();
    assertThat(parameter.getValue().at("/Properties/Value/Fn::GetAtt/1").asText())
        .isEqualTo("AllocationId");
    assertThat(
            stack
                .resources("AWS::AutoScaling::AutoScalingGroup")
                .values()
                .iterator()
                .next()
                .get("DependsOn"))
        .extracting(JsonNode::asText)
        .contains(parameter.getKey());
  }
}
