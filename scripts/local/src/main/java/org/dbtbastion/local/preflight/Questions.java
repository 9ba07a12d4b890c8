package org.dbtbastion.local.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Questions that are asked at the same time, and what they find. One that AWS does not answer is a
 * finding, too. Not thread-safe.
 */
final class Questions implements AutoCloseable {

  private record Asked(String action, Future<List<Finding>> findings) {}

  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Asked> asked = new ArrayList<>();

  /**
   * Asks.
   *
   * @param action what is asked, as IAM calls it
   */
  void ask(String action, Callable<List<Finding>> question) {
    asked.add(new Asked(action, executor.submit(question)));
  }

  /** What all questions found, once they are answered. */
  List<Finding> findings() throws InterruptedException {
    List<Finding> found = new ArrayList<>();
    for (Asked one : asked) {
      try {
        found.addAll(one.findings().get());
      } catch (ExecutionException e) {
        found.add(unreadable(one.action(), e.getCause()));
      }
    }
    return found;
  }

  private static Finding unreadable(String action, Throwable cause) {
    if (!(cause instanceof SdkException)) {
      throw new IllegalStateException(action, cause);
    }
    boolean denied =
        cause instanceof AwsServiceException answer
            && (answer.statusCode() == 401
                || answer.statusCode() == 403
                || Optional.ofNullable(answer.awsErrorDetails())
                    .map(details -> details.errorCode() + "")
                    .orElse("")
                    .matches(".*(AccessDenied|Unauthorized).*"));
    return new Finding(
        Cause.UNREADABLE,
        action,
        denied
            ? "whoever deploys may not ask this"
            : "AWS did not answer: " + cause.getMessage().lines().findFirst().orElse("no reason"),
        denied
            ? "Allow the action %s to whoever deploys, or look at it yourself.".formatted(action)
            : "Try again, or look at it yourself.");
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
