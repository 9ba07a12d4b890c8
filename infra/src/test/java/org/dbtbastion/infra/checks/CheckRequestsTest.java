package org.dbtbastion.infra.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckRequestsTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 200})
  void oneScheduleChecksAllThatOneInvocationHolds(int connections) {
    assertThat(CheckRequests.of(names(connections))).containsExactly("{\"action\":\"check\"}");
  }

  @ParameterizedTest
  @CsvSource({"201,2,100,101", "400,2,200,200", "401,3,133,134", "450,3,150,150"})
  void moreAreSharedOutEvenly(int connections, int schedules, int fewest, int most) {
    List<String> requests = CheckRequests.of(names(connections));

    assertThat(requests).hasSize(schedules);
    List<String> checked = new ArrayList<>();
    for (String request : requests) {
      JsonNode json = json(request);
      assertThat(json.fieldNames()).toIterable().containsExactly("action", "connections");
      assertThat(json.get("action").textValue()).isEqualTo("check");
      assertThat(json.get("connections").size()).isBetween(fewest, most);
      json.get("connections").forEach(name -> checked.add(name.textValue()));
    }
    assertThat(checked).as("each once").isEqualTo(names(connections));
  }

  @Test
  void aRequestFitsIntoASchedule() {
    // The longest name of a parameter's last part; EventBridge Scheduler takes 256 KB.
    List<String> longNames =
        IntStream.range(0, 450).mapToObj(i -> "%04d".formatted(i) + "x".repeat(124)).toList();

    assertThat(CheckRequests.of(longNames))
        .allSatisfy(
            request ->
                assertThat(request.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(256 * 1024));
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
