package org.dbtbastion.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SegmentTest {

  @ParameterizedTest
  @CsvSource({
    "DIRECT, DNS, CHECK_TO_WAREHOUSE",
    "DIRECT, TCP, CHECK_TO_WAREHOUSE",
    "DIRECT, TLS, CHECK_TO_WAREHOUSE",
    "TUNNEL, BASTION_DNS, CHECK_TO_BASTION DBT_TO_BASTION",
    "TUNNEL, BASTION_TCP, CHECK_TO_BASTION DBT_TO_BASTION",
    "TUNNEL, FORWARD, BASTION_TO_WAREHOUSE",
    "TUNNEL, TLS, BASTION_TO_WAREHOUSE",
  })
  void aNetworkStageThatFailsCastsDoubtOnItsLegs(Route route, Stage stage, String segments) {
    assertThat(Segment.doubtedBy(failed(route, stage)))
        .extracting(Segment::name)
        .containsExactly(segments.split(" "));
  }

  @Test
  void whatCutsIdleTunnelsMayStandOnAnyLeg() {
    assertThat(Segment.doubtedBy(failed(Route.TUNNEL, Stage.HOLD, Code.TUNNEL_RESET)))
        .isEqualTo(
            Set.of(Segment.CHECK_TO_BASTION, Segment.DBT_TO_BASTION, Segment.BASTION_TO_WAREHOUSE));
  }

  @ParameterizedTest
  @EnumSource(
      value = Stage.class,
      names = {"SSH_AUTH", "CREDENTIALS", "LOGIN", "QUERY", "GRANTS"})
  void noOtherStageDoes(Stage stage) {
    assertThat(Segment.doubtedBy(failed(Route.TUNNEL, stage))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "HOST_KEY, HOST_KEY_CHANGED",
    "FORWARD, FORWARDING_REFUSED",
    "TLS, CERTIFICATE_EXPIRED",
    "TLS, NO_TLS",
    "BASTION_DNS, AWS_FAILED",
    "HOLD, TUNNEL_CLOSED",
    "HOLD, SESSION_ENDED"
  })
  void norDoesACauseThatIsNotTheNetworks(Stage stage, Code code) {
    assertThat(Segment.doubtedBy(failed(Route.TUNNEL, stage, code))).isEmpty();
  }

  @Test
  void everyLegBelongsToARoute() {
    assertThat(Segment.of(Route.DIRECT)).containsExactly(Segment.CHECK_TO_WAREHOUSE);
    assertThat(Segment.of(Route.TUNNEL))
        .isEqualTo(
            Set.of(Segment.CHECK_TO_BASTION, Segment.DBT_TO_BASTION, Segment.BASTION_TO_WAREHOUSE));
  }

  private static RouteResult failed(Route route, Stage stage) {
    return failed(route, stage, Code.TCP_TIMEOUT);
  }

  private static RouteResult failed(Route route, Stage stage, Code code) {
    return new RouteResult(
        "analytics",
        route,
        Optional.empty(),
        List.of(
            new StageResult(
                stage,
                Duration.ZERO,
                new StageResult.Outcome.Failed(code, "silence", "Mend it."))));
  }
}
