package org.dbtbastion.handler;

import java.util.Objects;
import org.dbtbastion.keys.Registration;

/**
 * Something in a request that makes no sense.
 *
 * @param field where, such as {@code publicKey}; {@code request} for the whole
 * @param code a stable name of the problem
 * @param message what was found
 * @param remedy what to do about it, in one sentence
 */
record Problem(String field, String code, String message, String remedy) {

  Problem {
    Objects.requireNonNull(field, "field");
    Objects.requireNonNull(code, "code");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(remedy, "remedy");
  }

  /** An expiry that the registry refuses. */
  static Problem of(Registration.Refused refused) {
    return new Problem(
        "expiresAt", refused.code().code(), refused.detail(), refused.code().remedy());
  }

  @Override
  public String toString() {
    return field + ": " + code + ": " + message + " " + remedy;
  }
}
