package org.dbtbastion.deployment;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * One bastion host.
 *
 * @param id the EC2 instance's id
 * @param address host name or address at which the check reaches it
 * @param publicAddress the address at which others reach it; empty if it has none
 * @param launched when it began to boot
 */
public record BastionHost(
    String id, String address, Optional<String> publicAddress, Instant launched) {

  /** A boot takes about a minute; with room for a slow one. */
  public static final Duration BOOTS_WITHIN = Duration.ofMinutes(5);

  public BastionHost {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(publicAddress, "publicAddress");
    Objects.requireNonNull(launched, "launched");
  }

  /** Whether it was launched so recently that it need not accept logins yet. */
  public boolean mayBeBooting(Instant now) {
    return mayBeBooting(launched, now);
  }

  /** As {@link #mayBeBooting(Instant)}, of a host that was launched then. */
  public static boolean mayBeBooting(Instant launched, Instant now) {
    return launched.isAfter(now.minus(BOOTS_WITHIN));
  }
}
