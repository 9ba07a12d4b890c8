package org.dbtbastion.infra;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The app cannot be synthesized from what the user gave. The message lists every problem with the
 * value, what is allowed and the fix, and is meant to be read by a person as it is.
 */
final class ConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  ConfigurationException(List<Problem> problems) {
    super(
        problems.stream()
            .map(Problem::toString)
            .collect(
                Collectors.joining(
                    System.lineSeparator() + System.lineSeparator(),
                    (problems.size() == 1
                            ? "There is 1 problem:"
                            : "There are %d problems:".formatted(problems.size()))
                        + System.lineSeparator()
                        + System.lineSeparator(),
                    "")));
    this.problems = List.copyOf(problems);
  }

  ConfigurationException(Problem problem) {
    this(List.of(problem));
  }

  List<Problem> problems() {
    return problems;
  }
}
