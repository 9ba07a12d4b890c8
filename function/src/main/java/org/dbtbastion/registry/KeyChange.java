package org.dbtbastion.registry;

import java.util.Objects;

/**
 * What hosts should have after fetching the keys, so that a host which fetched a moment too early
 * is found out.
 *
 * @param sha256Hex the key
 * @param present whether it is let in now, or no more
 */
public record KeyChange(String sha256Hex, boolean present) {

  public KeyChange {
    Objects.requireNonNull(sha256Hex, "sha256Hex");
  }
}
