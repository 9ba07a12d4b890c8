package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConnectionTest {

  @Test
  void isWhatTheCheckReads() {
    assertThat(
            new Connection("analytics", "w.example", 5439, "dev", ConfigurationTest.SECRET).json())
        .isEqualTo(
            "{\"host\":\"w.example\",\"port\":5439,\"database\":\"dev\",\"secret\":\""
                + ConfigurationTest.SECRET
                + "\"}");
  }

  @Test
  void hasNoSecretWhereTheCheckIsNotToLogIn() {
    assertThat(new Connection("analytics", "w.example", 5439, "dev", null).json())
        .isEqualTo("{\"host\":\"w.example\",\"port\":5439,\"database\":\"dev\"}");
  }
}
