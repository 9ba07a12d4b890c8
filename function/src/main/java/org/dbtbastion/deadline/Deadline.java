package org.dbtbastion.deadline;

import java.time.Duration;
import java.util.Objects;

/**
 * The moment by which something must have ended, on the monotonic clock.
 *
 * <p>Immutable and thread-safe. A deadline never moves: what happens inside a longer piece of work
 * gets its own by {@link #within(Duration)}, which can only be sooner.
 */
public final class Deadline {

  private final long endNanos;

  private Deadline(long endNanos) {
    this.endNanos = endNanos;
  }

  /**
   * A deadline this far from now.
   *
   * @param duration how far; zero or less has passed already
   */
  public static Deadline in(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  /** The sooner of this deadline and one that lies {@code limit} from now. */
  public Deadline within(Duration limit) {
    Deadline other = in(limit);
    return other.endNanos - endNanos < 0 ? other : this;
  }

  /** What is left: never negative, {@link Duration#ZERO} once it has passed. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
  }

  /**
   * What is left in milliseconds, at least 1: for APIs that take 0 as "for ever". An API that is
   * called after the deadline has passed so gets a millisecond, and times out.
   */
  public int remainingMillis() {
    return Math.clamp(remaining().toMillis(), 1, Integer.MAX_VALUE);
  }

  /** Whether nothing is left. */
  public boolean passed() {
    return remaining().isZero();
  }

  @Override
  public String toString() {
    return "in " + remaining().toMillis() + " ms";
  }
}
