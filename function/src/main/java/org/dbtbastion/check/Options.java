package org.dbtbastion.check;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What a check does other than running every stage once.
 *
 * @param hold for how long each tunnel is kept idle after its other stages; empty for not at all
 * @param login whether it logs in to the warehouse; if not, TLS is its last stage there, and a
 *     Serverless workgroup need not compute
 * @param logins how many tunnel logins are opened at once on each host but those that still boot; 0
 *     for none
 */
public record Options(boolean login, Optional<Duration> hold, int logins) {

  /** Every stage once. */
  public static final Options NONE = new Options(true, Optional.empty(), 0);

  /** What fits into the longest invocation of a function, 15 minutes, with the stages around it. */
  public static final Duration LONGEST_HOLD = Duration.ofMinutes(14);

  /** A function has 1,024 file descriptors, and a login takes one. */
  public static final int MOST_LOGINS = 500;

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException if one is not kept
   */
  public Options {
    Objects.requireNonNull(hold, "hold");
    if (hold.isPresent() && !holdable(hold.get())) {
      throw new IllegalArgumentException("a hold of " + hold.get());
    }
    if (logins < 0 || logins > MOST_LOGINS) {
      throw new IllegalArgumentException(logins + " logins");
    }
  }

  /** Whether a tunnel can be held for so long: more than nothing, up to {@link #LONGEST_HOLD}. */
  public static boolean holdable(Duration hold) {
    return hold.isPositive() && hold.compareTo(LONGEST_HOLD) <= 0;
  }
}
