package org.dbtbastion.registry;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A registered key at the moment of a listing.
 *
 * @param lastSeen when it was last used to log in; empty if it never was
 * @param expired whether it is let in no more
 */
public record ListedKey(RegisteredKey key, Optional<Instant> lastSeen, boolean expired) {

  public ListedKey {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(lastSeen, "lastSeen");
  }
}
