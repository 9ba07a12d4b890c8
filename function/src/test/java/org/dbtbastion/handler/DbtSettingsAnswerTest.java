package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.dbt.Profile;
import org.dbtbastion.dbt.Tunnel;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.registry.ListedKey;
import org.dbtbastion.registry.RegisteredKey;
import org.junit.jupiter.api.Test;

/** The wire format, exact but for the texts that {@link Profile} writes. */
class DbtSettingsAnswerTest {

  private static final Instant REGISTERED = Instant.parse("2026-11-23T03:00:00Z");
  private static final Tunnel TUNNEL = new Tunnel("203.0.113.10", 22, "dbtcloud");

  private static final Issuer CLUSTER = new Issuer.Cluster("analytics");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static Profile profile(Authentication authentication) {
    Connection connection =
        new Connection(
            "analytics",
            "analytics.example.com",
            5439,
            "dev",
            Optional.of(authentication),
            new LinkedHashSet<>(List.of("dbt_prod")),
            new LinkedHashSet<>());
    return new Profile(connection, "us-east-1");
  }

  private static ListedKey key(String label) {
    return new ListedKey(
        new RegisteredKey(KeyLine.accepted(KeyLine.ED25519), label, REGISTERED, Optional.empty()),
        Optional.of(REGISTERED),
        false);
  }

  @Test
  void saysWhatToTypeForEachConnection() throws JsonProcessingException {
    Profile profile = profile(new Authentication.Iam(CLUSTER, "dbt", false, List.of()));

    JsonNode connection = answer(profile).get("connections").get(0);

    assertThat(connection.fieldNames())
        .toIterable()
        .containsExactly(
            "connection",
            "method",
            "fields",
            "extendedAttributes",
            "profilesYml",
            "environmentVariables",
            "warnings");
    assertThat(connection.get("connection").textValue()).isEqualTo("analytics");
    assertThat(connection.get("method").textValue()).isEqualTo("iam");
    assertThat(connection.get("fields").toString())
        .isEqualTo("{\"Host Name\":\"analytics.example.com\",\"Port\":5439,\"Database\":\"dev\"}");
    assertThat(connection.get("extendedAttributes").textValue())
        .isEqualTo(profile.extendedAttributes().orElseThrow());
    assertThat(connection.get("profilesYml").textValue()).isEqualTo(profile.profilesYml());
    assertThat(connection.get("environmentVariables"))
        .isEqualTo(
            JSON.readTree(
                """
                {"DBT_ENV_ACCESS_KEY_ID": "the IAM user's access key ID",
                 "DBT_ENV_SECRET_ACCESS_KEY": "the IAM user's secret access key"}
                """));
    assertThat(connection.get("warnings"))
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.fieldNames())
                  .toIterable()
                  .containsExactly("code", "message", "remedy");
              assertThat(warning.get("code").textValue()).isEqualTo("not-in-dbt-tunnels");
            });
  }

  @Test
  void leavesOutWhatAMethodDoesNotNeed() {
    JsonNode connection =
        answer(profile(new Authentication.Database("dbt/analytics"))).get("connections").get(0);

    assertThat(connection.has("extendedAttributes")).isFalse();
    assertThat(connection.get("warnings")).isEmpty();
  }

  @Test
  void saysWhereTheTunnelEnters() {
    JsonNode tunnel = answer().get("tunnel");

    assertThat(tunnel.get("fields").toString())
        .isEqualTo("{\"Hostname\":\"203.0.113.10\",\"Port\":22,\"Username\":\"dbtcloud\"}");
    assertThat(tunnel.get("warnings"))
        .extracting(warning -> warning.get("code").textValue())
        .containsExactly("fusion-without-tunnels");
  }

  @Test
  void saysWhoseKeyEachIsByItsLabel() {
    JsonNode keys =
        DbtSettingsAnswer.of(
                List.of(), TUNNEL, List.of(key("connection-check"), key("prod: analytics")))
            .get("keys");

    assertThat(keys.get(0).has("dbtConnection")).as("the check's own").isFalse();
    assertThat(keys.get(1).toString())
        .isEqualTo(
            "{\"dbtConnection\":\"prod: analytics\",\"fingerprint\":\"%s\","
                    .formatted(KeyLine.ED25519_FINGERPRINT)
                + "\"type\":\"ssh-ed25519\",\"bits\":256,\"label\":\"prod: analytics\","
                + "\"registered\":\"2026-11-23T03:00:00Z\",\"expired\":false,"
                + "\"lastSeen\":\"2026-11-23T03:00:00Z\"}");
  }

  private static ObjectNode answer(Profile... profiles) {
    ObjectNode answer = DbtSettingsAnswer.of(List.of(profiles), TUNNEL, List.of());
    assertThat(answer.get("ok").booleanValue()).isTrue();
    return answer;
  }
}
