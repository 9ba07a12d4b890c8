package org.dbtbastion.check;

import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.dbtbastion.deadline.Deadline;

/** Limits how many pieces of work run at once, first come, first served. Thread-safe. */
final class Limiter {

  private final Semaphore permits;

  Limiter(int atOnce) {
    this.permits = new Semaphore(atOnce, true);
  }

  /**
   * Waits for a free slot, then runs the work. At the deadline the work runs without one, and finds
   * that no time is left.
   */
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
