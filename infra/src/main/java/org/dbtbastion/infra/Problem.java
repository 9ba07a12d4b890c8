package org.dbtbastion.infra;

import java.util.Objects;

/**
 * One thing that is wrong with what the user gave, and what to do about it.
 *
 * @param subject what it is about: a context key, a path
 * @param value what was given, or null where something is missing
 * @param allowed what is accepted there
 * @param fix what to do, in one sentence
 */
record Problem(String subject, String value, String allowed, String fix) {

  Problem {
    Objects.requireNonNull(subject, "subject");
    Objects.requireNonNull(allowed, "allowed");
    Objects.requireNonNull(fix, "fix");
  }

  @Override
  public String toString() {
    return "  %s%n    allowed: %s%n    fix: %s"
        .formatted(
            value == null ? subject + " is missing" : "%s = \"%s\"".formatted(subject, value),
            allowed,
            fix);
  }
}
