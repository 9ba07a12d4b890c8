package org.dbtbastion.problem;

import java.util.Objects;

/**
 * Something in JSON that is invalid.
 *
 * @param field where, such as {@code publicKey}; {@code connections[2].port}; {@code request} for
 *     the whole
 * @param code a stable name of the problem
 * @param message what was found
 * @param remedy what to do about it, in one sentence
 */
public record Problem(String field, String code, String message, String remedy) {

  public Problem {
    Objects.requireNonNull(field, "field");
    Objects.requireNonNull(code, "code");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(remedy, "remedy");
  }

  @Override
  public String toString() {
    return field + ": " + code + ": " + message + " " + remedy;
  }
}
