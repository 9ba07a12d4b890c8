package org.dbtbastion.standins.process;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** Waits for something to come true, instead of sleeping and hoping. */
public final class Await {

  private static final Duration PAUSE = Duration.ofMillis(20);

  private Await() {}

  /** What is waited for. An exception means "not yet", and is the cause if time runs out. */
  @FunctionalInterface
  public interface Condition {
    /** Whether it has come true. */
    boolean holds() throws Exception;
  }

  /** A value that is there sooner or later. */
  @FunctionalInterface
  public interface Source<T> {
    /** The value, or empty while it is not there. An exception means "not yet". */
    Optional<T> get() throws Exception;
  }

  /** Something did not come true in time; the message says what and how long it was waited for. */
  public static final class NotInTime extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotInTime(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Returns as soon as the condition holds.
   *
   * @param what names the event in the message of a failure, for example {@code "sshd listens"}
   * @throws NotInTime if the limit passes first
   */
  public static void until(String what, Duration limit, Condition condition) {
    value(what, limit, () -> condition.holds() ? Optional.of(true) : Optional.empty());
  }

  /**
   * Returns the value as soon as there is one.
   *
   * @param what names the value or the event in the failure's message
   * @throws NotInTime if the limit passes first
   */
  public static <T> T value(String what, Duration limit, Source<T> source) {
    Objects.requireNonNull(source, "source");
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      Exception reason = null;
      try {
        Optional<T> value = source.get();
        if (value.isPresent()) {
          return value.get();
        }
      } catch (InterruptedException e) {
        throw interrupted(what, e);
      } catch (Exception e) {
        reason = e;
      }
      if (System.nanoTime() - end >= 0) {
        String because = reason == null ? "" : " (" + reason + ")";
        throw new NotInTime(
            "Not within %d ms: %s%s".formatted(limit.toMillis(), what, because), reason);
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        throw interrupted(what, e);
      }
    }
  }

  private static IllegalStateException interrupted(String what, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while waiting: " + what, e);
  }
}
