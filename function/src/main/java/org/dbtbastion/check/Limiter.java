package org.dbtbastion.check;

import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.dbtbastion.deadline.Deadline;

/** Lets only so much be under way at once, in the order in which it comes. Thread-safe. */
final class Limiter {

  private final Semaphore permits;

  Limiter(int atOnce) {
    this.permits = new Semaphore(atOnce, true);
  }

  /** Waits for its turn; at the deadline it works all the same, and finds that no time is left. */
  <T> T run(Deadline deadline, Callable<T> work) throws Exception {
    boolean acquired = permits.tryAcquire(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
    try {
      return work.call();
    } finally {
      if (acquired) {
        permits.release();
      }
    }
  }
}
