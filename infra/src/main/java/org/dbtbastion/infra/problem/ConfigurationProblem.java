package org.dbtbastion.infra.problem;

import java.util.List;
import java.util.Objects;
import org.dbtbastion.problem.Problem;

/**
 * One thing that is wrong with what the user gave, and what to do about it.
 *
 * @param subject what it is about: a context key, a path
 * @param value what was given, or null where something is missing
 * @param allowed what is accepted there; null where {@code value} says in words what is wrong
 * @param fix what to do, in one sentence
 */
public record ConfigurationProblem(String subject, String value, String allowed, String fix) {

  public ConfigurationProblem {
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(fix, "fix");
  }

  /**
   * The problems that the function's own reader found in JSON.
   *
   * @param subject where the JSON stands, such as {@code connections[0]}; empty for the whole
   */
  public static List<ConfigurationProblem> in(String subject, List<Problem> problems) {
    return problems.stream()
        .map(
            problem ->
                new ConfigurationProblem(
                    subject.isEmpty() ? problem.field() : subject + "." + problem.field(),
                    problem.message(),
                    null,
                    problem.remedy()))
        .toList();
  }

  /** As a person reads it, on several lines. */
  @Override
  public String toString() {
    if (allowed == null) {
      return "  %s: %s%n    fix: %s".formatted(subject, value, fix);
    }
    return "  %s%n    allowed: %s%n    fix: %s"
        .formatted(
            value == null ? subject + " is missing" : "%s = \"%s\"".formatted(subject, value),
            allowed,
            fix);
  }
}
