package org.dbtbastion.infra;

import java.util.Objects;

/**
 * One thing that is wrong with what the user gave, and what to do about it.
 *
 * @param subject what it is about: a context key, a path
 * @param value what was given, or null where something is missing
 * @param allowed what is accepted there; null where the value is said in words, with what is wrong
 * @param fix what to do, in one sentence
 */
record Problem(String subject, String value, String allowed, String fix) {

  Problem {
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(fix, "fix");
  }

  /** What the function's own reader says against a part of something. */
  static Problem of(String subject, org.dbtbastion.problem.Problem problem) {
    return new Problem(
        subject.isEmpty() ? problem.field() : subject + "." + problem.field(),
        problem.message(),
        null,
        problem.remedy());
  }

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
