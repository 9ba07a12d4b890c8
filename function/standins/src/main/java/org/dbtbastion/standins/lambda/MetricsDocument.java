package org.dbtbastion.standins.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A line of a log out of which CloudWatch Logs makes metrics: a document in the embedded metric
 * format, held to its specification.
 *
 * @param members every member of the document but {@code _aws}, by its name
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html">Specification:
 *     Embedded metric format</a>
 */
public record MetricsDocument(
    String namespace,
    Map<String, String> dimensions,
    Map<String, Metric> metrics,
    Map<String, JsonNode> members) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final int LARGEST_BYTES = 256 * 1024;

  /** Those that are in use here; CloudWatch knows more. */
  private static final Set<String> UNITS = Set.of("Count", "Milliseconds", "Seconds");

  /** A metric's value and unit. */
  public record Metric(double value, String unit) {}

  /** The documents in a log, in their order; other lines are passed over. */
  public static List<MetricsDocument> in(String log) {
    return log.lines()
        .filter(line -> line.contains("\"CloudWatchMetrics\""))
        .map(MetricsDocument::of)
        .toList();
  }

  /**
   * Reads a document with one directive and at most one set of dimensions.
   *
   * @throws AssertionError if it breaks the specification, or CloudWatch's limits
   */
  private static MetricsDocument of(String line) {
    assertThat(line.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(LARGEST_BYTES);
    JsonNode root = json(line);
    JsonNode metadata = root.path("_aws");
    JsonNode timestamp = metadata.path("Timestamp");
    assertThat(timestamp.isIntegralNumber()).as("Timestamp in %s", line).isTrue();
    assertThat(Instant.ofEpochMilli(timestamp.longValue()))
        .isBetween(Instant.now().minus(Duration.ofMinutes(10)), Instant.now());
    assertThat(metadata.path("CloudWatchMetrics").isArray()).as(line).isTrue();
    assertThat(metadata.path("CloudWatchMetrics")).as(line).hasSize(1);
    JsonNode directive = metadata.path("CloudWatchMetrics").get(0);
    assertThat(directive.path("Namespace").asText()).matches("[a-zA-Z0-9._#:/-]{1,255}");
    Map<String, JsonNode> members = new TreeMap<>();
    root.forEachEntry(members::put);
    members.remove("_aws");
    return new MetricsDocument(
        directive.path("Namespace").textValue(),
        dimensions(directive.path("Dimensions"), members),
        metrics(directive.path("Metrics"), members),
        members);
  }

  private static Map<String, String> dimensions(JsonNode sets, Map<String, JsonNode> members) {
    assertThat(sets.isArray()).isTrue();
    // CloudWatch makes a metric for each set; an empty one is a metric without dimensions.
    assertThat(sets).hasSize(1);
    assertThat(sets.get(0).isArray()).isTrue();
    assertThat(sets.get(0)).hasSizeLessThanOrEqualTo(30);
    Map<String, String> dimensions = new TreeMap<>();
    for (JsonNode name : sets.get(0)) {
      assertThat(name.textValue()).matches("[!-~&&[^:]][!-~]{0,249}");
      assertThat(members).containsKey(name.textValue());
      String value = members.get(name.textValue()).textValue();
      assertThat(value).as(name.textValue()).matches("[!-~&&[^:]][!-~]{0,254}");
      dimensions.put(name.textValue(), value);
    }
    return dimensions;
  }

  private static Map<String, Metric> metrics(JsonNode list, Map<String, JsonNode> members) {
    assertThat(list.isArray()).isTrue();
    assertThat(list.size()).isBetween(1, 100);
    Map<String, Metric> metrics = new TreeMap<>();
    for (JsonNode definition : list) {
      String name = definition.path("Name").textValue();
      assertThat(name).matches("[!-~]{1,255}");
      assertThat(definition.path("Unit").textValue()).as(name).isIn(UNITS);
      assertThat(definition.path("StorageResolution").asInt(60)).as(name).isIn(1, 60);
      assertThat(members).containsKey(name);
      assertThat(members.get(name).isNumber()).as(name).isTrue();
      Metric metric =
          new Metric(members.get(name).doubleValue(), definition.path("Unit").textValue());
      assertThat(metric.value()).as(name).isNotNegative().isFinite();
      assertThat(metrics.put(name, metric)).as("%s is there twice", name).isNull();
    }
    return metrics;
  }

  private static JsonNode json(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + line, e);
    }
  }
}
