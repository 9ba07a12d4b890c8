package org.dbtbastion.infra.network;

import static org.assertj.core.api.Assertions.assertThat;

import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

class RedshiftIngressTest {

  @Test
  void warehouseGetsOneRuleForTheBastionAndOneForTheCheck() {
    assertThat(
            Synthesized.least().rules("Ingress", (String) SampleContext.LEAST.get("securityGroup")))
        .containsExactlyInAnyOrder(
            "tcp 5439-5439 HostSecurityGroup", "tcp 5439-5439 ConnectionChecksSecurityGroup");
  }

  @Test
  void warehousesThatShareASecurityGroupShareItsRules() {
    Synthesized stack = Examples.twoClustersBehindABalancer();

    assertThat(stack.rules("Ingress", "sg-0aa1b2c3d4e5f6071"))
        .containsExactlyInAnyOrder(
            "tcp 5439-5439 HostSecurityGroup", "tcp 5439-5439 ConnectionChecksSecurityGroup");
    assertThat(stack.rules("Egress", "HostSecurityGroup"))
        .filteredOn(rule -> rule.startsWith("tcp 5439"))
        .containsExactly("tcp 5439-5439 sg-0aa1b2c3d4e5f6071");
  }
}
