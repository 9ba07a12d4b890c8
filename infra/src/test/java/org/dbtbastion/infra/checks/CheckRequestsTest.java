package org.dbtbastion.infra.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.checks.CheckRequests.Recurring;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckRequestsTest {

  private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);
  private static final Configuration.Checks CHECKS =
      new Configuration.Checks(List.of(), FIVE_MINUTES, Optional.empty());

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 200})
  void oneScheduleChecksAllThatOneInvocationHolds(int connections) {
    assertThat(CheckRequests.of(clusters(names(connections)), CHECKS))
        .containsExactly(
            new Recurring("{\"action\":\"check\"}", FIVE_MINUTES, "Checks every connection"));
  }

  @ParameterizedTest
  @CsvSource({"201,2,100,101", "400,2,200,200", "401,3,133,134", "450,3,150,150"})
  void moreAreSharedOutEvenly(int connections, int schedules, int fewest, int most) {
    List<Recurring> requests = CheckRequests.of(clusters(names(connections)), CHECKS);

    assertThat(requests).hasSize(schedules);
    List<String> checked = new ArrayList<>();
    for (Recurring request : requests) {
      JsonNode json = json(request.json());
      assertThat(json.fieldNames()).toIterable().containsExactly("action", "connections");
      assertThat(json.get("action").textValue()).isEqualTo("check");
      assertThat(json.get("connections").size()).isBetween(fewest, most);
      json.get("connections").forEach(name -> checked.add(name.textValue()));
    }
    assertThat(checked).as("each once").isEqualTo(names(connections));
  }

  /** A login makes a workgroup compute, which is paid for by the minute. */
  @Test
  void logsInToServerlessOnAScheduleOfItsOwn() {
    CheckedConnections checked =
        new CheckedConnections(
            List.of(connection("cluster", true), connection("adhoc", true)),
            Set.of("adhoc"),
            Map.of());

    assertThat(CheckRequests.of(checked, CHECKS))
        .containsExactly(
            new Recurring(
                "{\"action\":\"check\",\"connections\":[\"cluster\"]}",
                FIVE_MINUTES,
                "Checks its share of the connections"),
            new Recurring(
                "{\"action\":\"check\",\"connections\":[\"adhoc\"],\"login\":false}",
                FIVE_MINUTES,
                "Checks connections up to TLS"),
            new Recurring(
                "{\"action\":\"check\",\"connections\":[\"adhoc\"]}",
                Duration.ofHours(6),
                "Checks connections with their login"));
    assertThat(checked.rarestLogins(CHECKS)).contains(Duration.ofHours(6));
  }

  @Test
  void withoutALoginAWorkgroupIsCheckedAsACluster() {
    CheckedConnections checked =
        new CheckedConnections(List.of(connection("adhoc", false)), Set.of("adhoc"), Map.of());

    assertThat(CheckRequests.of(checked, CHECKS))
        .extracting(Recurring::json)
        .containsExactly("{\"action\":\"check\"}");
    assertThat(checked.rarestLogins(CHECKS)).isEmpty();
  }

  @Test
  void aRequestFitsIntoASchedule() {
    // The longest name of a parameter's last part; EventBridge Scheduler takes 256 KB.
    List<String> longNames =
        IntStream.range(0, 450).mapToObj(i -> "%04d".formatted(i) + "x".repeat(124)).toList();

    assertThat(CheckRequests.of(clusters(longNames), CHECKS))
        .allSatisfy(
            request ->
                assertThat(request.json().getBytes(StandardCharsets.UTF_8))
                    .hasSizeLessThan(256 * 1024));
  }

  @ParameterizedTest
  @CsvSource({"PT5M, 438.00", "PT6H, 6.08", "P1D, 1.52"})
  void aLoginIsAMinuteOfComputing(Duration interval, double dollars) {
    assertThat(Math.round(LoginCosts.dollars(interval) * 100) / 100.0).isEqualTo(dollars);
  }

  private static CheckedConnections clusters(List<String> names) {
    return new CheckedConnections(
        names.stream().map(name -> connection(name, true)).toList(), Set.of(), Map.of());
  }

  private static Connection connection(String name, boolean login) {
    return new Connection(
        name,
        name + ".example",
        5439,
        "dev",
        login ? Optional.of(new Authentication.Database(SampleContext.SECRET)) : Optional.empty(),
        new LinkedHashSet<>(),
        new LinkedHashSet<>());
  }

  private static List<String> names(int connections) {
    return IntStream.range(0, connections).mapToObj("connection-%d"::formatted).toList();
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }
}
