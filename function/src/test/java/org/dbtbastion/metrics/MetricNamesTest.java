package org.dbtbastion.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricNamesTest {

  @Test
  void aBastionHasANamespaceOfItsOwn() {
    assertThat(MetricNames.namespace("emea-1")).isEqualTo("DbtBastion/emea-1");
  }

  @Test
  void everyStageOfARouteHasADuration() {
    assertThat(
            Arrays.stream(Route.values())
                .flatMap(route -> route.stages().stream())
                .distinct()
                .map(Stage::id)
                .map(MetricNames::stageDuration))
        .containsExactlyInAnyOrder(
            "DnsDuration",
            "TcpDuration",
            "TlsDuration",
            "CredentialsDuration",
            "LoginDuration",
            "QueryDuration",
            "GrantsDuration",
            "BastionDnsDuration",
            "BastionTcpDuration",
            "HostKeyDuration",
            "SshAuthDuration",
            "ForwardDuration");
  }

  @ParameterizedTest
  @CsvSource({
    "analytics, analytics",
    "10.0.0.5, 10.0.0.5",
    "a_b-c.D:9/~!, a_b-c.D:9/~!",
    ":analytics, _analytics",
    "::, _:",
    "'two words', two_words",
    "'', _",
    "' ', _",
    "'a\tb\nc', a_b_c",
    "café, caf_",
  })
  void aDimensionHasVisibleAsciiOnly(String name, String value) {
    assertThat(MetricNames.dimensionValue(name)).isEqualTo(value);
  }

  @Test
  void aDimensionIsCutOffWhereCloudWatchHasNoRoom() {
    assertThat(MetricNames.dimensionValue("a".repeat(255))).isEqualTo("a".repeat(255));
    assertThat(MetricNames.dimensionValue("a".repeat(256))).isEqualTo("a".repeat(255));
  }
}
