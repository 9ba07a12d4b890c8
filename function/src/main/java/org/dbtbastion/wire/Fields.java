package org.dbtbastion.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.dbtbastion.problem.Problem;
import org.dbtbastion.problem.Problems;
import org.dbtbastion.text.Printable;

/**
 * The fields of a JSON object, and their problems. Fields that nobody asked for are unknown. A
 * nested object adds its problems to those of the whole. Not thread-safe.
 */
public final class Fields {

  private static final int QUOTED_LENGTH = 50;

  private final JsonNode json;
  private final String path;
  private final Problems<Problem> problems;
  private final Set<String> asked = new TreeSet<>();

  /** The fields of a whole. */
  public Fields(JsonNode json) {
    this(json, "", new Problems<>());
  }

  private Fields(JsonNode json, String path, Problems<Problem> problems) {
    this.json = json;
    this.path = path;
    this.problems = problems;
  }

  /** All that was found to be wrong, here and in what this is a part of. */
  public List<Problem> problems() {
    return problems.found();
  }

  /**
   * To be called before anything that was read is used.
   *
   * @param refusal makes the exception of all that was found
   * @throws X if there was anything
   */
  public <X extends Exception> void throwIfAny(Function<List<Problem>, X> refusal) throws X {
    problems.throwIfAny(refusal);
  }

  /**
   * Something is wrong with a field.
   *
   * @see Problem
   */
  public void problem(String field, String code, String message, String remedy) {
    problem(new Problem(field, code, message, remedy));
  }

  /** As {@link #problem(String, String, String, String)}. */
  public void problem(Problem problem) {
    problems.add(
        new Problem(path + problem.field(), problem.code(), problem.message(), problem.remedy()));
  }

  /** Whether the field is there, be it null. */
  public boolean has(String field) {
    asked.add(field);
    return json.has(field);
  }

  /** The field's value; empty, and a problem, if it is missing or of another type. */
  public Optional<JsonNode> required(String field, Predicate<JsonNode> type, String expected) {
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

  /**
   * True or false; a problem, and what it is if it is left out, if it is something else.
   *
   * @param leftOut what it is if it is left out
   */
  public boolean flag(String field, boolean leftOut) {
    return has(field)
        ? required(field, JsonNode::isBoolean, "true or false")
            .map(JsonNode::booleanValue)
            .orElse(leftOut)
        : leftOut;
  }

  /** As {@link #required}, of text. */
  public Optional<String> text(String field) {
    return required(field, JsonNode::isTextual, "text").map(JsonNode::textValue);
  }

  /**
   * As {@link #required}, of a list of text that is not empty; in its order, without repetition.
   */
  public Optional<Set<String>> texts(String field) {
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

  /** The object in a field; empty, and a problem, if it is missing or no object. */
  public Optional<Fields> object(String field) {
    return required(field, JsonNode::isObject, "an object")
        .map(node -> new Fields(node, path + field + ".", problems));
  }

  /** The elements of a list; those that are no objects are problems, and left out. */
  public List<Fields> objects(String field) {
    List<Fields> objects = new ArrayList<>();
    Optional<JsonNode> list =
        required(field, node -> node.isArray() && !node.isEmpty(), "a list of objects");
    for (int i = 0; list.isPresent() && i < list.get().size(); i++) {
      String element = field + "[" + i + "]";
      if (list.get().get(i).isObject()) {
        objects.add(new Fields(list.get().get(i), path + element + ".", problems));
      } else {
        wrongType(element, list.get().get(i), "an object");
      }
    }
    return objects;
  }

  /** What an element of a list may be, where it may be text or an object. */
  public sealed interface Element {
    /** Text. */
    record Text(String text) implements Element {}

    /** An object, whose problems are those of the whole. */
    record Whole(Fields fields) implements Element {}

    /** Neither, which is a problem. */
    record Wrong() implements Element {}
  }

  /**
   * An element of a list that is there.
   *
   * @param expected what it should be, in words
   */
  public Element element(String field, int index, String expected) {
    JsonNode element = json.get(field).get(index);
    String place = field + "[" + index + "]";
    if (element.isTextual()) {
      return new Element.Text(element.textValue());
    }
    if (element.isObject()) {
      return new Element.Whole(new Fields(element, path + place + ".", problems));
    }
    wrongType(place, element, expected);
    return new Element.Wrong();
  }

  /**
   * Every field that nobody asked for is a problem.
   *
   * @param owner what should not have it, such as {@code register-key}
   */
  public void refuseOthers(String owner) {
    for (String field : new TreeSet<>(names())) {
      if (!asked.contains(field)) {
        problem(
            quoted(field),
            "field-unknown",
            owner + " has no such field.",
            "Remove it; the fields are: " + String.join(", ", asked) + ".");
      }
    }
  }

  /**
   * What somebody sent, printable. Of a text that is longer than any name, its length: it may be a
   * private key, pasted into the wrong field.
   */
  public static String quoted(String text) {
    int length = text.codePointCount(0, text.length());
    return length > QUOTED_LENGTH
        ? "(a text of " + length + " characters)"
        : "'" + Printable.of(text) + "'";
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
