package org.dbtbastion.local.sandbox;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Tells a waiting person what is being done: a line for each step, with how long it took. */
public final class Progress {

  private final PrintStream out;

  /** Tells it here. */
  public Progress(PrintStream out) {
    this.out = out;
  }

  /** A step. */
  @FunctionalInterface
  public interface Step<T> {
    T run() throws Exception;
  }

  /**
   * Runs a step and tells of it.
   *
   * @throws IllegalStateException with the step's name, if it fails
   */
  public <T> T step(String what, Step<T> step) {
    long begin = System.nanoTime();
    try {
      T result = step.run();
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      out.printf(Locale.ROOT, "  %5.1f s  %s%n", took.toMillis() / 1000.0, what);
      return result;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: " + what, e);
    } catch (Exception e) {
      throw new IllegalStateException(what + ": " + e.getMessage(), e);
    }
  }

  /** A step that has no result. */
  @FunctionalInterface
  public interface Action {
    void run() throws Exception;
  }

  /** Does as {@link #step} does, for a step that has no result. */
  public void run(String what, Action action) {
    step(
        what,
        () -> {
          action.run();
          return true;
        });
  }

  /** Tells something else. */
  public void say(String text) {
    out.println(text);
  }
}
