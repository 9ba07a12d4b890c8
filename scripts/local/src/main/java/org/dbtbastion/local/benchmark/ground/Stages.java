package org.dbtbastion.local.benchmark.ground;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;

/** How long the stages of a check took, by its own report. */
public final class Stages {

  private static final String WHOLE = "the check, by its own clock";

  private Stages() {}

  /** The median of each stage over reports of the same one route; of other answers nothing. */
  public static List<Part> medians(List<String> reports) {
    Map<String, List<Double>> millis = new LinkedHashMap<>();
    for (String report : reports) {
      JsonNode whole = Ground.json(report).path("millis");
      if (whole.isNumber()) {
        millis.computeIfAbsent(WHOLE, _ -> new ArrayList<>()).add(whole.asDouble());
      }
      for (JsonNode stage : Ground.json(report).at("/results/0/stages")) {
        if (!stage.path("status").asText().equals("skipped")) {
          millis
              .computeIfAbsent("stage " + stage.path("stage").asText(), _ -> new ArrayList<>())
              .add(stage.path("millis").asDouble());
        }
      }
    }
    return millis.entrySet().stream()
        .map(
            stage ->
                new Part(
                    stage.getKey(),
                    Unit.MILLISECONDS,
                    new Series(Unit.MILLISECONDS, stage.getValue()).median()))
        .toList();
  }
}
