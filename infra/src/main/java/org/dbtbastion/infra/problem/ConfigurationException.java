package org.dbtbastion.infra.problem;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The app cannot be synthesized from what the user gave. The message lists every problem with the
 * value, what is allowed and the fix, and is meant to be read by a person as it is.
 */
public final class ConfigurationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<ConfigurationProblem> problems;

  /** Refuses what the user gave for these problems, one or more. */
  public ConfigurationException(List<ConfigurationProblem> problems) {
    super(
        problems.stream()
            .map(ConfigurationProblem::toString)
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

  /** Refuses what the user gave for this problem. */
  public ConfigurationException(ConfigurationProblem problem) {
    this(List.of(problem));
  }

  /** All of them, in the order in which they were found. */
  public List<ConfigurationProblem> problems() {
    return problems;
  }
}
