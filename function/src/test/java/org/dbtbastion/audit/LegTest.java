package org.dbtbastion.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.check.Code;
import org.dbtbastion.check.Route;
import org.dbtbastion.check.RouteResult;
import org.dbtbastion.check.Stage;
import org.dbtbastion.check.StageResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LegTest {

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
  void aNetworkStageThatFailsCastsDoubtOnItsLegs(Route route, Stage stage, String legs) {
    assertThat(Leg.doubtedBy(failed(route, stage)))
        .extracting(Leg::name)
        .containsExactly(legs.split(" "));
  }

  @Test
  void whatCutsIdleTunnelsMayStandOnAnyLeg() {
    assertThat(Leg.doubtedBy(failed(Route.TUNNEL, Stage.HOLD, Code.TUNNEL_RESET)))
        .isEqualTo(Set.of(Leg.CHECK_TO_BASTION, Leg.DBT_TO_BASTION, Leg.BASTION_TO_WAREHOUSE));
  }

  @ParameterizedTest
  @EnumSource(
      value = Stage.class,
      names = {"SSH_AUTH", "CREDENTIALS", "LOGIN", "QUERY", "GRANTS"})
  void noOtherStageDoes(Stage stage) {
    assertThat(Leg.doubtedBy(failed(Route.TUNNEL, stage))).isEmpty();
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
    assertThat(Leg.doubtedBy(failed(Route.TUNNEL, stage, code))).isEmpty();
  }

  @Test
  void everyLegBelongsToARoute() {
    assertThat(Leg.of(Route.DIRECT)).containsExactly(Leg.CHECK_TO_WAREHOUSE);
    assertThat(Leg.of(Route.TUNNEL))
        .isEqualTo(Set.of(Leg.CHECK_TO_BASTION, Leg.DBT_TO_BASTION, Leg.BASTION_TO_WAREHOUSE));
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
