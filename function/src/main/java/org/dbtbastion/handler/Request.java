package org.dbtbastion.handler;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.check.Options;
import org.dbtbastion.keys.Fingerprint;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.report.Route;

/** A valid request. */
sealed interface Request {

  /** Registers a key. */
  record RegisterKey(PublicKey publicKey, Label label, Optional<Instant> expiresAt)
      implements Request {}

  /** Revokes a key. */
  record RevokeKey(Fingerprint fingerprint) implements Request {}

  /** Lists the keys. */
  record ListKeys() implements Request {}

  /** Renews the check's own key. */
  record RenewCheckKey() implements Request {}

  /**
   * Says what to type into dbt.
   *
   * @param connection its name; empty for all
   */
  record DbtSettings(Optional<String> connection) implements Request {
    public DbtSettings {
      Objects.requireNonNull(connection, "connection");
    }
  }

  /**
   * Checks connections.
   *
   * @param connections which of them
   * @param options what to do in addition
   * @param failOnError whether a failed check is a function error
   * @param audit whether the configuration is audited also where nothing failed
   */
  record Check(
      Selection connections, Set<Route> routes, Options options, boolean failOnError, boolean audit)
      implements Request {
    public Check {
      routes = Set.copyOf(routes);
    }
  }
}
