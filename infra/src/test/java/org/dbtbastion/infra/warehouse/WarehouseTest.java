package org.dbtbastion.infra.warehouse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashSet;
import java.util.Optional;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.junit.jupiter.api.Test;

class WarehouseTest {

  private static Warehouse warehouse(Optional<SecretArn> secret) {
    return new Warehouse(
        "analytics",
        "w.example",
        5439,
        "dev",
        "sg-0a1b2c3d",
        secret,
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void connectionIsWhatTheCheckReads() {
    assertThat(warehouse(Optional.of(new SecretArn(SampleContext.SECRET))).connection())
        .isEqualTo(connection(Optional.of(new Authentication.Database(SampleContext.SECRET))));
  }

  @Test
  void connectionHasNoSecretWhereTheCheckIsNotToLogIn() {
    assertThat(warehouse(Optional.empty()).connection()).isEqualTo(connection(Optional.empty()));
  }

  private static Connection connection(Optional<Authentication> authentication) {
    return new Connection(
        "analytics",
        "w.example",
        5439,
        "dev",
        authentication,
        new LinkedHashSet<>(),
        new LinkedHashSet<>());
  }

  @Test
  void endpointIsWhatHostsForwardTo() {
    assertThat(warehouse(Optional.empty()).endpoint()).isEqualTo("w.example:5439");
  }
}
