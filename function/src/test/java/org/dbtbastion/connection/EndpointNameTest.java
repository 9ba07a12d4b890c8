package org.dbtbastion.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.dbtbastion.connection.Authentication.Issuer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointNameTest {

  @Test
  void namesTheClusterOrWorkgroupThatRedshiftNamedItAfter() {
    assertThat(Issuer.byEndpoint("Analytics.cfumlqd7t5f0.us-east-1.redshift.amazonaws.com"))
        .contains(new Issuer.Cluster("analytics"));
    assertThat(Issuer.byEndpoint("adhoc.123456789012.eu-west-1.redshift-serverless.amazonaws.com"))
        .contains(new Issuer.Workgroup("adhoc"));
    assertThat(Issuer.byEndpoint("dw.cfumlqd7t5f0.cn-north-1.redshift.amazonaws.com.cn"))
        .contains(new Issuer.Cluster("dw"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "to-dw-endpoint-a1b2c3d4.123456789012.us-east-1.redshift.amazonaws.com",
        "to-dw-endpoint-a1b2c3d4.123456789012.us-east-1.redshift-serverless.amazonaws.com",
        "warehouse.example.com",
        "10.0.0.7"
      })
  void otherNamesNameNeither(String host) {
    assertThat(Issuer.byEndpoint(host)).isEmpty();
  }
}
