package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awscdk.Stack;

class RedshiftTargetTest {

  @Test
  void warehouseGetsOneRuleForTheBastionAndOneForTheCheck() {
    assertThat(
            Synthesized.least()
                .rules("Ingress", (String) ConfigurationTest.LEAST.get("securityGroup")))
        .containsExactlyInAnyOrder(
            "tcp 5439-5439 HostSecurityGroup", "tcp 5439-5439 ConnectionChecksSecurityGroup");
  }

  @ParameterizedTest
  @CsvSource({
    "analytics.abc123.us-east-1.redshift.amazonaws.com, analytics",
    "sales.123456789012.us-east-1.redshift-serverless.amazonaws.com, sales",
    "warehouse, warehouse",
    "10.0.0.5, 10.0.0.5"
  })
  void connectionIsCalledLikeTheClusterOrWorkgroup(String host, String name) {
    RedshiftTarget target =
        new RedshiftTarget(
            new Stack(),
            "Warehouse",
            new RedshiftTarget.Props(host, 5439, "dev", "sg-0a1b2c3d", ConfigurationTest.SECRET));

    assertThat(target.connection())
        .isEqualTo(new Connection(name, host, 5439, "dev", ConfigurationTest.SECRET));
    assertThat(target.endpoint()).isEqualTo(host + ":5439");
  }
}
