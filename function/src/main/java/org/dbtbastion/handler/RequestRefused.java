package org.dbtbastion.handler;

import java.util.List;
import java.util.stream.Collectors;
import org.dbtbastion.problem.Problem;

/**
 * The request is invalid, and nothing was done. Lambda reports it as a function error of this type,
 * with every problem on a line of its own.
 */
public final class RequestRefused extends FunctionError {

  private static final long serialVersionUID = 1L;

  /** More than anybody reads; Lambda cuts what is far longer. */
  private static final int MOST = 100;

  RequestRefused(List<Problem> problems) {
    super(
        "The request was refused and nothing was changed.\n"
            + problems.stream().limit(MOST).map(Problem::toString).collect(Collectors.joining("\n"))
            + (problems.size() > MOST
                ? "\n… and %d problems more.".formatted(problems.size() - MOST)
                : ""));
  }
}
