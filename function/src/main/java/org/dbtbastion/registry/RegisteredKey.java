package org.dbtbastion.registry;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;

/**
 * A key that the bastion lets in, and what is recorded about it.
 *
 * @param label a text that {@link Label} allows
 * @param registered when the key was registered first, in whole seconds: what is finer is cut off
 * @param expires from when on the key is let in no more, in whole seconds likewise; empty for a key
 *     that stays until it is revoked. May lie in the past: an expired key is still on record
 */
public record RegisteredKey(
    PublicKey key, String label, Instant registered, Optional<Instant> expires) {

  /**
   * @throws IllegalArgumentException if the label is none
   */
  public RegisteredKey {
    Objects.requireNonNull(key, "key");
    label = new Label(label).text();
    registered = registered.truncatedTo(ChronoUnit.SECONDS);
    expires = expires.map(instant -> instant.truncatedTo(ChronoUnit.SECONDS));
  }

  /** Whether the key is let in no more at this moment. */
  public boolean expiredAt(Instant moment) {
    return expires.isPresent() && !expires.get().isAfter(moment);
  }
}
