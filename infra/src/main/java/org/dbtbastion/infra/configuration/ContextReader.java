package org.dbtbastion.infra.configuration;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.dbtbastion.address.TcpPort;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.problem.Problems;

/**
 * Reads values of the CDK context and gathers what is wrong with them. A value comes as text from
 * {@code -c key=value} and as whatever JSON it is from cdk.json; an empty one counts as left out,
 * because that is what {@code -c key=$UNSET} gives.
 */
final class ContextReader {

  /** In place of a value that may be secret. */
  static final String NOT_SHOWN = "…";

  /** Part of the first line of every private key. */
  static final String PRIVATE_KEY = "PRIVATE KEY";

  // Whoever takes a secret's name for its content gives a password here.
  private static final Set<String> SECRETS = Set.of("secret");

  private static final ObjectMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Map<String, ?> context;
  private final Problems<ConfigurationProblem> problems = new Problems<>();

  ContextReader(Map<String, ?> context) {
    this.context = Objects.requireNonNull(context, "context");
  }

  /** Whether nothing was wrong so far. */
  boolean isFine() {
    return problems.isEmpty();
  }

  /**
   * To be called before anything that was read is used.
   *
   * @throws ConfigurationException with all that was wrong, if there was anything
   */
  void throwIfAny() {
    problems.throwIfAny(ConfigurationException::new);
  }

  /** Keys that are neither CDK's nor among these are refused, each with the nearest of these. */
  void refuseAllBut(SequencedSet<String> keys) {
    for (String key : new TreeSet<>(context.keySet())) {
      if (!keys.contains(key) && !belongsToCdk(key)) {
        // Not its value, of which nobody knows what it is.
        problems.add(
            new ConfigurationProblem(
                key,
                NOT_SHOWN,
                "the keys " + String.join(", ", keys),
                "did you mean %s?".formatted(Spelling.nearest(key, keys))));
      }
    }
  }

  // aws:cdk:…, @aws-cdk/…, vpc-provider:account=…, availability-zones:… and the like.
  private static boolean belongsToCdk(String key) {
    return key.contains(":")
        || key.startsWith("@")
        || key.startsWith("cdk-")
        || key.equals("cli-telemetry");
  }

  /** Whether the key has a value. */
  boolean has(String key) {
    return value(key).isPresent();
  }

  /** The value as text; empty where it was left out. */
  Optional<String> value(String key) {
    Object value = context.get(key);
    return value == null
        ? Optional.empty()
        : Optional.of(text(value).strip()).filter(text -> !text.isEmpty());
  }

  /** The value if it has this syntax; else null, or what is taken where it was left out. */
  String matching(String key, String otherwise, Pattern syntax, String allowed, String fix) {
    Optional<String> value = value(key);
    if (value.isEmpty()) {
      return otherwise == null ? missing(key, allowed, fix) : otherwise;
    }
    if (!syntax.matcher(value.get()).matches()) {
      refuse(key, value.get(), allowed, fix);
      return otherwise;
    }
    return value.get();
  }

  /** As {@link #number}, of a TCP port. */
  int port(String key, int otherwise) {
    return number(
        key,
        otherwise,
        TcpPort.LEAST,
        TcpPort.GREATEST,
        "leave it out for %d".formatted(otherwise));
  }

  /** The value if it is a number in the range; else what is taken where it was left out. */
  int number(String key, int otherwise, int least, int most, String fix) {
    Optional<String> value = value(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (value.get().matches("\\d{1,9}")) {
      int number = Integer.parseInt(value.get());
      if (number >= least && number <= most) {
        return number;
      }
    }
    String allowed = least == most ? Integer.toString(least) : "%d to %d".formatted(least, most);
    refuse(key, value.get(), allowed, fix);
    return otherwise;
  }

  /** The value if it is a truth value; false where it was left out. */
  boolean flag(String key) {
    Optional<String> value = value(key);
    if (value.isPresent() && !value.get().matches("true|false")) {
      refuse(key, value.get(), "true or false", "leave it out for false");
    }
    return value.filter("true"::equals).isPresent();
  }

  /** One value, several with commas between, or an array. */
  List<String> list(String key) {
    Object given = context.get(key);
    if (given instanceof List<?> elements) {
      return elements(elements, ContextReader::text);
    }
    String value = value(key).orElse("");
    if (value.startsWith("[")) {
      try {
        JsonNode parsed = new ObjectMapper().readTree(value);
        return elements(parsed.valueStream().toList(), JsonNode::asText);
      } catch (JsonProcessingException e) {
        refuse(
            key,
            value,
            "one value, several with commas between, or a JSON array of strings",
            "write it with commas between");
        return List.of();
      }
    }
    return elements(List.of(value.split(",")), Function.identity());
  }

  /** As {@link #list}, of values that have this syntax, each once. */
  List<String> listOf(String key, Pattern syntax, String allowed, String fix) {
    List<String> values = new ArrayList<>();
    for (String value : list(key)) {
      if (!syntax.matcher(value).matches()) {
        refuse(key, value, allowed, fix);
      } else if (values.contains(value)) {
        refuse(key, value, "each once", "leave out the second one");
      } else {
        values.add(value);
      }
    }
    return values;
  }

  /** JSON, as text from the command line or as it is from cdk.json. */
  Optional<JsonNode> json(String key) {
    if (!(context.get(key) instanceof String text)) {
      return Optional.ofNullable(context.get(key)).map(STRICT::valueToTree);
    }
    try {
      return text.isBlank() ? Optional.empty() : Optional.of(STRICT.readTree(text));
    } catch (JsonProcessingException e) {
      refuse(
          key,
          NOT_SHOWN,
          "JSON; this is not, at line %d, column %d"
              .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()),
          // The CDK's command line drops what comes after a line's end.
          "write it on one line between single quotes, or into cdk.json");
      return Optional.empty();
    }
  }

  private static <T> List<String> elements(List<T> elements, Function<T, String> text) {
    return elements.stream()
        .map(text)
        .map(String::strip)
        .filter(element -> !element.isEmpty())
        .toList();
  }

  /** A value is missing. Gives null, in place of that value. */
  String missing(String key, String allowed, String fix) {
    return refuse(key, null, allowed, fix);
  }

  /** A value makes no sense. Gives null, in place of that value. */
  String refuse(String key, String value, String allowed, String fix) {
    if (value != null && value.contains(PRIVATE_KEY)) {
      problems.add(
          new ConfigurationProblem(
              key,
              NOT_SHOWN,
              allowed,
              "this is a private key, and it may be in the shell's history now: do not use it any"
                  + " more"));
    } else if (value != null && SECRETS.contains(key) && !value.contains("arn:")) {
      problems.add(new ConfigurationProblem(key, NOT_SHOWN, allowed, fix));
    } else {
      problems.add(new ConfigurationProblem(key, value, allowed, fix));
    }
    return null;
  }

  /** What was found elsewhere is wrong here, too. */
  void refuse(ConfigurationException refusal) {
    problems.addAll(refusal.problems());
  }

  // jsii hands whole numbers over as Integer or as Double.
  private static String text(Object value) {
    return value instanceof Number number && number.doubleValue() == number.longValue()
        ? Long.toString(number.longValue())
        : String.valueOf(value);
  }
}
