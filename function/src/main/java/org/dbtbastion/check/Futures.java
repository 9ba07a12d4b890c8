package org.dbtbastion.check;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Work of other threads. */
final class Futures {

  private Futures() {}

  /**
   * Waits for the result.
   *
   * @throws IllegalStateException with the cause, if it ended in an exception
   */
  static <T> T outcome(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
