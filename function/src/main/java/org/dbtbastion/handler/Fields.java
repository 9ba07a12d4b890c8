package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The fields of a request, and what is wrong with them. What nobody asked for in the end is
 * unknown. For one request, by one thread.
 */
final class Fields {

  private static final int QUOTED_LENGTH = 50;

  private final JsonNode json;
  private final Set<String> asked = new TreeSet<>();
  private final List<Problem> problems = new ArrayList<>();

  Fields(JsonNode json) {
    this.json = json;
  }

  /** All that was found to be wrong. */
  List<Problem> problems() {
    return List.copyOf(problems);
  }

  void problem(String field, String code, String message, String remedy) {
    problem(new Problem(field, code, message, remedy));
  }

  void problem(Problem problem) {
    problems.add(problem);
  }

  /** Whether the field is there, be it null. */
  boolean has(String field) {
    asked.add(field);
    return json.has(field);
  }

  /** The field's value; empty, and a problem, if it is missing or of another type. */
  Optional<JsonNode> required(String field, Predicate<JsonNode> type, String expected) {
    if (!has(field)) {
      problem(field, "field-missing", "It is missing.", "Give " + expected + ".");
      return Optional.empty();
    }
    if (!type.test(json.get(field))) {
      wrongType(field, json.get(field), expected);
      return Optional.empty();
    }
    return Optional.of(json.get(field));
  }

  /** As {@link #required}, of text. */
  Optional<String> text(String field) {
    return required(field, JsonNode::isTextual, "text").map(JsonNode::textValue);
  }

  /**
   * As {@link #required}, of a list of text that is not empty; in its order, without repetition.
   */
  Optional<Set<String>> texts(String field) {
    Optional<JsonNode> list =
        required(field, node -> node.isArray() && !node.isEmpty(), "a list of text");
    if (list.isEmpty()) {
      return Optional.empty();
    }
    Set<String> texts = new LinkedHashSet<>();
    for (JsonNode element : list.get()) {
      if (!element.isTextual()) {
        wrongType(field, element, "a list of text");
        return Optional.empty();
      }
      texts.add(element.textValue());
    }
    return Optional.of(texts);
  }

  /** Every field that nobody asked for is a problem. */
  void refuseOthers(String action) {
    for (String field : new TreeSet<>(names())) {
      if (!asked.contains(field)) {
        problem(
            quoted(field),
            "field-unknown",
            action + " has no such field.",
            "Remove it; the fields are: " + String.join(", ", asked) + ".");
      }
    }
  }

  /**
   * What somebody sent, printable. Of a text that is longer than any name, its length: it may be a
   * private key, pasted into the wrong field.
   */
  static String quoted(String text) {
    int length = text.codePointCount(0, text.length());
    return length > QUOTED_LENGTH
        ? "(a text of " + length + " characters)"
        : "'" + text.replaceAll("\\p{C}", "?") + "'";
  }

  private void wrongType(String field, JsonNode found, String expected) {
    String type = found.getNodeType().name().toLowerCase(Locale.ROOT);
    problem(
        field,
        "field-type",
        found.isArray() && found.isEmpty() ? "It is an empty list." : "It is of type " + type + ".",
        "Give " + expected + ".");
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
