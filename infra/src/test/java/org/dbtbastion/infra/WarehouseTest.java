package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class WarehouseTest {

  private static Warehouse warehouse(Optional<SecretArn> secret) {
    return new Warehouse("analytics", "w.example", 5439, "dev", "sg-0a1b2c3d", secret);
  }

  @Test
  void connectionIsWhatTheCheckReads() {
    assertThat(warehouse(Optional.of(new SecretArn(ConfigurationTest.SECRET))).connectionJson())
        .isEqualTo(
            "{\"host\":\"w.example\",\"port\":5439,\"database\":\"dev\",\"secret\":\""
                + ConfigurationTest.SECRET
                + "\"}");
  }

  @Test
  void connectionHasNoSecretWhereTheCheckIsNotToLogIn() {
    assertThat(warehouse(Optional.empty()).connectionJson())
        .isEqualTo("{\"host\":\"w.example\",\"port\":5439,\"database\":\"dev\"}");
  }

  @Test
  void endpointIsWhatHostsForwardTo() {
    assertThat(warehouse(Optional.empty()).endpoint()).isEqualTo("w.example:5439");
  }
}
