package org.dbtbastion.local.benchmark.report;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a whole run has measured.
 *
 * @param command as it was typed
 * @param machine what it was measured on, by name
 * @param failures why rows could not be measured, by row
 */
public record Report(
    String command,
    Instant started,
    Duration took,
    Map<String, String> machine,
    List<Findings> findings,
    Map<String, String> failures) {

  private static final List<String> HEADINGS =
      List.of("What", "Here", "Beside", "There", "Ratio", "Goal", "Met");

  private List<Line> lines() {
    return findings.stream().flatMap(one -> one.lines().stream()).toList();
  }

  private List<Breakdown> breakdowns() {
    return findings.stream().flatMap(one -> one.breakdowns().stream()).toList();
  }

  /** As GitHub's Markdown shows it, and a terminal too. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    List<List<String>> rows = new ArrayList<>(List.of(HEADINGS));
    lines().forEach(line -> rows.add(cells(line)));
    text.append(MarkdownTable.of(rows));
    for (Breakdown breakdown : breakdowns()) {
      text.append("\nWhere it goes: ").append(breakdown.title()).append("\n\n");
      List<List<String>> parts = new ArrayList<>(List.of(List.of("Part", "Figure")));
      breakdown
          .parts()
          .forEach(part -> parts.add(List.of(part.what(), part.unit().text(part.value()))));
      text.append(MarkdownTable.of(parts));
    }
    text.append(
        "\nMeasured in %d s by `%s`, from %s:\n\n"
            .formatted(took.toSeconds(), command, started.truncatedTo(ChronoUnit.SECONDS)));
    machine.forEach((name, value) -> text.append("- %s: %s\n".formatted(name, value)));
    text.append("\nWhat skews it:\n\n");
    Machine.SKEWS.forEach(skew -> text.append("- ").append(skew).append('\n'));
    if (!failures.isEmpty()) {
      text.append("\nCould not be measured:\n\n");
      failures.forEach((row, why) -> text.append("- %s: %s\n".formatted(row, why)));
    }
    return text.toString();
  }

  private static List<String> cells(Line line) {
    return List.of(
        line.what(),
        line.ours().text(),
        line.beside().map(Line.Beside::what).orElse(""),
        line.beside().map(other -> other.series().text()).orElse(""),
        line.ratio().isPresent() ? Unit.number(line.ratio().getAsDouble()) : "",
        line.goal().map(Goal::text).orElse(""),
        line.met().map(met -> met ? "yes" : "**no**").orElse(""));
  }

  /** For programs. */
  public String json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("command", command);
    json.put("started", started.truncatedTo(ChronoUnit.SECONDS).toString());
    json.put("seconds", took.toSeconds());
    ObjectNode where = json.putObject("machine");
    machine.forEach(where::put);
    ArrayNode skews = json.putArray("skews");
    Machine.SKEWS.forEach(skews::add);
    ArrayNode all = json.putArray("lines");
    lines().forEach(line -> put(all.addObject(), line));
    ArrayNode apart = json.putArray("breakdowns");
    breakdowns().forEach(breakdown -> put(apart.addObject(), breakdown));
    ObjectNode missing = json.putObject("failures");
    failures.forEach(missing::put);
    try {
      return new ObjectMapper()
              .writer(
                  new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")))
              .writeValueAsString(json)
          + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void put(ObjectNode json, Line line) {
    json.put("row", line.row()).put("what", line.what());
    put(json.putObject("here"), line.ours());
    line.beside()
        .ifPresent(
            other -> {
              json.put("beside", other.what());
              put(json.putObject("there"), other.series());
            });
    line.ratio().ifPresent(ratio -> json.put("ratio", ratio));
    line.goal().ifPresent(goal -> json.put("goal", goal.text()));
    line.met().ifPresent(met -> json.put("met", met));
  }

  private static void put(ObjectNode json, Series series) {
    json.put("unit", series.unit().symbol())
        .put("median", series.median())
        .put("least", series.least())
        .put("most", series.most());
    ArrayNode values = json.putArray("values");
    series.values().forEach(values::add);
  }

  private static void put(ObjectNode json, Breakdown breakdown) {
    json.put("row", breakdown.row()).put("what", breakdown.title());
    ArrayNode parts = json.putArray("parts");
    for (Breakdown.Part part : breakdown.parts()) {
      parts
          .addObject()
          .put("part", part.what())
          .put("unit", part.unit().symbol())
          .put("value", part.value());
    }
  }
}
