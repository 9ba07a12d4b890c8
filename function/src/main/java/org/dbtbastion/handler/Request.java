package org.dbtbastion.handler;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.check.Route;
import org.dbtbastion.keys.Fingerprint;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;

/** A request that makes sense. */
sealed interface Request {

  /** Lets a key in. */
  record RegisterKey(PublicKey publicKey, Label label, Optional<Instant> expiresAt)
      implements Request {}

  /** Lets a key in no more. */
  record RevokeKey(Fingerprint fingerprint) implements Request {}

  /** Lists the keys. */
  record ListKeys() implements Request {}

  /** Renews the check's own key. */
  record RenewCheckKey() implements Request {}

  /**
   * Checks connections.
   *
   * @param connections which of them
   * @param failOnError whether a failed check is a function error
   */
  record Check(Selection connections, Set<Route> routes, boolean failOnError) implements Request {
    public Check {
      routes = Set.copyOf(routes);
    }
  }
}
