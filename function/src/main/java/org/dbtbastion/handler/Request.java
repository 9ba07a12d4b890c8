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
   * @param connections their names; empty for all
   * @param failOnError whether a failed check is a function error
   * @param audit whether the configuration is audited also where nothing failed
   */
  record Check(
      Optional<Set<String>> connections, Set<Route> routes, boolean failOnError, boolean audit)
      implements Request {
    public Check {
      connections = connections.map(Set::copyOf);
      routes = Set.copyOf(routes);
    }
  }
}
