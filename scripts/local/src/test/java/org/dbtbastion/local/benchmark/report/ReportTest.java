package org.dbtbastion.local.benchmark.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.junit.jupiter.api.Test;

class ReportTest {

  private static final Line FAST =
      Line.of("zip", "fast|er", Series.of(Unit.MILLISECONDS, 40.0, 60.0))
          .beside("`psql`", Series.of(Unit.MILLISECONDS, 100.0, 100.0))
          .goal(new Goal.RatioAtMost(0.5));
  private static final Line DROPPED =
      Line.of("zip", "dropped", Series.of(Unit.PERCENT, 1.0))
          .beside("defaults", Series.of(Unit.PERCENT, 30.0))
          .goal(new Goal.AtMost(Unit.PERCENT, 0));
  private static final Line PLAIN = Line.of("zip", "plain", Series.of(Unit.SECONDS, 2.5));
  private static final Report REPORT =
      new Report(
          "scripts/benchmark --only x",
          Instant.parse("2026-11-23T20:00:00.5Z"),
          Duration.ofSeconds(77),
          Map.of("commit", "abc"),
          List.of(
              new Findings(
                  List.of(FAST, DROPPED, PLAIN),
                  List.of(
                      new Breakdown(
                          "zip", "fast", List.of(new Part("tls", Unit.MILLISECONDS, 7)))))),
          Map.of("synth", "cdk is missing"));

  @Test
  void theTableIsAlignedMarkdown() {
    assertThat(REPORT.markdown())
        .startsWith(
            """
            | What     | Here                 | Beside   | There                   | Ratio | Goal     | Met    |
            | -------- | -------------------- | -------- | ----------------------- | ----- | -------- | ------ |
            | fast\\|er | 50 ms (40–60, n = 2) | `psql`   | 100 ms (100–100, n = 2) | 0.50  | ≤ 0.50 × | yes    |
            | dropped  | 1 %                  | defaults | 30 %                    |       | ≤ 0 %    | **no** |
            | plain    | 2.50 s               |          |                         |       |          |        |
            """)
        .contains("| tls  | 7 ms   |")
        .contains("Measured in 77 s by `scripts/benchmark --only x`, from 2026-11-23T20:00:00Z")
        .contains("- commit: abc")
        .contains("- synth: cdk is missing")
        .contains("What skews it:");
  }

  @Test
  void jsonHasEveryRunOfEveryFigure() throws Exception {
    JsonNode json = new ObjectMapper().readTree(REPORT.json());

    JsonNode fast = json.at("/lines/0");
    assertThat(fast.at("/row").asText()).isEqualTo("zip");
    assertThat(fast.at("/here/unit").asText()).isEqualTo("ms");
    assertThat(fast.at("/here/median").asDouble()).isEqualTo(50);
    assertThat(fast.at("/here/values")).extracting(JsonNode::asDouble).containsExactly(40.0, 60.0);
    assertThat(fast.at("/there/most").asDouble()).isEqualTo(100);
    assertThat(fast.at("/ratio").asDouble()).isEqualTo(0.5);
    assertThat(fast.at("/met").asBoolean()).isTrue();
    assertThat(json.at("/lines/1").has("ratio")).isFalse();
    assertThat(json.at("/lines/1/met").asBoolean(true)).isFalse();
    assertThat(json.at("/lines/2").has("met")).isFalse();
    assertThat(json.at("/breakdowns/0/parts/0/value").asInt()).isEqualTo(7);
    assertThat(json.at("/failures/synth").asText()).isEqualTo("cdk is missing");
    assertThat(json.at("/skews")).isNotEmpty();
    assertThat(json.at("/seconds").asInt()).isEqualTo(77);
  }

  @Test
  void goalsAreMetAtTheirLimitsAndNotBeyond() {
    Line line =
        Line.of("zip", "x", Series.of(Unit.SECONDS, 6.0)).beside("y", Series.of(Unit.SECONDS, 3.0));

    assertThat(line.goal(new Goal.RatioAtMost(2)).met()).contains(true);
    assertThat(line.goal(new Goal.RatioAtMost(1.9)).met()).contains(false);
    assertThat(line.goal(new Goal.RatioAtLeast(2)).met()).contains(true);
    assertThat(line.goal(new Goal.RatioAtLeast(2.1)).met()).contains(false);
    assertThat(line.goal(new Goal.AtMost(Unit.SECONDS, 6)).met()).contains(true);
    assertThat(line.goal(new Goal.AtMost(Unit.SECONDS, 5.9)).met()).contains(false);
    assertThat(line.met()).isEmpty();
  }
}
